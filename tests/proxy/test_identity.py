"""Connections that are authenticated belong to a credential's content: a reload or a renewed file makes another identity."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Self

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from tests.certificates import certificate
from tests.proxy.running import Origin, Pki, Running, credential, origin, proxy, read_response, rule, status, tls_tunnel
from tests.proxy.test_binding import Binding

from authwright.errors import AuthwrightError
from authwright.proxy.identity import Identity, PinnedAddress
from authwright.proxy.intake import identity_of
from authwright.proxy.pem_files import pem_text
from authwright.rules.match import Match
from authwright.rules.rule import Credential, Options, Prepared, Rule
from authwright.rules.ruleset import Plan, RuleSet
from authwright.schemes.ntlm import Ntlm
from authwright.secret import Secret

SECRET = "correct horse battery"


def _client_certificate(name: str) -> bytes:
    """A certificate that signs itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    made = certificate(name, None, key, key, ca=False)
    pem = serialization.Encoding.PEM
    return made.public_bytes(pem) + key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def _plan(credential: Credential, options: Options | None = None) -> Plan:
    return Plan(Rule("r", "test:1", Match.build(host=("a.test",)), credential, options or Options()))


class Client:
    """One client's connection to the proxy, which stays open."""

    def __init__(self, running: Running, there: Origin, scheme: str = "http") -> None:
        self.running, self.there, self.scheme = running, there, scheme

    async def __aenter__(self) -> Self:
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.running.port)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.writer.close()

    async def ask(self) -> int:
        host = f"127.0.0.1:{self.there.port}"
        self.writer.write(f"GET {self.scheme}://{host}/ HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        return status(await asyncio.wait_for(read_response(self.reader), 10))


@pytest.mark.usefixtures("engine")
async def test_a_connection_of_the_credential_before_a_reload_serves_nobody(tmp_path: Path) -> None:
    def reply(head: bytes) -> bytes:
        return b"HTTP/1.1 %s\r\nContent-Length: 0\r\n\r\n" % (b"200 OK" if b" again" in head else b"401 No")

    async with origin(reply) as there, proxy([rule("127.0.0.1", Binding("alice"))], tmp_path) as running:
        async with Client(running, there) as client:
            answers = [await client.ask()]
            for who in ("bobby", "bobby", "alice"):
                running.services.rules.current = RuleSet([rule("127.0.0.1", Binding(who))])
                answers.append(await client.ask())
        users = [{each for each in (b"alice", b"bobby") if each in log} for log in there.connections]
    assert answers == [200] * 4
    assert all(len(each) == 1 for each in users), users
    assert {b"bobby"} in users


@pytest.mark.usefixtures("engine")
async def test_a_reload_that_leaves_the_credential_as_it_is_keeps_its_connection(tmp_path: Path) -> None:
    async with origin() as there, proxy([rule("127.0.0.1", Binding("alice"))], tmp_path) as running:
        async with Client(running, there) as client:
            for _ in range(2):
                assert await client.ask() == 200
                running.services.rules.current = RuleSet([rule("127.0.0.1", Binding("alice"))])
        assert len(there.connections) == 1


@pytest.mark.parametrize("kept", [False, True], ids=["by a new connection", "by a kept connection"])
@pytest.mark.usefixtures("engine")
async def test_a_renewed_certificate_file_is_presented_at_once(kept: bool, pki: Pki, tmp_path: Path) -> None:
    path = tmp_path / "client.pem"
    path.write_bytes(pki.client.read_bytes())
    context, renewed = pki.server_context(client_certificates=True), _client_certificate("renewed")
    context.load_verify_locations(cadata=renewed.decode())
    rules = [rule("localhost", options=Options(client_certificate=str(path)))]
    async with origin(context=context) as there, proxy(rules, tmp_path, upstream_ca=str(pki.ca)) as running:
        host, streams = f"localhost:{there.port}", []
        for content in (None, renewed):
            if content is not None:
                path.write_bytes(content)
            if not streams or not kept:
                streams.append(await tls_tunnel(running.port, host, running.ca()))
            reader, writer = streams[-1]
            writer.write(f"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
            assert status(await asyncio.wait_for(read_response(reader), 10)) == 200
        for _, writer in streams:
            writer.close()
        seen = [
            ("renewed" in peer, bytes(log).count(b"GET / ")) for peer, log in zip(there.peers, there.connections, strict=True)
        ]
    assert seen == [(False, 1), (True, 1)]


def test_a_file_is_read_again_when_it_is_written_in_place(tmp_path: Path) -> None:
    path = tmp_path / "client.pem"
    for text in ("one", "two"):  # of one length
        path.write_text(text)
        os.utime(path, (1, 1))
        assert pem_text(str(path)) == text


def test_a_named_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "client.pem")
    with pytest.raises(ValueError, match="is not a PEM file"):
        pem_text(str(tmp_path / "client.pem"))


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps no such bits")
def test_a_file_that_others_can_write_to_is_not_presented_also_when_it_was_before(tmp_path: Path) -> None:
    path = tmp_path / "client.pem"
    path.write_text("one")
    assert pem_text(str(path)) == "one"
    path.chmod(0o666)
    with pytest.raises(AuthwrightError, match="can write to") as caught:
        pem_text(str(path))
    assert caught.value.code == "client_certificate"


def test_credentials_of_other_parameters_are_other_identities_and_their_repr_holds_none() -> None:
    alice = Identity(principal=Ntlm(username="alice", password=Secret(SECRET)))
    assert alice == Identity(principal=Ntlm(username="alice", password=Secret(SECRET)))
    assert alice != Identity(principal=Ntlm(username="bobby", password=Secret(SECRET)))
    assert alice != Identity(principal=Ntlm(username="alice", password=Secret("another")))
    assert SECRET not in repr((alice, PinnedAddress.of(("a.test", 1), alice)))


def test_a_credential_whose_secrets_were_not_read_is_like_no_other() -> None:
    prepared = Prepared(Ntlm(username="alice"), frozenset())
    plans = [_plan(Credential(name="c", type="ntlm", hosts=(), build=lambda: prepared, binds_connection=True)) for _ in range(2)]
    first, second = (identity_of(plan, multiplexed=False) for plan in plans)
    assert first != second


def test_a_certificate_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    plan = _plan(credential(Binding("alice")), Options(client_certificate=str(tmp_path / "none.pem")))
    with pytest.raises(AuthwrightError, match="cannot be read"):
        identity_of(plan, multiplexed=False)
