"""``upstream_ca`` is believed of hosts that rules name, and of no others."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest
from tests.certificates import Pki
from tests.proxy.running import Names, origin, proxy, read_response, rule, status, tls_tunnel
from tests.proxy.test_another_proxy import between

from authwright.cli.child_process import _bundle
from authwright.proxy.server import ca

pytestmark = pytest.mark.usefixtures("engine")


async def asked(port: int, host: str, root: str, *, alpn: list[str] | None = None) -> int:
    reader, writer = await tls_tunnel(port, f"{host}:443", root, alpn=alpn)
    writer.write(f"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
    answer = await asyncio.wait_for(read_response(reader), 10)
    writer.close()
    return status(answer)


async def test_a_host_without_a_rule_is_verified_against_the_systems_roots_alone(tmp_path: Path, pki: Pki) -> None:
    async with origin(context=pki.server_context()) as there:
        names = Names({"good.test": there.port, "sealed.test": there.port})
        settings = {"upstream_ca": str(pki.ca), "inspect_all": True, "extra": [names]}
        async with proxy([rule("good.test")], tmp_path, **settings) as running:
            assert await asked(running.port, "good.test", running.ca()) == 200
            assert await asked(running.port, "sealed.test", running.ca()) == 502
            assert await asked(running.port, "good.test", running.ca()) == 200
        assert there.received.count(b"GET / ") == 2


async def test_reverse_mode_believes_it_of_an_origin_that_a_rule_names(tmp_path: Path, pki: Pki) -> None:
    statuses = []
    for name in ("localhost", "elsewhere.test"):
        async with origin(context=pki.server_context()) as there:
            mode, folder = f"reverse:https://localhost:{there.port}", tmp_path / name
            async with proxy([rule(name)], folder, mode=mode, upstream_ca=str(pki.ca)) as running:
                reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
                writer.write(f"GET / HTTP/1.1\r\nHost: localhost:{there.port}\r\n\r\n".encode())
                statuses.append(status(await asyncio.wait_for(read_response(reader), 10)))
                writer.close()
    assert statuses == [200, 502]


async def test_behind_another_proxy_it_is_believed_of_that_proxy_and_of_named_hosts(tmp_path: Path, pki: Pki) -> None:
    async with (
        origin(context=pki.server_context()) as there,
        between(tmp_path, pki, there, tls=True, inspect_all=True) as (running, _),
    ):
        assert await asked(running.port, "good.test", running.ca()) == 200
        assert await asked(running.port, "sealed.test", running.ca()) == 502


def test_the_bundle_of_a_child_does_not_hold_it(tmp_path: Path, pki: Pki, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.endswith(("CA_BUNDLE", "CERT_FILE", "CA_CERTS"))]:
        monkeypatch.delenv(name)
    home = tmp_path / "home"
    ca.prepare(home)
    (home / "upstream-ca.pem").write_text(Path(pki.ca).read_text())
    block = Path(pki.ca).read_text().partition("-----BEGIN CERTIFICATE-----")[2].strip()[:200]
    assert block not in _bundle(home, tmp_path).read_text()
