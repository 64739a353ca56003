"""A body that streams past can be made another one on its way, piece by piece."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from tests.proxy.running import origin, proxy, rule, status

from authwright.errors import RequestError
from authwright.flow.bases import SchemeBase
from authwright.flow.commands import forward
from authwright.flow.language import Flow
from authwright.flow.protocols import Ambient
from authwright.message import Place, Request

pytestmark = pytest.mark.usefixtures("engine")

BODY = bytes(range(256)) * 400


@dataclass(frozen=True)
class Inverting:
    """Inverts each byte, keeps the last of each piece back, and takes no *forbidden* one."""

    forbidden: bytes = b""

    def begin(self) -> Callable[[bytes], bytes]:
        kept = b""

        def inverted(data: bytes) -> bytes:
            nonlocal kept
            if self.forbidden and self.forbidden in data:
                raise RequestError("The body is not what it should be.", code="malformed_body")
            whole = kept + bytes(byte ^ 255 for byte in data)
            kept, ready = (whole[-1:], whole[:-1]) if data else (b"", whole)
            return ready

        return inverted


@dataclass(frozen=True)
class Rewriting(SchemeBase):
    """Says of each request whether its body goes past, and inverts that body."""

    rewriter: Inverting = Inverting()
    type = "rewriting"
    places: tuple[Place, ...] = ()

    def reads_body(self, request: Request) -> bool:
        return False

    def authorize(self, request: Request, ambient: Ambient) -> Flow[None]:
        headers = request.headers.with_field("Streamed", str(request.streamed))
        yield from forward(replace(request, headers=headers, rewrite=self.rewriter))


def chunked(body: bytes, size: int) -> bytes:
    parts = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


FRAMED = {
    "length": b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY,
    "chunked": b"Transfer-Encoding: chunked\r\n\r\n" + chunked(BODY, 1000),
    "chunked by the byte": b"Transfer-Encoding: chunked\r\n\r\n" + chunked(BODY[:50], 1),
}


def post(port: int, framed: bytes) -> bytes:
    return f"POST http://127.0.0.1:{port}/ HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n".encode() + framed


@pytest.mark.parametrize("framing", FRAMED)
async def test_every_byte_arrives_as_it_was_made(framing: str, tmp_path: Path) -> None:
    async with origin() as there, proxy([rule("127.0.0.1", Rewriting())], tmp_path) as running:
        assert status(await running.send(post(there.port, FRAMED[framing]))) == 200
        sent = BODY[:50] if framing == "chunked by the byte" else BODY
        assert b"\r\nStreamed: True\r\n" in there.received
        assert there.received.partition(b"\r\n\r\n")[2] == bytes(byte ^ 255 for byte in sent)


async def test_a_body_that_is_not_what_it_should_be_is_not_sent_on(tmp_path: Path) -> None:
    async with origin() as there, proxy([rule("127.0.0.1", Rewriting(Inverting(b"\xff")))], tmp_path) as running:
        answer = await running.send(post(there.port, FRAMED["length"]))
        assert (status(answer), b"malformed_body" in answer) == (400, True)
        assert BODY[250:260] not in there.received
