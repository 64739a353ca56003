"""Questions to an authorization server about stored tokens, for ``tokens --introspect`` and ``logout --revoke``."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from ..ambient import SystemAmbient
from ..errors import AuthwrightError
from ..flow.language import Flow
from ..flow.protocols import Ambient
from ..flow.token import Token
from ..grants.client import TokenEndpointClient
from ..rules.ruleset import RuleSet
from .assembled import assembled
from .configuration import credential, load_configuration
from .failure import NotFound
from .verb import Everywhere

if TYPE_CHECKING:
    from ..tokens.store import Record

type About[T] = Callable[[TokenEndpointClient, Token, Ambient], Flow[T]]


def ask[T](common: Everywhere, records: Iterable[Record], about: About[T]) -> list[tuple[Record, T]]:
    """Drive the flow *about* each of *records* at the server that gave its token.

    Raises:
        AuthwrightError: the configuration does not say how, or the server refused.
    """
    return [(record, asyncio.run(_asked(common, record, about))) for record in records]


async def _asked[T](common: Everywhere, record: Record, about: About[T]) -> T:
    configuration = load_configuration(common, environment=record.label.environment)
    client = await asyncio.to_thread(_client, configuration.rules, record)
    async with assembled(configuration) as assembly:
        return await assembly.engine.run_grant(about(client, record.token, SystemAmbient()), record.label)


def _client(rules: RuleSet, record: Record) -> TokenEndpointClient:
    """The grant that obtained the token: the one whose key it is kept under."""
    name = record.label.credential
    try:
        grant = credential(rules, name).scheme().grant
    except NotFound:
        grant = None
    if grant is None or grant.key != record.key:
        raise AuthwrightError(
            f"The configuration no longer says how the token of {name} was obtained.",
            code="other_grant",
            hint=f"authwright logout {name} forgets it",
        )
    if not isinstance(grant, TokenEndpointClient):
        raise AuthwrightError(f"With grant: {grant.grant} the server cannot be asked about a token.", code="no_endpoint")
    return grant
