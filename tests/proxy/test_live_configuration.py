"""The proxy over real services: a configuration that changes, and the other ways in and out."""

import asyncio
import ssl
from pathlib import Path

import pytest
from tests.proxy.running import CANARY, Names, Origin, Pki, Running, living, origin, read_response, status, tls_tunnel, until

DOCUMENT = """
version: 1
rules:
  - name: first
    match: "127.0.0.1:*/a/**"
    auth: {type: bearer, token: s3cr3t-canary}
  - name: good
    match: {host: [good.test, localhost], port: "*"}
    allow_http: true
    auth: {type: bearer, token: s3cr3t-canary}
"""
SECOND = """
  - name: second
    match: "127.0.0.1:*/b/**"
    auth: {type: api_key, name: X-Key, value: 0ther-canary}
"""
BEARER = f"\r\nAuthorization: Bearer {CANARY}\r\n".encode()


async def ask(running: Running, there: Origin, path: str, *fields: str, method: str = "GET") -> bytes:
    head = [f"{method} http://127.0.0.1:{there.port}{path} HTTP/1.1", f"Host: 127.0.0.1:{there.port}", *fields, "", ""]
    return await running.send("\r\n".join(head).encode())


# -- the file changes


async def test_a_changed_file_is_used_and_a_broken_one_is_not(tmp_path: Path) -> None:
    file = tmp_path / "authwright.yaml"
    async with origin() as there, living(DOCUMENT, tmp_path) as running:
        await ask(running, there, "/b/1")
        assert b"X-Key" not in there.received

        file.write_text(DOCUMENT + SECOND)
        await until(lambda: len(running.services.rules.current.rules) == 3)
        await ask(running, there, "/b/2")
        assert there.heads[-1].endswith(b"\r\nX-Key: 0ther-canary")

        file.write_text((DOCUMENT + SECOND).replace("api_key", "apikey"))
        notice = await until(lambda: running.notices and running.notices[-1])
        assert ("the old rules stay in force" in notice, "authwright.yaml:14:" in notice, "canary" in notice) == (
            True,
            True,
            False,
        )
        await ask(running, there, "/b/3")
        assert there.heads[-1].endswith(b"\r\nX-Key: 0ther-canary")

        file.unlink()
        await until(lambda: len(running.notices) == 2)
        await ask(running, there, "/b/4")
        assert there.heads[-1].endswith(b"\r\nX-Key: 0ther-canary")

        file.write_text(DOCUMENT)
        await until(lambda: len(running.services.rules.current.rules) == 2)
        await ask(running, there, "/b/5")
        assert b"X-Key" not in there.heads[-1]


async def test_a_rule_that_came_later_opens_tunnels_that_were_sealed(pki: Pki, tmp_path: Path) -> None:
    none = "version: 1\nrules: []\n"
    async with (
        origin(context=pki.server_context()) as there,
        living(none, tmp_path, upstream_ca=str(pki.ca), extra=[Names({"good.test": there.port})]) as running,
    ):
        (tmp_path / "authwright.yaml").write_text(DOCUMENT)
        await until(lambda: running.services.rules.current.rules)
        reader, writer = await tls_tunnel(running.port, "good.test:443", running.ca())
        writer.write(b"GET / HTTP/1.1\r\nHost: good.test\r\n\r\n")
        assert status(await asyncio.wait_for(read_response(reader), 5)) == 200
        writer.close()
        assert BEARER in there.received


# -- what the client sees


@pytest.mark.parametrize(("annotate", "path", "expected"), [(True, "/a/", True), (True, "/other", False), (False, "/a/", False)])
async def test_a_response_names_its_rule_when_that_is_wanted(annotate: bool, path: str, expected: bool, tmp_path: Path) -> None:
    async with origin() as there, living(DOCUMENT, tmp_path, annotate=annotate) as running:
        answer = await ask(running, there, path)
        assert (status(answer), b"\r\nAuthwright-Rule: first\r\n" in answer) == (200, expected)


PREFLIGHT = ("Origin: https://page.test", "Access-Control-Request-Method: GET", "Sec-Fetch-Site: cross-site")


@pytest.mark.parametrize(
    ("method", "fields", "expected"),
    [("OPTIONS", PREFLIGHT, (200, 1)), ("OPTIONS", PREFLIGHT[2:], (403, 0)), ("GET", PREFLIGHT, (403, 0))],
)
async def test_only_a_preflight_of_a_strange_page_passes_and_it_passes_bare(
    method: str, fields: tuple[str, ...], expected: tuple[int, int], tmp_path: Path
) -> None:
    async with origin() as there, living(DOCUMENT, tmp_path) as running:
        answer = await ask(running, there, "/a/", *fields, method=method)
        assert (status(answer), len(there.heads)) == expected
        assert CANARY.encode() not in there.received


# -- other ways in and out


async def test_a_reverse_proxy_injects_for_its_own_origin(pki: Pki, tmp_path: Path) -> None:
    async with (
        origin(context=pki.server_context()) as there,
        living(DOCUMENT, tmp_path, mode=f"reverse:https://localhost:{there.port}", upstream_ca=str(pki.ca)) as running,
    ):
        answer = await running.send(f"GET /x HTTP/1.1\r\nHost: 127.0.0.1:{running.port}\r\n\r\n".encode())
        assert (status(answer), there.received.count(BEARER)) == (200, 1)


@pytest.mark.parametrize("tls", [False, True])
async def test_a_socks_client_names_its_target(tls: bool, pki: Pki, tmp_path: Path) -> None:
    async with (
        origin(context=pki.server_context() if tls else None) as there,
        living(DOCUMENT, tmp_path, mode="socks5", upstream_ca=str(pki.ca), extra=[Names({"good.test": there.port})]) as running,
    ):
        reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
        writer.write(b"\x05\x01\x00")
        assert await reader.readexactly(2) == b"\x05\x00"
        writer.write(b"\x05\x01\x00\x03\x09good.test" + (443 if tls else 80).to_bytes(2))
        assert (await reader.readexactly(10))[:2] == b"\x05\x00"
        if tls:
            await writer.start_tls(ssl.create_default_context(cafile=running.ca()), server_hostname="good.test")
        writer.write(b"GET / HTTP/1.1\r\nHost: good.test\r\n\r\n")
        assert status(await asyncio.wait_for(read_response(reader), 5)) == 200
        writer.close()
        assert there.received.count(BEARER) == 1
