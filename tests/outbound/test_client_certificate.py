"""A client certificate on connections of our own, and on nobody else's."""

from pathlib import Path

import pytest
from tests.certificates import Pki
from tests.grants.keys import CERTIFICATE, PEMS
from tests.proxy.running import origin

from authwright.errors import AuthwrightError
from authwright.flow.commands import ClientCertificate
from authwright.message import Request
from authwright.outbound.transport import HttpTransport
from authwright.secret import Secret


def certificate_of(pki: Pki) -> ClientCertificate:
    return ClientCertificate(pki.client.read_text(), Secret(""))


def left_in(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def test_a_connection_belongs_to_one_certificate(pki: Pki) -> None:
    own = certificate_of(pki)
    async with origin(context=pki.server_context(client_certificates=True)) as there:
        transport = HttpTransport(upstream_ca=str(pki.ca))
        for certificate in (own, None, own, None):
            await transport.send(Request.of("POST", f"https://localhost:{there.port}/"), certificate)
        await transport.close()
        seen = [
            ("rule-client" in peer, bytes(log).count(b"POST /")) for peer, log in zip(there.peers, there.connections, strict=True)
        ]
    assert sorted(seen) == [(False, 2), (True, 2)]


@pytest.mark.parametrize(
    ("certificate", "key"),
    [(CERTIFICATE, PEMS["p384"]), (CERTIFICATE, ""), (CERTIFICATE, PEMS["encrypted"]), ("no PEM", PEMS["p256"])],
    ids=["another key", "no key", "a key with a password", "no certificate"],
)
async def test_what_cannot_be_presented_is_said_in_one_sentence(certificate: str, key: str) -> None:
    transport = HttpTransport()
    with pytest.raises(AuthwrightError) as caught:
        await transport.send(Request.of("POST", "https://localhost:1/"), ClientCertificate(certificate, Secret(key)))
    await transport.close()
    assert (caught.value.code, bool(caught.value.hint), "PRIVATE" in caught.value.message) == ("client_certificate", True, False)


async def test_the_key_is_left_in_no_file(pki: Pki, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.delattr("os.memfd_create", raising=False)
    async with origin(context=pki.server_context(client_certificates=True)) as there:
        transport = HttpTransport(upstream_ca=str(pki.ca))
        await transport.send(Request.of("POST", f"https://localhost:{there.port}/"), certificate_of(pki))
        await transport.close()
        assert "rule-client" in there.peers[0]
    assert left_in(tmp_path) == []


def test_a_certificate_shows_nothing_of_itself() -> None:
    assert PEMS["p256"] not in repr(ClientCertificate(CERTIFICATE, Secret(PEMS["p256"])))
