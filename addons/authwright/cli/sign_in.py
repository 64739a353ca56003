"""A user signs in: at the terminal for ``login``, while requests wait for ``run --interactive``."""

from __future__ import annotations

import asyncio
import shlex
from dataclasses import dataclass
from typing import Any

from ..ambient import SystemAmbient
from ..assembly import Assembly
from ..engine.engine import grant_of
from ..errors import AuthwrightError, InteractionRequired
from ..flow.protocols import InteractiveGrant, needs_person
from ..flow.token import Token
from ..rules.rule import Credential
from ..tokens.store import Label
from ..useragent.person import Person
from .assembled import assembled
from .configuration import LoadedConfiguration, credential, load_configuration
from .output import notice, print_json, say
from .token_table import good_for, moment
from .verb import Everywhere


@dataclass(frozen=True)
class SignedIn:
    """The token that a user obtained, and what it is for."""

    label: Label
    token: Token

    def to_json(self) -> dict[str, Any]:
        """Plain values, without the token."""
        label, token = self.label, self.token
        return {
            "name": label.credential,
            "environment": label.environment or None,
            "grant": label.grant,
            "expires_at": moment(token.expires_at),
            "refresh_token": token.refresh_token is not None,
            "scope": token.scope,
        }


def agent_of(label: Label) -> Person:
    """The user at this machine, while requests wait: the browser opens, and the proxy's terminal says why."""
    notice(f"A request needs someone to sign in for {label.credential}.")
    return Person(label.credential, say)


def sign_in(common: Everywhere, name: str, *, device: bool, browser: bool, patience: float) -> None:
    """Sign in for the credential *name*, and say how long the token is good.

    Args:
        common: the flags that stand everywhere.
        name: the credential's, or the rule's that it stands in.
        device: whether the user signs in with another device, by a code.
        browser: whether a browser may be opened.
        patience: seconds to wait for the user.

    Raises:
        NotFound: there is no such credential.
        InteractionRequired: no user may be asked, or none came.
        AuthwrightError: the sign-in failed.
    """
    configuration = load_configuration(common)
    agent = Person(name, say, browser=browser, paste=True, patience=patience)
    signed_in = asyncio.run(_signed_in(configuration, name, agent, common, device=device))
    if common.json:
        print_json(signed_in.to_json(), indent=2)
    elif not common.quiet:
        say(_summary(signed_in))


async def _signed_in(
    configuration: LoadedConfiguration, name: str, agent: Person, common: Everywhere, *, device: bool
) -> SignedIn:
    chosen = credential(configuration.rules, name)
    asked = Label(name, configuration.rules.environment, "", "")
    async with assembled(configuration) as assembly:
        grant = await asyncio.to_thread(_interactive, asked, chosen)
        if common.no_input:
            raise InteractionRequired(
                "Signing in needs a person, and --no-input says that nobody is there.", hint=asked.login_command
            )
        label = Label.of(asked.credential, asked.environment, grant)
        async with agent:
            token = await assembly.engine.sign_in(grant, label, agent, device=device)
            await asyncio.to_thread(_check_kept, assembly, grant, token)
            return SignedIn(label, token)


def _interactive(asked: Label, chosen: Credential) -> InteractiveGrant:
    grant = grant_of(asked.credential, chosen)
    if not needs_person(grant):
        raise AuthwrightError(
            f"{asked.credential} needs nobody to sign in: its grant is {grant.grant}.",
            code="no_login",
            hint=f"authwright token {shlex.quote(asked.credential)}",
        )
    return grant


def _check_kept(assembly: Assembly, grant: InteractiveGrant, token: Token) -> None:
    record = assembly.store.load(grant.key)
    if record is None or record.token.access_token != token.access_token:
        raise AuthwrightError(
            "You are signed in, but the token could not be kept.", code="not_kept", hint="Mend that, and sign in again"
        )


def _summary(signed_in: SignedIn) -> str:
    token = signed_in.token
    good = f"good {good_for(token.expires_at, SystemAmbient().now())}"
    renewed = "it is renewed without you" if token.refresh_token is not None else "then sign in again"
    return f"Signed in for {signed_in.label.credential}: the token is {good}; {renewed}."
