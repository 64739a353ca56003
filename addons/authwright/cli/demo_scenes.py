"""The scenes of ``demo``: each request, and what must come of it."""

from __future__ import annotations

import asyncio
import http.client
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ..record.recorder import Recorder, TraceListener
from ..record.trace import Trace
from .configuration import load_file
from .demo_servers import DemoAddresses, World, running
from .local_proxy import proxy
from .private_file import private_file

_CROWD: Final = 20
_PATIENCE: Final = 5.0
"""Seconds until the demo gives up on a report."""

_CONFIGURATION: Final = """\
version: 1
credentials:
  orders:
    type: oauth2
    grant: client_credentials
    token_endpoint: http://127.0.0.1:{addresses.idp}/token
    client_id: demo
    client_secret: {world.client_secret}
rules:
  - {{name: orders, match: "127.0.0.1:{addresses.api}/orders", auth: orders}}
  - {{name: maps, match: "127.0.0.1:{addresses.api}/maps", auth: {{type: api_key, in: query, name: key, value: {world.api_key}}}}}
  - {{name: reports, match: "127.0.0.1:{addresses.api}/reports", auth: {{type: basic, username: alice, password: {world.password}}}}}
  - name: events
    match: POST 127.0.0.1:{addresses.api}/events
    auth: {{type: jwt, secret: {world.jwt_secret}, claims: {{iss: demo}}, lifetime: 1m}}
"""


@dataclass(frozen=True, slots=True)
class Result:
    """One request of the demo and what came of it."""

    section: str
    request: str
    status: int
    expected: int
    ok: bool
    rule: str = ""
    type: str = ""
    sent: str = ""
    about: str = ""

    def to_json(self) -> dict[str, Any]:
        """As ``demo --json`` prints it."""
        return {name: getattr(self, name) for name in self.__slots__}


class Stage:
    """The servers, the proxy, and a client that knows where the proxy is and nothing else.

    Args:
        world: what the servers know.
        addresses: where they are.
        proxy: where the proxy is.
        traces: what the proxy reports.
    """

    def __init__(self, world: World, addresses: DemoAddresses, proxy: tuple[str, int], traces: asyncio.Queue[Trace]) -> None:
        self.world = world
        self.proxy = proxy
        self.traces = traces
        self.api = f"127.0.0.1:{addresses.api}"
        self.other = f"127.0.0.1:{addresses.other}"

    async def direct(self, section: str) -> AsyncIterator[Result]:
        """The API as it is without the proxy."""
        status, _ = await asyncio.to_thread(_ask, self.api, "GET", "/orders")
        yield Result(section, "GET /orders", status, 401, status == 401, about="the API wants a credential")

    async def injected(self, section: str) -> AsyncIterator[Result]:
        """A request for each kind of credential."""
        yield await self._through(section, "GET", "/orders", tokens=1)
        yield await self._through(section, "GET", "/orders", tokens=1)
        for method, target in (("GET", "/maps?q=Basel"), ("GET", "/reports"), ("POST", "/events")):
            yield await self._through(section, method, target, tokens=1)

    async def replaced(self, section: str) -> AsyncIterator[Result]:
        """The API rejects a token that the proxy took for valid: of one request, then of many at the same time."""
        self.world.revoke_all()
        yield await self._through(section, "GET", "/orders", tokens=2, statuses=[401, 200])
        self.world.revoke_all()
        loop = asyncio.get_running_loop()
        # Clients of their own: the proxy in this process must not wait for a thread that waits for the proxy.
        with ThreadPoolExecutor(_CROWD) as clients:
            url = f"http://{self.api}/orders"
            asks = (loop.run_in_executor(clients, _ask, self.proxy, "GET", url) for _ in range(_CROWD))
            answers = [status for status, _ in await asyncio.gather(*asks)]
        requests = self.world.token_requests - 2
        about = f"{answers.count(200)} answered, {requests} token request{'s' * (requests != 1)}"
        ok = answers == [200] * _CROWD and requests == 1
        yield Result(section, f"GET /orders, {_CROWD} at once", max(answers), 200, ok, "orders", "oauth2", about=about)

    async def refused(self, section: str) -> AsyncIterator[Result]:
        """Requests that get no credential."""
        elsewhere = f"http://{self.other}/orders"
        status, _ = await asyncio.to_thread(_ask, self.proxy, "GET", elsewhere)
        untouched = status == 200 and not self.world.strangers_saw
        yield Result(section, "GET another server", status, 200, untouched, about="no rule names it: passed as it came")
        yield await self._refused(section, "GET another, as the API", elsewhere, {"Host": self.api}, 421)
        page = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
        yield await self._refused(section, "GET /orders, web page", f"http://{self.api}/orders", page, 403)

    async def _through(self, section: str, method: str, target: str, *, tokens: int, statuses: list[int] | None = None) -> Result:
        await self._forget()
        status, _ = await asyncio.to_thread(_ask, self.proxy, method, f"http://{self.api}{target}")
        trace = await asyncio.wait_for(self.traces.get(), _PATIENCE)
        ok = list(trace.statuses) == (statuses or [200]) and status == 200 and self.world.token_requests == tokens
        about = _about(trace)
        return Result(section, f"{method} {target}", status, 200, ok, trace.rule, trace.type, _sent(trace), about)

    async def _refused(self, section: str, request: str, url: str, headers: dict[str, str], expected: int) -> Result:
        status, code = await asyncio.to_thread(_ask, self.proxy, "GET", url, headers)
        ok = status == expected and bool(code) and not self.world.strangers_saw
        return Result(section, request, status, expected, ok, about=f"refused, nothing sent: {code}")

    async def _forget(self) -> None:
        while not self.traces.empty():
            self.traces.get_nowait()


async def play(folder: Path) -> list[Result]:
    """Play the whole demo.

    Args:
        folder: a private folder that is thrown away afterwards.
    """
    world = World()
    traces: asyncio.Queue[Trace] = asyncio.Queue()
    with running(world) as addresses:
        file = private_file(folder / "authwright.yaml", _CONFIGURATION.format(addresses=addresses, world=world).encode())
        async with proxy(load_file(file, folder / "home"), recorder=Recorder(TraceListener(traces.put_nowait))) as address:
            stage = Stage(world, addresses, address, traces)
            acts = {
                "Straight to the API": stage.direct,
                "The same through the proxy, which adds": stage.injected,
                "A token is revoked, and nobody told the proxy": stage.replaced,
                "Where a credential does not go": stage.refused,
            }
            return [result for section, act in acts.items() async for result in act(section)]


def _ask(address: str | tuple[str, int], method: str, url: str, headers: dict[str, str] | None = None) -> tuple[int, str]:
    """Send a request; the status, and the proxy's own error code where it was the proxy that answered."""
    host, port = address if isinstance(address, tuple) else (address, None)
    connection = http.client.HTTPConnection(host, port, timeout=10)
    try:
        connection.request(method, url, headers=headers or {})
        response = connection.getresponse()
        response.read()
        return response.status, response.headers.get("Authwright-Error", "")
    finally:
        connection.close()


def _sent(trace: Trace) -> str:
    added = (change for change in trace.explanation().shown_changes() if change.kind == "set")
    return ", ".join(f"?{one.name}={one.value}" if one.where == "query" else f"{one.name}: {one.value}" for one in added)


def _about(trace: Trace) -> str:
    if len(trace.statuses) > 1:
        return f"{trace.statuses[0]}, new token, sent again"
    match trace.type, trace.token_source:
        case _, "fetched":
            return f"token fetched, {trace.waited_ms:.0f} ms"
        case _, "cached":
            return "token at hand"
        case "jwt", _:
            return "signed now"
        case _:
            return "from the rule"
