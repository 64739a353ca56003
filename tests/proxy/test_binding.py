"""Connections that are authenticated belong to one rule's requests of one client, and speak HTTP/1.1."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pytest
from tests.proxy.multiplexed import h2_origin
from tests.proxy.running import Names, Pki, origin, proxy, read_response, rule, status, tls_tunnel

from authwright.flow.bases import SchemeBase
from authwright.flow.commands import forward
from authwright.message import Place
from authwright.rules.match import Match
from authwright.rules.rule import Rule

pytestmark = pytest.mark.usefixtures("engine")


@dataclass(frozen=True)
class Binding(SchemeBase):
    """A scheme that authenticates connections; it adds who it is, to be seen."""

    who: str
    type: ClassVar[str] = "binding"
    binds_connection: ClassVar[bool] = True
    places: ClassVar[tuple[Place, ...]] = ()

    def reads_body(self, request: Any) -> bool:
        return False

    def authorize(self, request: Any, ambient: Any) -> Any:
        response = yield from forward(request.with_header("X-Who", self.who))
        if response.status == 401:
            yield from forward(request.with_header("X-Who", f"{self.who} again"))


def rules(host: str) -> list[Rule]:
    """Two users of one host, by path."""
    made = [rule(host, Binding(who)) for who in ("alice", "bob")]
    return [
        Rule(who, "test:1", Match.build(host=(host,), port=("*",), path=(f"/{who}/**",)), each.credential, each.options)
        for who, each in zip(("alice", "bob"), made, strict=True)
    ]


async def test_each_rule_has_a_connection_of_its_own_and_sends_again_on_it(tmp_path: Path) -> None:
    def reply(head: bytes) -> bytes:
        code = b"200 OK" if b" again" in head else b"401 No"
        return b"HTTP/1.1 %s\r\nContent-Length: 0\r\n\r\n" % code

    async with origin(reply) as there, proxy(rules("127.0.0.1"), tmp_path) as running:
        reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
        for who in ("alice", "bob", "alice", "bob"):
            head = f"GET http://127.0.0.1:{there.port}/{who}/x HTTP/1.1\r\nHost: 127.0.0.1:{there.port}\r\n\r\n"
            writer.write(head.encode())
            assert status(await asyncio.wait_for(read_response(reader), 5)) == 200
        writer.close()
        seen = [(log.count(b"X-Who: alice"), log.count(b"X-Who: bob")) for log in there.connections]
    assert seen == [(4, 0), (0, 4)]


async def test_two_clients_never_share_one(tmp_path: Path) -> None:
    async with origin() as there, proxy(rules("127.0.0.1"), tmp_path) as running:
        raw = f"GET http://127.0.0.1:{there.port}/alice/x HTTP/1.1\r\nHost: 127.0.0.1:{there.port}\r\n\r\n".encode()
        assert [status(await running.send(raw)) for _ in range(2)] == [200, 200]
        assert len(there.connections) == 2


async def test_its_host_is_served_over_http1_to_a_client_that_could_do_more(pki: Pki, tmp_path: Path) -> None:
    context = pki.server_context(["h2", "http/1.1"])
    async with origin(context=context) as there:
        name = f"localhost:{there.port}"
        async with proxy(rules("localhost"), tmp_path, upstream_ca=str(pki.ca)) as running:
            reader, writer = await tls_tunnel(running.port, name, running.ca(), alpn=["h2", "http/1.1"])
            agreed = writer.get_extra_info("ssl_object").selected_alpn_protocol()
            writer.write(f"GET /alice/x HTTP/1.1\r\nHost: {name}\r\n\r\n".encode())
            answer = await asyncio.wait_for(read_response(reader), 10)
            writer.close()
    assert (agreed, status(answer), there.received.count(b"X-Who: alice")) == ("http/1.1", 200, 1)


async def test_another_hosts_clients_speak_http2_as_ever(pki: Pki, tmp_path: Path) -> None:
    async with h2_origin(pki, lambda _: 200) as (port, _):
        settings = {"extra": [Names({"good.test": port})], "upstream_ca": str(pki.ca)}
        async with proxy([*rules("other.test"), rule("good.test")], tmp_path, **settings) as running:
            _, writer = await tls_tunnel(running.port, "good.test:443", running.ca(), alpn=["h2", "http/1.1"])
            agreed = writer.get_extra_info("ssl_object").selected_alpn_protocol()
            writer.close()
    assert agreed == "h2"
