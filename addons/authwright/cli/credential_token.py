"""A credential's token outside any request, for ``token`` and ``refresh``."""

from __future__ import annotations

import asyncio
from typing import NamedTuple

from ..ambient import SystemAmbient
from ..assembly import Assembly
from ..flow.token import Token
from ..rules.rule import Credential
from .assembled import assembled
from .configuration import credential, load_configuration
from .output import print_json, say
from .token_table import good_for, moment
from .verb import Everywhere


class CredentialToken(NamedTuple):
    """A token, the environment it is for, and which of its parts is presented (``access_token`` or ``id_token``)."""

    environment: str
    use: str
    token: Token


def print_token(common: Everywhere, name: str) -> None:
    """Print the token of the credential *name*, obtained where none is stored.

    Raises:
        NotFound: there is no such credential.
        AuthwrightError: it has no token, or none can be had.
    """
    environment, use, token = _obtain(common, name, replace=False)
    value = token.id_token if use == "id_token" and token.id_token else token.access_token
    if not common.json:
        print(value.reveal())
        return
    about = {"name": name, "environment": environment or None, "token_type": token.token_type, "token": value.reveal()}
    print_json({**about, "expires_at": moment(token.expires_at), "scope": token.scope}, indent=2)


def replace_token(common: Everywhere, name: str) -> None:
    """Replace the stored token of the credential *name* by a new one, and say how long that is good.

    Raises:
        NotFound: there is no such credential.
        AuthwrightError: it has no token, or none can be had.
    """
    environment, _, token = _obtain(common, name, replace=True)
    if common.json:
        about = {"name": name, "environment": environment or None}
        print_json({**about, "expires_at": moment(token.expires_at), "scope": token.scope})
    elif not common.quiet:
        say(f"{name} has a new token, good {good_for(token.expires_at, SystemAmbient().now())}.")


def _obtain(common: Everywhere, name: str, *, replace: bool) -> CredentialToken:
    configuration = load_configuration(common)
    environment = configuration.rules.environment
    chosen = credential(configuration.rules, name)

    async def token() -> Token:
        async with assembled(configuration) as assembly:
            rejected = await _stored(assembly, chosen) if replace else None
            return await assembly.engine.token(chosen, environment, rejected, name=name)

    obtained = asyncio.run(token())
    return CredentialToken(environment, chosen.scheme().use, obtained)


async def _stored(assembly: Assembly, chosen: Credential) -> Token | None:
    """The token to replace: what the store holds, whether it is still good or not."""
    grant = (await asyncio.to_thread(chosen.scheme)).grant
    record = assembly.store.load(grant.key) if grant is not None else None
    return record.token if record else None
