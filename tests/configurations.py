"""Rule sets, credentials and grants made by hand, and the token endpoint that they ask."""

import asyncio
from dataclasses import dataclass, field
from typing import ClassVar

from authwright.flow.bases import GrantBase
from authwright.flow.commands import fetch
from authwright.flow.token import Token
from authwright.message import Request, Response
from authwright.rules.match import Match
from authwright.rules.rule import Credential, Options, Prepared, Rule
from authwright.rules.ruleset import RuleSet
from authwright.secret import Secret


class Origin:
    """Sells tokens: t1, t2, …"""

    def __init__(self):
        self.asked = []
        self.error = None

    async def send(self, request, certificate=None):
        if self.error:
            raise self.error
        self.asked.append(request)
        await asyncio.sleep(0)
        return Response(200, body=f"t{len(self.asked)}".encode())


@dataclass(frozen=True)
class Vending(GrantBase):
    """A grant that asks its endpoint for the next token."""

    grant: ClassVar[str] = "vending"
    key: str = "vending"
    authorization_server: str = "https://as.example/token"

    def obtain(self, previous, ambient):
        response = yield from fetch(Request.of("POST", self.authorization_server))
        return Token(Secret(response.body.decode()), None, ambient.now())


@dataclass
class Spy:
    """How often a credential's secrets were read."""

    reads: int = 0
    error: Exception | None = field(default=None)


def credential(scheme, *, secrets=(), hosts=(), spy=None):
    """A credential that is read when it is first used; *spy* counts, or makes it fail."""
    spy = spy or Spy()

    def build():
        spy.reads += 1
        if spy.error:
            raise spy.error
        return Prepared(scheme, frozenset(secrets))

    return Credential(name="cred", type=scheme.type, hosts=hosts, build=build)


def ruleset(cred, host="api.example.com", **options):
    """One rule for *host*."""
    return RuleSet([Rule("only", "f.yaml:3", Match.build(host=[host]), cred, Options(**options))], environment="dev")
