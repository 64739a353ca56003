"""A person signs in: at the terminal for ``login``, while requests wait for ``run --interactive``."""

from __future__ import annotations

import asyncio
import shlex
import sys
from dataclasses import dataclass
from typing import Any

from ..ambient import SystemAmbient
from ..assembly import Assembly, build, home_dir
from ..config.problems import visible
from ..engine.engine import grant_of
from ..errors import AuthwrightError, InteractionRequired
from ..flow.protocols import InteractiveGrant, needs_person
from ..flow.token import Token
from ..rules.rule import Credential
from ..tokens.store import Label
from ..useragent.person import Person
from .configuration import credential, watch
from .listing import when
from .proxying import notice
from .verb import Everywhere


@dataclass(frozen=True)
class SignedIn:
    """The token that a person obtained, and what it is for."""

    label: Label
    token: Token

    def to_json(self) -> dict[str, Any]:
        """Plain values, without the token."""
        label, token = self.label, self.token
        return {
            "name": label.credential,
            "environment": label.environment or None,
            "grant": label.grant,
            "expires_at": token.expires_at.isoformat() if token.expires_at else None,
            "refresh_token": token.refresh_token is not None,
            "scope": token.scope,
        }


def agent_of(label: Label) -> Person:
    """The person at this machine, while requests wait: the browser opens, and the proxy's terminal says why."""
    notice(f"A request needs someone to sign in for {label.credential}.")
    return Person(label.credential, _tell)


def sign_in(common: Everywhere, name: str, *, device: bool, browser: bool, patience: float) -> SignedIn:
    """Sign in for the credential *name*.

    Args:
        common: the flags that stand everywhere.
        name: the credential's, or the rule's that it stands in.
        device: whether another device is used, by a code.
        browser: whether a browser may be opened.
        patience: seconds to wait for it.

    Raises:
        NotFound: there is no such credential.
        InteractionRequired: nobody may be asked, or nobody came.
        AuthwrightError: it came to nothing.
    """
    watched = watch(common)
    rules = watched.current
    chosen = credential(rules, name)
    agent = Person(name, _tell, browser=browser, paste=True, patience=patience)
    house = build(watched, rules.settings, home=home_dir(), warn=notice)
    return asyncio.run(_signed_in(house, Label(name, rules.environment, "", ""), chosen, agent, common, device=device))


async def _signed_in(
    house: Assembly, asked: Label, chosen: Credential, agent: Person, common: Everywhere, *, device: bool
) -> SignedIn:
    try:
        grant = await asyncio.to_thread(_interactive, asked, chosen)
        if common.no_input:
            raise InteractionRequired(
                "Signing in needs a person, and --no-input says that nobody is there.", hint=asked.login_command
            )
        label = Label.of(asked.credential, asked.environment, grant)
        async with agent:
            token = await house.engine.sign_in(grant, label, agent, device=device)
            await asyncio.to_thread(_check_kept, house, grant, token)
            return SignedIn(label, token)
    finally:
        await house.close()


def _interactive(asked: Label, chosen: Credential) -> InteractiveGrant:
    grant = grant_of(asked.credential, chosen)
    if not needs_person(grant):
        raise AuthwrightError(
            f"{asked.credential} needs nobody to sign in: its grant is {grant.grant}.",
            code="no_login",
            hint=f"authwright token {shlex.quote(asked.credential)}",
        )
    return grant


def _check_kept(house: Assembly, grant: InteractiveGrant, token: Token) -> None:
    record = house.store.load(grant.key)
    if record is None or record.token.access_token != token.access_token:
        raise AuthwrightError(
            "You are signed in, but the token could not be kept.", code="not_kept", hint="Mend that, and sign in again"
        )


def summary(signed_in: SignedIn) -> str:
    """What to say to a person."""
    token = signed_in.token
    until = when(token.expires_at, SystemAmbient().now())
    good = f"good {until}" if token.expires_at is None else f"good for {until[3:]}"
    renewed = "it is renewed without you" if token.refresh_token is not None else "then sign in again"
    return f"Signed in for {visible(signed_in.label.credential)}: the token is {good}; {renewed}."


def _tell(text: str) -> None:
    print("\n".join(visible(line) for line in text.split("\n")), file=sys.stderr, flush=True)
