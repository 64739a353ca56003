"""Every request that is refused leaves one trace, and the log has a line for it."""

import datetime as dt
import socket
from pathlib import Path
from typing import Any

import pytest
from tests.proxy.running import CANARY, Running, free_port, origin, proxy, rule, status
from tests.proxy.test_refusing import Failing, basic

from authwright.cli.colour import painter
from authwright.cli.log import lines, to_object
from authwright.proxy.server.connecting import DeadlineHandler
from authwright.secret import Secret

pytestmark = pytest.mark.usefixtures("engine")

AT = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def line(running: Running) -> str:
    """The only trace, as the log shows it, without the time."""
    (trace,) = running.traces
    assert to_object(trace, AT, changes=True)["error"]["code"] == trace.error.code
    shown = "\n".join(lines(trace, AT, changes=True, paint=painter(False)))
    assert CANARY not in shown
    return shown.partition("\n")[0].partition(" ")[2]


REFUSED: dict[str, tuple[str, str, dict[str, Any]]] = {
    # name: (what is sent, the line; PORT is the origin's and OWN the proxy's port, settings)
    "no password": ("GET http://127.0.0.1:PORT/a?b=c HTTP/1.1", "GET 127.0.0.1:PORT/a?b - - - 0ms proxy_password", {"password": Secret("x")}),
    "no password for a tunnel": ("CONNECT good.test:443 HTTP/1.1", "CONNECT good.test:443 - - - 0ms proxy_password", {"password": Secret("x")}),
    "its own port": ("GET http://127.0.0.1:OWN/ HTTP/1.1", "GET 127.0.0.1:OWN/ - - - 0ms own_port", {}),
    "a tunnel to its own port": ("CONNECT 127.0.0.1:OWN HTTP/1.1", "CONNECT 127.0.0.1:OWN - - - 0ms own_port", {}),
    "opened as a server": ("GET /a HTTP/1.1", "GET evil.test/a - - - 0ms origin_form", {}),
    "two targets": ("GET http://127.0.0.1:PORT/ HTTP/1.1", "GET 127.0.0.1:PORT/ - - - 0ms target_mismatch", {}),
    "two readings": ("GET http://127.0.0.1:PORT/a\\b HTTP/1.1", "GET 127.0.0.1:PORT/a\\b - - - 0ms malformed_target", {}),
    "too large": (
        "POST http://127.0.0.1:PORT/ HTTP/1.1\r\nContent-Length: 2",
        "POST 127.0.0.1:PORT/ rule 127.0.0.1 failing - 0ms body_too_large",
        {"max_signed_body": 1},
    ),
    "too large in the end": (
        "POST http://127.0.0.1:PORT/ HTTP/1.1\r\nTransfer-Encoding: chunked",
        "POST 127.0.0.1:PORT/ rule 127.0.0.1 failing - 0ms body_too_large",
        {"max_signed_body": 1},
    ),
    "an internal error": ("GET http://127.0.0.1:PORT/ HTTP/1.1", "GET 127.0.0.1:PORT/ rule 127.0.0.1 failing - 0ms internal_error", {}),
    "nobody there": ("GET http://127.0.0.1:FREE/ HTTP/1.1", "GET 127.0.0.1:FREE/ - - - 0ms unreachable", {}),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
async def test_a_refused_request_leaves_one_line(name: str, tmp_path: Path) -> None:
    raw, expected, settings = REFUSED[name]
    async with origin() as there:
        scheme = Failing(RuntimeError(CANARY), reads_body="Length" in raw or "Transfer" in raw)
        rules = [rule("127.0.0.1", scheme, port=str(there.port)), rule("good.test")]
        async with proxy(rules, tmp_path, **settings) as running:
            numbers = {"PORT": str(there.port), "OWN": str(running.port), "FREE": str(free_port())}
            for word, number in numbers.items():
                raw, expected = raw.replace(word, number), expected.replace(word, number)
            named = raw.split()[1].removeprefix("http://").partition("/")[0].partition("\\")[0]
            host = "evil.test" if expected.endswith(("origin_form", "target_mismatch")) else named
            body = b"2\r\nab\r\n0\r\n\r\n" if "chunked" in raw else b"ab" if "Length" in raw else b""
            answer = await running.send(f"{raw}\r\nHost: {host}\r\n\r\n".encode() + body)
        assert (line(running), there.received) == (expected, b"")
        assert f"Authwright-Error: {expected.rpartition(' ')[2]}\r\n".encode() in answer


async def test_an_origin_of_a_rule_that_cannot_be_reached_is_in_its_line(tmp_path: Path) -> None:
    port = free_port()
    async with proxy([rule("127.0.0.1")], tmp_path) as running:
        await running.send(f"GET http://127.0.0.1:{port}/ HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
    assert line(running) == f"GET 127.0.0.1:{port}/ rule 127.0.0.1 bearer - 0ms unreachable"


async def test_a_request_that_no_rule_concerns_leaves_no_trace(tmp_path: Path) -> None:
    async with origin() as there, proxy([rule("good.test")], tmp_path, password=Secret("pa:ss")) as running:
        head = f"GET http://127.0.0.1:{there.port}/ HTTP/1.1\r\nHost: 127.0.0.1:{there.port}\r\n".encode()
        answer = await running.send(head + basic("pa:ss") + b"\r\n")
    assert (status(answer), running.traces) == (200, [])


async def test_an_origin_that_does_not_take_the_connection_is_given_up_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DeadlineHandler, "deadline", 0.5)  # ten seconds are too long for a test
    with socket.socket() as full, socket.socket() as first, socket.socket() as second:
        full.bind(("127.0.0.1", 0))
        full.listen(0)  # Linux queues one connection more, and drops what comes then
        for each in (first, second):
            each.setblocking(False)
            each.connect_ex(full.getsockname())
        port = full.getsockname()[1]
        async with proxy([rule("127.0.0.1")], tmp_path) as running:
            answer = await running.send(f"GET http://127.0.0.1:{port}/ HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
    assert (status(answer), line(running)) == (504, f"GET 127.0.0.1:{port}/ rule 127.0.0.1 bearer - 0ms timeout")
