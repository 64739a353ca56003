"""Questions to an authorization server about stored tokens, for ``tokens --introspect`` and ``logout --revoke``."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from ..ambient import SystemAmbient
from ..errors import AuthwrightError, InteractionRequired
from ..flow.language import Flow
from ..flow.protocols import Ambient
from ..flow.token import Token
from ..grants.client import TokenEndpointClient
from ..message import Request
from ..rules.ruleset import RuleSet
from ..tokens.reasons import earlier_version, other_trust
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
        _check_bound(record, client, assembly.broker.trust)
        return await assembly.engine.run_grant(about(client, record.token, SystemAmbient()))


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


def _check_bound(record: Record, client: TokenEndpointClient, trust: tuple[str, ...]) -> None:
    """Refuse to send a token to an endpoint that the configuration did not name when the token was obtained.

    Raises:
        InteractionRequired: it did not, or trusts a certificate that it did not trust then.
    """
    binding, label = record.binding, record.label
    if binding is None:
        raise earlier_version(label.login_command)
    if not binding.trusts(trust):
        raise other_trust(label.login_command)
    home = {Request.of("POST", url).origin.host for url in (client.token_endpoint, client.issuer) if url}
    for url in client.further_endpoints:
        origin = Request.of("POST", url).origin
        if origin.host not in home and str(origin) not in binding.endpoints:
            raise InteractionRequired(
                f"The token of {label.credential} was obtained before the configuration named {origin} as an endpoint for it.",
                hint=f"Take that endpoint away, or sign in anew: {label.login_command}",
            )
