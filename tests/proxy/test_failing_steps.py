"""Whichever step on a request's way breaks, nothing leaves without its credential."""

import importlib
import json
from pathlib import Path
from typing import Any

import pytest
from tests.proxy.running import CANARY, living, origin, status

DOCUMENT = """
version: 1
rules:
  - name: api
    match: "127.0.0.1:*/api/**"
    auth:
      type: oauth2
      grant: client_credentials
      token_endpoint: http://127.0.0.1:{port}/token
      client_id: me
      client_secret: {canary}
"""
TOKEN = json.dumps({"access_token": "t0k3n-canary", "token_type": "Bearer", "expires_in": 3600}).encode()
CARRIED = b"Authorization: Bearer t0k3n-canary\r\n"

STOCK = [
    "proxy.stock.convert:claims_of",
    "proxy.stock.convert:strip_hop_by_hop",
    "proxy.stock.convert:pin",
    "proxy.stock.convert:request_of",
    "proxy.stock.convert:apply",
    "proxy.stock.convert:content_length",
    "proxy.stock.request_state:RequestState.objection",
    "proxy.stock.flows:Flows._script",
    "proxy.stock.flows:Flows._resume",
    "proxy.stock.flows:Flows._admit",
    "proxy.stock.flows:Flows._plan",
    "proxy.stock.flows:Flows._begin",
    "proxy.stock.flows:Flows._clear",
]
"""What a request meets in mitmproxy's layer alone, as ``module:name``."""
OWN = [
    "proxy.http1.admission:Admission.admit",
    "proxy.http1.pool:Upstreams.kept",
    "proxy.http1.pool:Upstreams.connected",
    "proxy.http1.pool:Upstreams.send",
    "proxy.http1.layer:Http1.wait_for",
    "proxy.http1.ready_cache:ReadyCache.plan",
    "proxy.http1.ready_cache:ReadyCache.header",
    "proxy.http1.request:authorise",
    "proxy.http1.request:settled",
    "proxy.http1.request:taken",
    "proxy.http1.request:outgoing",
    "proxy.http1.request:ask",
    "proxy.http1.request:send",
    "proxy.http1.outgoing:head_of",
    "proxy.http1.request:request_of",
]
"""What it meets in ours alone."""
STEPS = [
    "rules.ruleset:RuleSet.plan",
    "rules.rule:Credential.scheme",
    "proxy.guard:target",
    "proxy.guard:agree",
    "proxy.guard:is_own",
    "engine.engine:Engine.begin",
    "engine.engine:Engine._run",
    "engine.driver:effect",
    "engine.engine:beginning",
    "engine.exchange:admit",
    "engine.exchange:outgoing",
    "outbound.fetching:check_head",
    "engine.exchange:Exchange.start",
    "engine.exchange:Exchange.wait",
    "engine.exchange:Exchange._advance",
    "engine.exchange:Exchange._take",
    "engine.admission:check_policy",
    "engine.admission:existing",
    "engine.admission:without",
    "engine.admission:check_head",
    "tokens.broker:Broker.held",
    "tokens.broker:Broker.obtain",
    "tokens.stores.sqlite:SqliteStore.lock",
    "tokens.stores.sqlite:SqliteStore.save",
    "outbound.transport:HttpTransport.send",
    "engine.exchange:Hidden",
    "schemes.oauth2:OAuth2.authorize",
    "grants.client_credentials:ClientCredentials.obtain",
]
"""What a request meets on its way, as ``module:name``."""
OTHERWISE = {"proxy.stock.convert:claims_of": (400, "malformed_head")}
STOCK_AFTERWARDS = [
    "proxy.stock.convert:response_of",
    "proxy.stock.convert:apply",
    "proxy.stock.request_state:RequestState.objection",
    "proxy.stock.flows:Flows._resume",
    "proxy.stock.flows:Flows._clear",
    "proxy.stock.flows:Flows.authwright_answer",
    "proxy.stock.flows:Flows.authwright_resend",
    "proxy.stock.stream:AuthStream.send_again",
]
OWN_AFTERWARDS = [
    "proxy.http1.outgoing:head_of",
    "proxy.http1.request:outgoing",
    "proxy.http1.request:ask",
    "proxy.http1.request:send",
    "proxy.http1.request:discard",
    "proxy.http1.request:settled",
    "proxy.http1.request:taken",
    "proxy.http1.head:text_pairs",
]
AFTERWARDS = [
    "engine.engine:Engine._run",
    "engine.driver:effect",
    "engine.exchange:outgoing",
    "engine.exchange:Exchange.answer",
    "engine.exchange:Exchange.wait",
    "engine.exchange:Exchange._advance",
    "engine.exchange:Exchange.close",
    "engine.admission:check_head",
    "tokens.broker:Broker.held",
    "tokens.broker:Broker.obtain",
    "outbound.transport:HttpTransport.send",
]
"""What is met when the origin rejected the token."""


class Breaking:
    """Breaks a step, from the start or when told to."""

    def __init__(self, step: str, monkeypatch: pytest.MonkeyPatch, *, broken: bool) -> None:
        module, _, name = step.partition(":")
        place: Any = importlib.import_module(f"authwright.{module}")
        *owners, name = name.split(".")
        for each in owners:
            place = getattr(place, each)
        whole = getattr(place, name)
        self.broken, self.met = broken, 0

        def meet(*given: Any, **named: Any) -> Any:
            if self.broken:
                self.met += 1
                raise RuntimeError(CANARY)
            return whole(*given, **named)

        monkeypatch.setattr(place, name, meet)


def requests(port: int) -> list[bytes]:
    head = f"/api/x HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: my own\r\n"
    url = f"http://127.0.0.1:{port}"
    return [f"GET {url}{head}\r\n".encode(), f"POST {url}{head}Content-Length: 4\r\n\r\nbody".encode()]


def granting(_head: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(TOKEN), TOKEN)


async def test_the_request_leaves_with_its_token_when_no_step_breaks(engine: str, tmp_path: Path) -> None:
    async with origin(granting) as idp, origin() as api:
        async with living(DOCUMENT.format(port=idp.port, canary=CANARY), tmp_path, engine=engine) as running:
            answers = [status(await running.send(raw)) for raw in requests(api.port)]
        assert (answers, len(api.heads), api.received.count(CARRIED)) == ([200, 200], 2, 2)


@pytest.mark.parametrize(("engine", "step"), [("stock", step) for step in (*STOCK, *STEPS)])
async def test_a_step_that_breaks_sends_nothing(engine: str, step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with origin(granting) as idp, origin() as api:
        async with living(DOCUMENT.format(port=idp.port, canary=CANARY), tmp_path, engine=engine) as running:
            breaking = Breaking(step, monkeypatch, broken=True)
            answers = [await running.send(raw) for raw in requests(api.port)]
            breaking.broken = False
        assert (api.received, breaking.met > 0) == (b"", True)
        expected, code = OTHERWISE.get(step, (502, "internal_error"))
        assert [(expected, True)] * 2 == [(status(a), f"Authwright-Error: {code}\r\n".encode() in a) for a in answers]
        assert {code} == {json.loads(a.partition(b"\r\n\r\n")[2])["code"] for a in answers}
        assert CANARY.encode() not in b"".join(answers)


@pytest.mark.parametrize(("engine", "step"), [("auto", step) for step in (*OWN, *STEPS)])
async def test_a_step_that_breaks_in_our_own_layer_sends_nothing_bare(
    engine: str, step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with origin(granting) as idp, origin() as api:
        async with living(DOCUMENT.format(port=idp.port, canary=CANARY), tmp_path, engine=engine) as running:
            breaking = Breaking(step, monkeypatch, broken=True)
            answers = [await running.send(raw) for raw in requests(api.port)]
            breaking.broken = False
        # the second request needs no flow when the first one's token is held
        assert (502, len(api.heads), True) == (status(answers[0]), api.received.count(CARRIED), breaking.met > 0)
        assert {status(each) for each in answers} <= {200, 502}
        assert CANARY.encode() not in b"".join(answers)


@pytest.mark.parametrize(
    ("engine", "step"),
    [
        *(("stock", step) for step in (*STOCK_AFTERWARDS, *AFTERWARDS)),
        *(("auto", step) for step in (*OWN_AFTERWARDS, *AFTERWARDS)),
    ],
)
async def test_a_step_that_breaks_after_a_rejection_never_sends_again_bare(
    engine: str, step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def rejecting(_head: bytes) -> bytes:
        breaking.broken = True
        return b"HTTP/1.1 401 No\r\nContent-Length: 2\r\n\r\nno"

    async with origin(granting) as idp, origin(rejecting) as api:
        breaking = Breaking(step, monkeypatch, broken=False)
        async with living(DOCUMENT.format(port=idp.port, canary=CANARY), tmp_path, engine=engine) as running:
            answers = []
            for raw in requests(api.port):
                breaking.broken = False
                answers.append(await running.send(raw))
            breaking.broken = False
        assert (len(api.heads), True) == (api.received.count(CARRIED), breaking.met > 0)
        assert {status(each) for each in answers} <= {401, 502}
        assert CANARY.encode() not in b"".join(answers)
