"""botocore's credential chain: single sign-on, roles, processes, web identities, containers, IMDS.

All of it may block, so it runs in a thread of its own. botocore renews credentials that it is asked for within their last
quarter of an hour. So asking again renews them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from importlib.util import find_spec
from typing import Any, Final

from ..errors import AuthwrightError, InteractionRequired, SecretError, TransportError
from ..secret import Secret
from ..wire.aws.access_keys import AccessKeys

_SIGN_IN: Final = {"SSOError", "SSOTokenLoadError", "UnauthorizedSSOTokenError", "TokenRetrievalError"} | {
    "LoginError",
    "LoginTokenLoadError",
    "LoginRefreshRequired",
}
_TIMEOUT: Final = 5
"""Seconds for a connection to a service that gives keys, and for its response."""
_ANY_REGION: Final = "us-east-1"


class Chain:
    """botocore's credential chain, one for each profile.

    Args:
        open_session: makes botocore's session of a profile.
    """

    def __init__(self, open_session: Callable[[str], Any] | None = None) -> None:
        self._open = open_session or _session
        self._found: dict[str, tuple[Any, str]] = {}

    def forget(self) -> None:
        """Drop botocore's sessions, since the files have changed."""
        self._found.clear()

    def load(self, profile: str) -> AccessKeys:
        """The freshest keys of *profile*. Blocks.

        Raises:
            SecretError: there are none, or botocore is not installed.
            InteractionRequired: the user must sign in.
            TransportError: the service that gives them cannot be reached.
        """
        try:
            credentials, region = self._credentials(profile)
            frozen = credentials.get_frozen_credentials()
        except AuthwrightError:
            raise
        except Exception as error:  # noqa: BLE001 - botocore's errors have no common class, and quote their input
            self._found.pop(profile, None)
            raise _failed(profile, error) from None
        token = Secret(frozen.token) if frozen.token else None
        return AccessKeys(frozen.access_key, Secret(frozen.secret_key), token, _expiry(credentials), region)

    def _credentials(self, profile: str) -> tuple[Any, str]:
        if profile not in self._found:
            session = self._open(profile)
            region = session.get_config_variable("region") or ""
            if not region:  # STS needs some region to assume a role
                session.set_config_variable("region", _ANY_REGION)
            credentials = session.get_credentials()
            if credentials is None:
                raise _none(profile)
            self._found[profile] = (credentials, region)
        return self._found[profile]


def _session(profile: str) -> Any:
    if find_spec("botocore") is None:
        raise SecretError(
            f"{_whose(profile)} must be sent for, and botocore, which can do that, is not installed.",
            code="access_keys",
            hint="pip install 'authwright[aws]', or give access_key_id and secret_access_key.",
        )
    import botocore.session
    from botocore.config import Config

    logging.getLogger("botocore").setLevel(logging.CRITICAL)  # botocore's log quotes its input and what it signs
    session = botocore.session.Session(profile=profile or None)
    # Never through a proxy, which may be this one, and with a timeout shorter than a client's.
    session.set_default_client_config(
        Config(proxies={}, connect_timeout=_TIMEOUT, read_timeout=_TIMEOUT, retries={"total_max_attempts": 2})
    )
    return session


def _expiry(credentials: Any) -> datetime | None:
    found = getattr(credentials, "_expiry_time", None)  # botocore has no public name for it
    return found if isinstance(found, datetime) else None


def _whose(profile: str) -> str:
    return f"The access keys of profile {profile}" if profile else "The AWS access keys"


def _none(profile: str) -> SecretError:
    return SecretError(
        f"{_whose(profile)} are nowhere to be found.",
        code="access_keys",
        hint="Give access_key_id and secret_access_key, or see `aws configure list`.",
    )


def _failed(profile: str, error: Exception) -> AuthwrightError:
    kind = type(error).__name__
    if kind in _SIGN_IN:
        return InteractionRequired(
            f"{_whose(profile)} need someone to sign in.",
            hint=f"aws sso login{f' --profile {profile}' if profile else ''}",
        )
    if kind in ("EndpointConnectionError", "ConnectTimeoutError", "ReadTimeoutError", "ConnectionClosedError"):
        return TransportError(f"{_whose(profile)} cannot be sent for: who gives them does not answer ({kind}).")
    refused = getattr(error, "response", {}).get("Error", {}).get("Code", "")
    operation = getattr(error, "operation_name", "")
    what = f"{operation} was refused with {refused}" if refused else f"botocore says {kind}"
    return SecretError(f"{_whose(profile)} cannot be had: {what}.", code="access_keys", hint="See `aws sts get-caller-identity`.")
