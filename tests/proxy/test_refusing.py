"""Whatever goes wrong becomes an answer of ours; nothing leaves bare."""

import asyncio
import base64
import json
import resource
from pathlib import Path
from typing import Any

import pytest
from tests.proxy.running import CANARY, Names, origin, proxy, read_response, rule, status, tunnel

from authwright.errors import AuthwrightError
from authwright.flow.bases import SchemeBase
from authwright.proxy.server.hooks import AuthInjector
from authwright.proxy.server.listening import check_listen
from authwright.proxy.stock import stream
from authwright.proxy.stock.flows import Flows
from authwright.rules.settings import Settings
from authwright.secret import Secret

pytestmark = pytest.mark.usefixtures("engine")


class Failing(SchemeBase):
    """A scheme that fails where it is told to."""

    type = "failing"
    places = ()

    def __init__(self, error: BaseException, *, reads_body: bool = False) -> None:
        self.error = error
        self._reads_body = reads_body

    def reads_body(self, request: Any) -> bool:
        return self._reads_body

    def authorize(self, request: Any, ambient: Any) -> Any:
        raise self.error
        yield


ERRORS = {
    "an exception": RuntimeError(CANARY),
    "an exception outside Exception": BaseException(CANARY),
    "the end of a generator": GeneratorExit(CANARY),
    "recursion": RecursionError(CANARY),
    "an assertion": AssertionError(CANARY),
}


@pytest.mark.parametrize("name", ERRORS)
async def test_a_scheme_that_fails_sends_nothing_and_says_nothing_of_the_secret(name: str, tmp_path: Path) -> None:
    async with origin() as there, proxy([rule("127.0.0.1", Failing(ERRORS[name]))], tmp_path) as running:
        answer = await running.send(
            f"GET http://127.0.0.1:{there.port}/ HTTP/1.1\r\nHost: 127.0.0.1:{there.port}\r\n\r\n".encode()
        )
        assert (status(answer), there.received, CANARY.encode() in answer) == (502, b"", False)
        assert json.loads(answer.partition(b"\r\n\r\n")[2])["code"] == "internal_error"


HOOKS = ["http_connect", "requestheaders", "request", "tls_clienthello", "next_layer"]


@pytest.mark.parametrize("hook", HOOKS)
async def test_a_hook_that_fails_outright_sends_nothing_bare(hook: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_self: Any, _data: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(AuthInjector if hasattr(AuthInjector, hook) else Flows, hook, fail)
    async with origin() as there, proxy([rule("good.test")], tmp_path, extra=[Names({"good.test": there.port})]) as running:
        for raw in (
            b"GET http://good.test/ HTTP/1.1\r\nHost: good.test\r\n\r\n",
            b"POST http://good.test/ HTTP/1.1\r\nHost: good.test\r\nContent-Length: 1\r\n\r\nx",
        ):
            await running.send(raw)
        reader, writer, _ = await tunnel(running.port, "good.test:80")
        writer.write(b"GET / HTTP/1.1\r\nHost: good.test\r\n\r\n")
        await asyncio.wait_for(read_response(reader), 5)
        writer.close()
        assert there.received.count(b" HTTP/1.1") == there.received.count(CANARY.encode())


async def test_a_redirection_by_another_addon_after_signing_is_refused(tmp_path: Path) -> None:
    class Redirect:
        def request(self, flow: Any) -> None:
            flow.request.port = there.port

    async with origin() as there, origin() as meant, proxy([rule("127.0.0.1")], tmp_path, extra=[Redirect()]) as running:
        answer = await running.send(
            f"GET http://127.0.0.1:{meant.port}/ HTTP/1.1\r\nHost: 127.0.0.1:{meant.port}\r\n\r\n".encode()
        )
        assert (status(answer), there.received, meant.received) == (421, b"", b"")


UPLOADS = ["Content-Length: 104857600", "Transfer-Encoding: chunked"]


@pytest.mark.parametrize("framing", UPLOADS)
@pytest.mark.parametrize("reads_body", [False, True])
async def test_a_refused_upload_is_answered_at_once_and_not_kept(framing: str, reads_body: bool, tmp_path: Path) -> None:
    scheme = Failing(RuntimeError(), reads_body=reads_body)
    async with origin() as there, proxy([rule("127.0.0.1", scheme)], tmp_path, max_signed_body=1 << 20) as running:
        reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
        writer.write(
            f"POST http://127.0.0.1:{there.port}/ HTTP/1.1\r\nHost: 127.0.0.1:{there.port}\r\n{framing}\r\n\r\n".encode()
        )
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        block = b"x" * (1 << 20)
        for _ in range(100):
            writer.write(block if "Length" in framing else b"100000\r\n" + block + b"\r\n")
            await writer.drain()
        answer = await asyncio.wait_for(read_response(reader), 5)
        if "chunked" in framing:
            writer.write(b"0\r\n\r\n")
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        after = await asyncio.wait_for(read_response(reader), 5)
        writer.close()
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) >> 10
        assert (413 if reads_body else 502, 403, b"", True) == (status(answer), status(after), there.received, grown < 50)


# -- a web page that a browser says little of


async def test_a_page_on_plain_http_is_known_by_its_referer_also_after_requests_that_passed(tmp_path: Path) -> None:
    """Browsers send neither fetch metadata nor an ``Origin`` with an image from a plain http origin on another machine."""
    heads = ("", "Referer: http://evil.test/page\r\n", "Referer: http://good.test/page\r\n")
    async with origin() as there:
        names = Names({"good.test": there.port})
        async with proxy([rule("good.test")], tmp_path, extra=[names]) as running:
            reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
            seen = []
            for head in (*heads, *heads):
                writer.write(f"GET http://good.test/ HTTP/1.1\r\nHost: good.test\r\n{head}\r\n".encode())
                seen.append(status(await asyncio.wait_for(read_response(reader), 5)))
            writer.close()
    assert seen == [200, 403, 200, 200, 403, 200]
    assert there.received.count(CANARY.encode()) == 4


# -- the proxy's own password


def basic(password: str) -> bytes:
    return b"Proxy-Authorization: Basic " + base64.b64encode(f"any:{password}".encode()) + b"\r\n"


PASSWORDS = {
    "none": (b"", 407),
    "wrong": (basic("wrong"), 407),
    "right": (basic("pa:ss"), 200),
    "twice": (basic("pa:ss") * 2, 407),
    "no base64": (b"Proxy-Authorization: Basic ???\r\n", 407),
    "another scheme": (basic("pa:ss").replace(b"Basic", b"Bearer"), 407),
}


@pytest.mark.parametrize("name", PASSWORDS)
async def test_every_request_gives_the_password_and_it_goes_no_further(name: str, tmp_path: Path) -> None:
    header, expected = PASSWORDS[name]
    async with (
        origin() as there,
        proxy([rule("good.test")], tmp_path, password=Secret("pa:ss"), extra=[Names({"good.test": there.port})]) as running,
    ):
        answer = await running.send(b"GET http://good.test/ HTTP/1.1\r\nHost: good.test\r\n%s\r\n" % header)
        reader, writer, connected = await tunnel(running.port, "good.test:80", headers=header)
        inner = 0
        if status(connected) == 200:
            writer.write(b"GET / HTTP/1.1\r\nHost: good.test\r\n\r\n")
            inner = status(await read_response(reader))
        writer.close()
        assert (expected, expected, 200 if expected == 200 else 0) == (status(answer), status(connected), inner)
        assert (expected == 407, b"Proxy-" in there.received) == (b"Proxy-Authenticate: Basic" in answer, False)


async def test_a_socks_client_gives_the_password_too(tmp_path: Path) -> None:
    async with (
        origin() as there,
        proxy(
            [rule("good.test")], tmp_path, mode="socks5", password=Secret("pw"), extra=[Names({"good.test": there.port})]
        ) as running,
    ):
        for password, expected in ((b"no", b"\x01\x01"), (b"pw", b"\x01\x00")):
            reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
            writer.write(b"\x05\x01\x02\x01\x01u\x02" + password)
            assert await reader.readexactly(4) == b"\x05\x02" + expected
            if password == b"pw":
                writer.write(b"\x05\x01\x00\x03\x09good.test\x00\x50")
                await reader.readexactly(10)
                writer.write(b"GET / HTTP/1.1\r\nHost: good.test\r\n\r\n")
                assert status(await read_response(reader)) == 200
            writer.close()
        assert there.received.count(CANARY.encode()) == 1


# -- a reverse proxy, and its life


@pytest.mark.parametrize(("host", "expected"), [("127.0.0.1:1", 200), ("localhost", 200), ("rebound.evil.test", 421)])
async def test_a_reverse_proxy_is_not_called_by_a_strangers_name(host: str, expected: int, tmp_path: Path) -> None:
    async with origin() as there, proxy([rule("127.0.0.1")], tmp_path, mode=f"reverse:http://127.0.0.1:{there.port}") as running:
        answer = await running.send(f"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        assert (expected, expected == 200) == (status(answer), CANARY.encode() in there.received)


@pytest.mark.parametrize(
    ("url", "host", "expected"),
    [
        ("http://{origin}", "{origin}", 200),
        ("http://{origin}", "localhost", 200),
        ("http://localhost:8080", "localhost:8080", 200),
        ("http://192.0.2.1", "192.0.2.1:80", 200),
        ("http://192.0.2.1", "{origin}", 421),
        ("http://192.0.2.1", "localhost", 421),
        ("http://192.0.2.1:81", "192.0.2.1", 421),
        ("http://localhost:81", "localhost", 421),
        ("http://localhost", "192.0.2.1", 421),
        ("http://evil.test", "{origin}", 421),
        ("http://evil.test", "evil.test", 421),
    ],
)
async def test_a_reverse_proxy_is_asked_for_one_server_at_a_time(url: str, host: str, expected: int, tmp_path: Path) -> None:
    async with origin() as there, proxy([rule("127.0.0.1")], tmp_path, mode=f"reverse:http://127.0.0.1:{there.port}") as running:
        names = {"origin": f"127.0.0.1:{there.port}"}
        answer = await running.send(f"GET {url}/ HTTP/1.1\r\nHost: {host}\r\n\r\n".format(**names).encode())
        assert (expected, expected == 200) == (status(answer), CANARY.encode() in there.received)


async def test_requests_in_flight_are_finished_when_the_proxy_is_told_to_stop(tmp_path: Path) -> None:
    arrived, release = asyncio.Semaphore(0), asyncio.Event()

    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        arrived.release()
        await release.wait()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        writer.close()

    server = await asyncio.start_server(slow, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    raw = f"GET http://127.0.0.1:{port}/ HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()
    async with proxy([rule("127.0.0.1")], tmp_path) as running:
        waiting = [asyncio.create_task(running.send(raw)) for _ in range(50)]
        for _ in waiting:
            await arrived.acquire()
        running.stop.set()
        await asyncio.sleep(0)
        asyncio.get_running_loop().call_later(0.1, release.set)
        answers = await asyncio.gather(*waiting)
    server.close()
    assert [status(each) for each in answers] == [200] * 50


async def test_a_port_in_use_is_said_with_what_to_type(tmp_path: Path) -> None:
    async with proxy([], tmp_path / "a") as running:
        with pytest.raises(AuthwrightError) as caught:
            async with proxy([], tmp_path / "b", listen=f"127.0.0.1:{running.port}"):
                pass
    assert (caught.value.code, "--listen 127.0.0.1:0" in caught.value.hint) == ("listen", True)


@pytest.mark.parametrize("listen", ["0.0.0.0:1", "[::]:1", "192.0.2.1:1", "example.com:1"])
def test_an_address_that_others_reach_needs_a_password(listen: str) -> None:
    with pytest.raises(AuthwrightError, match="password"):
        check_listen(Settings(listen=listen))
    assert check_listen(Settings(listen=listen, password=Secret("x")))[1] == 1


def test_an_address_inside_the_mode_is_looked_at_too() -> None:
    with pytest.raises(AuthwrightError, match="password"):
        check_listen(Settings(mode="reverse:http://127.0.0.1:1@0.0.0.0:2"))


def test_this_mitmproxy_is_as_the_stream_needs_it() -> None:
    assert stream.missing() == []
