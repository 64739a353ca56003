"""Base classes of schemes and grants. They hold the default of each capability, so a new one says only what differs.

The bases have no fields and no slots of their own: a subclass is a frozen dataclass whose fields are its configuration. A
field of a subclass may take the place of a capability, as ``refresh_token`` does in the grant of that name.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import ClassVar, Literal

from ..message import Request
from ..secret import Secret
from .protocols import Grant, Remembering, Stamp
from .token import Standing, Token


class GrantBase:
    """A grant that needs no person, starts without a refresh token, and obtains tokens that anyone may present."""

    __slots__ = ()

    interactive: ClassVar[bool] = False
    """A grant that sets it has a method ``sign_in`` too (``flow.protocols.InteractiveGrant``)."""
    accumulates: ClassVar[bool] = False

    @property
    def further_endpoints(self) -> tuple[str, ...]:
        """The URLs, beside the token endpoint's, at which the configuration lets a token be asked about or revoked."""
        return ()

    @property
    def refresh(self) -> bool:
        """True when a refresh token that the server gave is used."""
        return True

    @property
    def refresh_token(self) -> Secret | None:
        """The refresh token that the configuration gives, before any token was obtained."""
        return None

    @property
    def refresh_ahead(self) -> timedelta | Literal["auto"]:
        """The time before a token's end at which the next one is obtained; ``auto`` takes a part of its lifetime."""
        return "auto"

    @property
    def dpop(self) -> bool:
        """True when the token is bound to a key of ours (RFC 9449)."""
        return False


class SchemeBase:
    """A scheme that authorises each request on its own, by a flow, without its body and without a token.

    A scheme must still say its ``type``, its ``places`` and ``authorize``. Those have no safe default.
    """

    __slots__ = ()

    binds_connection: ClassVar[bool] = False

    @property
    def grant(self) -> Grant | None:
        """The grant that obtains the scheme's token; ``None`` when the scheme has no token."""
        return None

    @property
    def use(self) -> Literal["access_token", "id_token"]:
        """The part of the token that the scheme presents."""
        return "access_token"

    def reads_body(self, _request: Request) -> bool:
        """The body streams past."""
        return False

    def standing(self, _held: Callable[[Grant], Token | None]) -> Standing | None:
        """Each request runs the flow."""
        return None

    def stamp(self, _request: Request, _ambient: Remembering) -> Stamp | None:
        """Each request runs the flow."""
        return None
