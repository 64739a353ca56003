"""A request whose parts disagree about where it goes carries a credential nowhere, and does not go out bare either."""

from pathlib import Path

import pytest
from tests.proxy.running import CANARY, Names, Running, origin, proxy, rule, status, tls_tunnel, tunnel

pytestmark = pytest.mark.usefixtures("engine")

GOOD = b"good.test"

FORWARD = {
    # name: (bytes, status); good.test has a rule, evil.test has none
    "two hosts": (b"GET http://good.test/ HTTP/1.1\r\nHost: good.test\r\nHost: evil.test\r\n\r\n", 400),
    "two hosts, the same": (b"GET http://good.test/ HTTP/1.1\r\nHost: good.test\r\nHost: good.test\r\n\r\n", 400),
    "a list in Host": (b"GET http://good.test/ HTTP/1.1\r\nHost: good.test, evil.test\r\n\r\n", 400),
    "a list in Host without space": (b"GET http://good.test/ HTTP/1.1\r\nHost: good.test,evil.test\r\n\r\n", 400),
    "no Host": (b"GET http://good.test/ HTTP/1.1\r\nAccept: */*\r\n\r\n", 400),
    "empty Host": (b"GET http://good.test/ HTTP/1.1\r\nHost:\r\n\r\n", 400),
    "Host of another": (b"GET http://evil.test/ HTTP/1.1\r\nHost: good.test\r\n\r\n", 421),
    "URL of another": (b"GET http://good.test/ HTTP/1.1\r\nHost: evil.test\r\n\r\n", 421),
    "subdomain in Host": (b"GET http://good.test/ HTTP/1.1\r\nHost: a.good.test\r\n\r\n", 421),
    "other port in Host": (b"GET http://good.test/ HTTP/1.1\r\nHost: good.test:8080\r\n\r\n", 421),
    "other port in the URL": (b"GET http://good.test:8080/ HTTP/1.1\r\nHost: good.test\r\n\r\n", 421),
    "port 0": (b"GET http://good.test:0/ HTTP/1.1\r\nHost: good.test:0\r\n\r\n", 400),
    "port too large": (b"GET http://good.test:65616/ HTTP/1.1\r\nHost: good.test\r\n\r\n", 400),
    "port in letters": (b"GET http://good.test:http/ HTTP/1.1\r\nHost: good.test\r\n\r\n", 400),
    "port with a sign": (b"GET http://good.test:+80/ HTTP/1.1\r\nHost: good.test\r\n\r\n", 400),
    "port with a sign in Host": (b"GET http://good.test/ HTTP/1.1\r\nHost: good.test:+80\r\n\r\n", 400),
    "user information": (b"GET http://good.test@evil.test/ HTTP/1.1\r\nHost: good.test\r\n\r\n", 400),
    "user and password": (b"GET http://a:b@good.test/ HTTP/1.1\r\nHost: good.test\r\n\r\n", 400),
    "user information in Host": (b"GET http://good.test/ HTTP/1.1\r\nHost: evil.test@good.test\r\n\r\n", 400),
    "backslash before the path": (b"GET http://evil.test\\.good.test/ HTTP/1.1\r\nHost: good.test\r\n\r\n", 400),
    "backslash in the path": (b"GET http://good.test/a\\b HTTP/1.1\r\nHost: good.test\r\n\r\n", 400),
    "fragment": (b"GET http://good.test/#@evil.test HTTP/1.1\r\nHost: good.test\r\n\r\n", 400),
    "fragment in the host": (b"GET http://evil.test#good.test/ HTTP/1.1\r\nHost: good.test\r\n\r\n", 400),
    "query before the path": (b"GET http://evil.test?good.test/ HTTP/1.1\r\nHost: good.test\r\n\r\n", 400),
    "percent-encoded host": (b"GET http://%67ood.test/ HTTP/1.1\r\nHost: good.test\r\n\r\n", 400),
    "percent-encoded Host": (b"GET http://good.test/ HTTP/1.1\r\nHost: %67ood.test\r\n\r\n", 400),
    "NUL in Host": (b"GET http://good.test/ HTTP/1.1\r\nHost: good.test\0.evil.test\r\n\r\n", 400),
    "NUL in a value": (b"GET http://good.test/ HTTP/1.1\r\nHost: good.test\r\nX: a\0b\r\n\r\n", 400),
    "NUL in the path": (b"GET http://good.test/a\0b HTTP/1.1\r\nHost: good.test\r\n\r\n", 400),
    "bare CR in a value": (b"GET http://good.test/ HTTP/1.1\r\nHost: good.test\r\nX: a\rHost: evil.test\r\n\r\n", 400),
    "control character in a value": (b"GET http://good.test/ HTTP/1.1\r\nHost: good.test\r\nX: a\x0bb\r\n\r\n", 400),
    "DEL in a value": (b"GET http://good.test/ HTTP/1.1\r\nHost: good.test\r\nX: a\x7fb\r\n\r\n", 400),
    "obs-fold": (b"GET http://good.test/ HTTP/1.1\r\nHost: good.test\r\nX: a\r\n b\r\n\r\n", 400),
    "obs-fold in Host": (b"GET http://good.test/ HTTP/1.1\r\nHost: good.test\r\n .evil.test\r\n\r\n", 400),
    "obs-fold first": (b"GET http://good.test/ HTTP/1.1\r\n Host: evil.test\r\nHost: good.test\r\n\r\n", 400),
    "space in a name": (b"GET http://good.test/ HTTP/1.1\r\nHost : evil.test\r\nHost: good.test\r\n\r\n", 400),
    "name in quotes": (b'GET http://good.test/ HTTP/1.1\r\nHost: good.test\r\n"X": a\r\n\r\n', 400),
    "no colon": (b"GET http://good.test/ HTTP/1.1\r\nHost: good.test\r\nX\r\n\r\n", 400),
    "space in the path": (b"GET http://good.test/a b HTTP/1.1\r\nHost: good.test\r\n\r\n", 400),
    "length and chunks": (
        b"POST http://good.test/ HTTP/1.1\r\nHost: good.test\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        400,
    ),
    "two lengths": (b"POST http://good.test/ HTTP/1.1\r\nHost: good.test\r\nContent-Length: 0\r\nContent-Length: 1\r\n\r\n", 400),
    "two lengths, the same": (
        b"POST http://good.test/ HTTP/1.1\r\nHost: good.test\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n",
        400,
    ),
    "a list of lengths": (b"POST http://good.test/ HTTP/1.1\r\nHost: good.test\r\nContent-Length: 0, 0\r\n\r\n", 400),
    "length with a sign": (b"POST http://good.test/ HTTP/1.1\r\nHost: good.test\r\nContent-Length: +0\r\n\r\n", 400),
    "chunks twice": (
        b"POST http://good.test/ HTTP/1.1\r\nHost: good.test\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        400,
    ),
    "unknown coding": (
        b"POST http://good.test/ HTTP/1.1\r\nHost: good.test\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        400,
    ),
    "chunks in HTTP/1.0": (
        b"POST http://good.test/ HTTP/1.0\r\nHost: good.test\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        400,
    ),
    "HTTP/2 on the first line": (b"GET http://good.test/ HTTP/2.0\r\nHost: good.test\r\n\r\n", 400),
    "HTTP/1.9": (b"GET http://good.test/ HTTP/1.9\r\nHost: good.test\r\n\r\n", 400),
    "no version": (b"GET http://good.test/\r\nHost: good.test\r\n\r\n", 400),
    "origin-form": (b"GET / HTTP/1.1\r\nHost: good.test\r\n\r\n", 403),
    "origin-form with a URL in it": (b"GET /http://good.test/ HTTP/1.1\r\nHost: good.test\r\n\r\n", 403),
    "asterisk-form": (b"OPTIONS * HTTP/1.1\r\nHost: good.test\r\n\r\n", 403),
    "another scheme": (b"GET ftp://good.test/ HTTP/1.1\r\nHost: good.test\r\n\r\n", 400),
    "no host in the URL": (b"GET http:/// HTTP/1.1\r\nHost: good.test\r\n\r\n", 400),
    "IPv6 without brackets": (b"GET http://::1/ HTTP/1.1\r\nHost: good.test\r\n\r\n", 400),
    "sharp s": ("GET http://good.test/ HTTP/1.1\r\nHost: goo\u00df.test\r\n\r\n".encode(), 421),
    "suffix": (b"GET http://good.test.evil.test/ HTTP/1.1\r\nHost: good.test\r\n\r\n", 421),
    "prefix": (b"GET http://evil-good.test/ HTTP/1.1\r\nHost: good.test\r\n\r\n", 421),
}

SAME = {
    "as it is": b"GET http://good.test/ HTTP/1.1\r\nHost: good.test\r\n\r\n",
    "upper case": b"GET http://GOOD.test/ HTTP/1.1\r\nHost: Good.TEST\r\n\r\n",
    "trailing dot": b"GET http://good.test./ HTTP/1.1\r\nHost: good.test\r\n\r\n",
    "the scheme's port": b"GET http://good.test:80/ HTTP/1.1\r\nHost: good.test\r\n\r\n",
    "scheme in upper case": b"GET HTTP://good.test/ HTTP/1.1\r\nHost: good.test\r\n\r\n",
    "HTTP/1.0 without Host": b"GET http://good.test/ HTTP/1.0\r\n\r\n",
}


def names(good: int, evil: int) -> Names:
    hosts = ("evil.test", "good.test.evil.test", "evil-good.test", "a.good.test")
    return Names({"good.test": good} | dict.fromkeys(hosts, evil))


async def asked(raw: bytes, home: Path) -> tuple[int, bytes, bytes]:
    async with origin() as good, origin() as evil:
        async with proxy([rule("good.test")], home, extra=[names(good.port, evil.port)]) as running:
            answer = await running.send(raw)
        return status(answer), good.received, evil.received


@pytest.mark.parametrize("name", FORWARD)
async def test_a_confusing_request_reaches_nobody(name: str, tmp_path: Path) -> None:
    raw, expected = FORWARD[name]
    assert (expected, b"", b"") == await asked(raw, tmp_path)


@pytest.mark.parametrize("name", SAME)
async def test_another_spelling_of_the_target_gets_the_credential(name: str, tmp_path: Path) -> None:
    code, good, evil = await asked(SAME[name], tmp_path)
    assert (code, good.count(CANARY.encode()), evil) == (200, 1, b"")


async def test_a_mismatch_that_concerns_no_rule_passes(tmp_path: Path) -> None:
    raw = b"GET http://evil.test/ HTTP/1.1\r\nHost: a.good.test\r\n\r\n"
    code, good, evil = await asked(raw, tmp_path)
    assert (code, good, evil) == (200, b"", b"GET / HTTP/1.1\r\nHost: a.good.test\r\n\r\n")


ADDRESSES = ["127.1", "2130706433", "0x7f.0.0.1", "017700000001", "[::ffff:127.0.0.1]"]


@pytest.mark.parametrize("address", ADDRESSES)
async def test_an_address_in_another_notation_is_the_same_target(address: str, tmp_path: Path) -> None:
    async with origin() as there, proxy([rule("127.0.0.1")], tmp_path) as running:
        answer = await running.send(
            f"GET http://{address}:{there.port}/ HTTP/1.1\r\nHost: {address}:{there.port}\r\n\r\n".encode()
        )
        assert (status(answer), there.received.count(CANARY.encode())) == (200, 1)


OWN = ["127.0.0.1", "localhost", "127.0.0.2", "0.0.0.0", "[::1]", "[::]", "2130706433", "x.localhost", "LOCALHOST."]


@pytest.mark.parametrize("host", OWN)
@pytest.mark.parametrize("form", ["GET http://{0}/ HTTP/1.1", "CONNECT {0} HTTP/1.1"])
async def test_the_proxy_never_connects_to_itself(host: str, form: str, tmp_path: Path) -> None:
    async with proxy([rule("good.test")], tmp_path) as running:
        authority = f"{host}:{running.port}"
        answer = await running.send(f"{form.format(authority)}\r\nHost: {authority}\r\n\r\n".encode())
        assert (status(answer), b"Authwright-Error: own_port" in answer) == (403, True)


INSIDE = {
    "Host of another": (b"GET / HTTP/1.1\r\nHost: evil.test\r\n\r\n", 421),
    "URL of another": (b"GET http://evil.test/ HTTP/1.1\r\nHost: good.test\r\n\r\n", 421),
    "no Host": (b"GET / HTTP/1.1\r\n\r\n", 400),
    "two hosts": (b"GET / HTTP/1.1\r\nHost: good.test\r\nHost: evil.test\r\n\r\n", 400),
    "CONNECT again": (b"CONNECT evil.test:80 HTTP/1.1\r\nHost: evil.test\r\n\r\n", 400),
}


@pytest.mark.parametrize("name", INSIDE)
async def test_a_confusing_request_inside_a_tunnel_reaches_nobody(name: str, tmp_path: Path) -> None:
    raw, expected = INSIDE[name]
    async with (
        origin() as good,
        origin() as evil,
        proxy([rule("good.test")], tmp_path, extra=[names(good.port, evil.port)]) as running,
    ):
        reader, writer, _ = await tunnel(running.port, "good.test:80")
        writer.write(raw)
        answer = await reader.readuntil(b"\r\n\r\n")
        writer.close()
        assert (expected, b"", b"") == (status(answer), good.received, evil.received)


async def test_a_request_in_single_bytes_inside_a_tunnel_is_still_a_request(tmp_path: Path) -> None:
    async with origin() as good, proxy([rule("good.test")], tmp_path, extra=[names(good.port, 1)]) as running:
        reader, writer, _ = await tunnel(running.port, "good.test:80")
        for byte in b"GET / HTTP/1.1\r\nHost: good.test\r\n\r\n":
            writer.write(bytes((byte,)))
            await writer.drain()
        await reader.readuntil(b"\r\n\r\n")
        writer.close()
        assert good.received.count(CANARY.encode()) == 1


@pytest.mark.parametrize(("sni", "expected"), [("good.test", 200), ("evil.test", 421), (None, 421)])
async def test_the_name_in_the_handshake_must_be_the_tunnels(sni: str | None, expected: int, pki, tmp_path: Path) -> None:
    context = pki.server_context()
    running: Running
    async with origin(context=context) as good, origin() as evil:
        settings = {"extra": [names(good.port, evil.port)], "upstream_ca": str(pki.ca)}
        async with proxy([rule("good.test")], tmp_path, **settings) as running:
            reader, writer = await tls_tunnel(running.port, "good.test:443", running.ca(), sni=sni)
            writer.write(b"GET / HTTP/1.1\r\nHost: good.test\r\n\r\n")
            answer = await reader.readuntil(b"\r\n\r\n")
            writer.close()
        assert (expected, expected == 200, b"") == (status(answer), CANARY.encode() in good.received, evil.received)
