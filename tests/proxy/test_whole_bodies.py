"""A scheme that reads the body waits for it, and only then; what it reads is what is sent."""

import hashlib
from pathlib import Path
from typing import Any

import pytest
from tests.proxy.running import Whole, origin, proxy, rule, status

from authwright.flow.bases import SchemeBase
from authwright.flow.commands import forward
from authwright.flow.language import Flow
from authwright.flow.protocols import Ambient
from authwright.message import Place, Request
from authwright.rules.match import Match
from authwright.rules.rule import Credential, Options, Prepared, Rule


class Digesting(SchemeBase):
    """Puts the digest of a POST's body on the request; of everything else, the digest of nothing."""

    type = "digesting"
    places: tuple[Place, ...] = ()

    def reads_body(self, request: Request) -> bool:
        return request.method == "POST"

    def authorize(self, request: Request, ambient: Ambient) -> Flow[None]:
        yield from forward(request.with_header("Seen", hashlib.sha256(request.body).hexdigest()))


class Rewriting(Digesting):
    """Puts another body in its place."""

    def authorize(self, request: Request, ambient: Ambient) -> Flow[None]:
        yield from forward(Request(request.method, request.origin, request.target, request.headers, request.body * 2))


FRAMED = {
    "length": b"Content-Length: 3\r\nX-After: 1\r\n\r\nabc",
    "chunked": b"Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n",
}


def unread(scheme: Any) -> Rule:
    """A rule whose credential has not read its secrets yet."""
    cred = Credential(name="c", type="digesting", hosts=(), build=lambda: Prepared(scheme, frozenset()))
    return Rule("unread", "test:1", Match.build(host=("127.0.0.1",), port=("*",)), cred, Options(allow_http=True))


@pytest.mark.parametrize("framing", FRAMED)
@pytest.mark.parametrize(("method", "seen"), [("POST", b"abc"), ("PUT", b"")])
@pytest.mark.parametrize("make", [lambda scheme: rule("127.0.0.1", scheme), unread], ids=["ready", "unread"])
async def test_it_sees_the_body_it_reads_and_no_other(framing: str, method: str, seen: bytes, make: Any, tmp_path: Path) -> None:
    async with origin() as there, proxy([make(Digesting())], tmp_path) as running:
        head = f"{method} http://127.0.0.1:{there.port}/ HTTP/1.1\r\nHost: 127.0.0.1:{there.port}\r\n".encode()
        assert status(await running.send(head + FRAMED[framing])) == 200
        assert there.received.count(b"Seen: " + hashlib.sha256(seen).hexdigest().encode()) == 1
        assert there.received.endswith(b"\r\n\r\nabc")


async def test_a_body_that_changes_has_its_length_where_the_old_one_stood(tmp_path: Path) -> None:
    async with origin() as there, proxy([rule("127.0.0.1", Rewriting())], tmp_path) as running:
        head = f"POST http://127.0.0.1:{there.port}/ HTTP/1.1\r\nHost: 127.0.0.1:{there.port}\r\n".encode()
        assert status(await running.send(head + FRAMED["length"])) == 200
        assert there.received.endswith(b"\r\nContent-Length: 6\r\nX-After: 1\r\n\r\nabcabc")


@pytest.mark.parametrize(("scheme", "answer"), [(Whole(Digesting()), 413), (Digesting(), 200)])
async def test_only_a_body_that_is_read_can_be_too_large(scheme: Any, answer: int, tmp_path: Path) -> None:
    async with origin() as there, proxy([rule("127.0.0.1", scheme)], tmp_path, max_signed_body=2) as running:
        head = f"PUT http://127.0.0.1:{there.port}/ HTTP/1.1\r\nHost: 127.0.0.1:{there.port}\r\n".encode()
        assert status(await running.send(head + FRAMED["length"])) == answer
