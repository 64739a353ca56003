"""Real clients and real origins on both sides of both engines: what arrives at either end is the same."""

import contextlib

import pytest
from tests.live import origins
from tests.live.clients import CLIENTS
from tests.live.more_clients import MORE, what_counts
from tests.live.proxies import running
from tests.live.tap import Tap
from tests.proxy.differential.exchange import Seen
from tests.proxy.differential.same import same

pytestmark = pytest.mark.live

ALL = CLIENTS | MORE
ORIGINS = ("nginx", "apache", "uvicorn")
BODY = bytes(range(256)) * 800
"""200 KB: more than is kept for sending again."""
SMALL = BODY[:40_000]
"""For Apache, which gives a CGI program its whole input before it reads any output."""
SENT = {"apache": SMALL, "nginx": b"", "uvicorn": BODY}
"""nginx answers from the head alone: how much of a body has left by then is chance, and the layer sends no more of it."""
CASES = [
    pytest.param(client, origin, scheme, id=f"{client}, {origin}, {scheme}")
    for client, (_, schemes) in ALL.items()
    for origin in ORIGINS
    for scheme in schemes
]


@pytest.fixture(scope="module")
def servers(installed, folder, pki, apache):
    with contextlib.ExitStack() as stack:
        found = {"apache": apache}
        for name, start in (("nginx", origins.nginx), ("uvicorn", origins.uvicorn)):
            (folder / name).mkdir()
            found[name] = stack.enter_context(start(folder / name, pki))
        yield found


@pytest.fixture(scope="module")
def taps(servers):
    with contextlib.ExitStack() as stack:
        yield {name: stack.enter_context(Tap(server.http)) for name, server in servers.items()}


@pytest.fixture(scope="module")
def proxies(folder, pki, servers, taps):
    with contextlib.ExitStack() as stack:
        yield {
            engine: stack.enter_context(running(made(folder / f"engine-{engine}"), text(engine, pki, servers, taps)))
            for engine in ("stock", "auto")
        }


def made(folder):
    folder.mkdir()
    return folder


def text(engine, pki, servers, taps):
    return f"""\
version: 1
settings: {{upstream_ca: {pki.ca}, engine: {engine}}}
credentials:
  apache: {{type: basic, username: "${{env:LIVE_USER}}", password: "${{env:LIVE_PASSWORD}}"}}
rules:
  - match: {{host: [127.0.0.1, localhost], port: ["{taps["apache"].port}", "{servers["apache"].https}"]}}
    auth: apache
  - match: {{host: [127.0.0.1, localhost], port: "*"}}
    auth: {{type: bearer, token: a-token}}
"""


@pytest.mark.parametrize(("client", "origin", "scheme"), CASES)
def test_a_client_and_an_origin_see_the_same_through_both_engines(client, origin, scheme, proxies, servers, taps, folder):
    body = folder / "body"
    body.write_bytes(SENT[origin])
    tap = taps[origin]
    place = f"http://127.0.0.1:{tap.port}" if scheme == "http" else servers[origin].url("https")
    seen = {}
    for engine, proxy in proxies.items():
        argv = [word.replace("{proxy}", proxy.address) for word in ALL[client][0](f"{place}/echo", body)]
        done = proxy.client(argv)
        assert done.returncode == 0, done.stderr
        seen[engine] = what_counts(done.stdout), same(Seen(tap.taken()))
    assert seen["auto"] == seen["stock"]
    answered = seen["auto"][0]
    expected = {"nginx": b"POST /echo Bearer a-token", "uvicorn": b"authorization: Bearer a-token", "apache": SMALL}[origin]
    assert (b"[200]\t1 responses" if client == "hey (Go)" else expected) in answered
