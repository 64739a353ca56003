"""The sources of a jar's first cookies: a file or a login. The broker keeps the jar like a token."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from ..flow.bases import GrantBase
from ..flow.language import Flow
from ..flow.protocols import Ambient
from ..flow.token import Token
from ..parameters import param
from ..secret import Secret
from ..wire.cookie_files import read_jar
from ..wire.cookie_jar import Jar
from ..wire.identity import key_of
from .cookie_login import Login

type CookieSource = FromFile | FromLogin


@dataclass(frozen=True, slots=True, kw_only=True)
class FromFile(GrantBase):
    """A jar that begins empty or with a file's cookies. Obtaining it anew keeps the cookies it has learnt."""

    grant: ClassVar[str] = "cookie_jar"
    accumulates: ClassVar[bool] = True
    authorization_server: ClassVar[str] = ""

    scope: str = param("Whose jar it is.")
    jar: Secret = param("The file's text.")
    key: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", key_of(self))

    def obtain(self, previous: Token | None, ambient: Ambient) -> Flow[Token]:
        """The jar under a new name."""
        yield from ()
        cookies = previous.cookies if previous is not None and previous.cookies is not None else _begun(self.jar)
        return Token(Secret(ambient.nonce()), obtained_at=ambient.now(), cookies=cookies)


@dataclass(frozen=True, slots=True, kw_only=True)
class FromLogin(GrantBase):
    """A jar that a login fills. Obtaining it anew makes the login again."""

    grant: ClassVar[str] = "cookie_login"

    scope: str = param("Whose jar it is.")
    jar: Secret = param("The file's text.")
    login: Login = param("The login.")
    names: tuple[str, ...] = param("The cookies it must obtain.")
    key: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", key_of(self))

    @property
    def authorization_server(self) -> str:
        """The URL of the login."""
        return self.login.url

    def obtain(self, previous: Token | None, ambient: Ambient) -> Flow[Token]:
        """Sign in."""
        known = jar_of(previous) if previous is not None else read_jar(self.jar.reveal())
        jar = yield from self.login.sign_in(known, self.names, ambient.now())
        return Token(Secret(ambient.nonce()), obtained_at=ambient.now(), cookies=Secret(jar.to_json()))


def jar_of(token: Token) -> Jar:
    """The jar that *token* names."""
    return Jar.of_json(token.cookies.reveal()) if token.cookies is not None else Jar()


def _begun(text: Secret) -> Secret:
    return Secret(read_jar(text.reveal()).to_json())
