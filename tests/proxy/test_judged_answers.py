"""An answer that the scheme judges reaches the client only when it was found good; else the proxy answers."""

import json
from pathlib import Path

import pytest
from tests.proxy.running import origin, proxy, rule, status

from authwright.errors import RemoteError
from authwright.flow.bases import SchemeBase
from authwright.flow.commands import Forward
from authwright.flow.language import Flow
from authwright.flow.protocols import Ambient
from authwright.message import Place, Request


class Judge(SchemeBase):
    """Takes an answer only with the field ``Good``."""

    type = "judge"
    places: tuple[Place, ...] = ()

    def reads_body(self, request: Request) -> bool:
        return False

    def authorize(self, request: Request, ambient: Ambient) -> Flow[None]:
        response = yield Forward(request.with_header("Judged", "1"), judges=True)
        if "Good" not in response.headers:
            raise RemoteError("not good", code="server_authorization")


@pytest.mark.parametrize("head", [b"200 OK", b"404 Not Found"])
@pytest.mark.parametrize(
    "body", [b"", b"Content-Length: 3\r\n\r\nabc", b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"]
)
@pytest.mark.parametrize("good", [True, False])
async def test_it_is_delivered_when_it_is_good_and_not_at_all_when_it_is_not(
    head: bytes, body: bytes, good: bool, tmp_path: Path
) -> None:
    def reply(_: bytes) -> bytes:
        field = b"Good: 1\r\n" if good else b""
        return b"HTTP/1.1 " + head + b"\r\n" + field + b"Content-Length: 6\r\n\r\nanswer"

    async with origin(reply) as there, proxy([rule("127.0.0.1", Judge())], tmp_path) as running:
        target = f"127.0.0.1:{there.port}"
        sent = f"POST http://{target}/ HTTP/1.1\r\nHost: {target}\r\n".encode() + (body or b"Content-Length: 0\r\n\r\n")
        answer = await running.send(sent)
        assert there.received.count(b"Judged: 1") == 1
        if good:
            assert (status(answer), answer.endswith(b"answer")) == (int(head[:3]), True)
        else:
            assert (status(answer), b"answer" in answer) == (502, False)
            assert json.loads(answer.partition(b"\r\n\r\n")[2])["code"] == "server_authorization"
