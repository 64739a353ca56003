"""A credential's token outside any request, for ``token`` and ``refresh``."""

from __future__ import annotations

import asyncio
from typing import NamedTuple

from ..assembly import Assembly, build, home_dir
from ..flow.token import Token
from ..rules.rule import Credential
from .configuration import credential, watch
from .verb import Everywhere


class Obtained(NamedTuple):
    """A token, the environment it is for, and which of its parts is presented (``access_token`` or ``id_token``)."""

    environment: str
    use: str
    token: Token


def obtain(common: Everywhere, name: str, *, replace: bool) -> Obtained:
    """The token of the credential *name*; a new one when *replace*.

    Raises:
        NotFound: there is no such credential.
        AuthwrightError: it has no token, or none can be had.
    """
    watched = watch(common)
    rules = watched.current
    chosen = credential(rules, name)
    house = build(watched, rules.settings, home=home_dir())
    token = asyncio.run(_token(house, name, chosen, rules.environment, replace=replace))
    return Obtained(rules.environment, chosen.scheme().use, token)


async def _token(house: Assembly, name: str, chosen: Credential, environment: str, *, replace: bool) -> Token:
    try:
        return await house.engine.token(chosen, environment, await _stored(house, chosen) if replace else None, name=name)
    finally:
        await house.close()


async def _stored(house: Assembly, chosen: Credential) -> Token | None:
    """The token to replace: what the store holds, whether it is still good or not."""
    grant = (await asyncio.to_thread(chosen.scheme)).grant
    record = house.store.load(grant.key) if grant is not None else None
    return record.token if record else None
