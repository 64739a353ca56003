"""The proxy's own CA: made so that clients take it, refused where others could have made it, renewed before it ends."""

from __future__ import annotations

import asyncio
import os
import shutil
import ssl
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from mitmproxy.certs import CertStore
from mitmproxy.options import CONF_BASENAME
from tests.proxy.running import Names, Pki, origin, proxy, rule, tls_tunnel

from authwright.ambient import SystemAmbient
from authwright.errors import AuthwrightError, RequestError
from authwright.proxy.server import ca

NOW = SystemAmbient().now()
FILES = {"mitmproxy-ca.pem", "mitmproxy-ca-cert.pem", "mitmproxy-dhparam.pem"}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def of(home: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(ca.certificate(home).encode())


def old(home: Path) -> None:
    """A CA as older versions made it: RSA, for ten years."""
    home.mkdir(0o700, exist_ok=True)
    (home / "ca").mkdir(0o700)
    CertStore.create_store(home / "ca", CONF_BASENAME, 2048, organization="authwright", cn="authwright local CA")
    for file in (home / "ca").iterdir():
        file.chmod(0o600)


def test_mitmproxy_looks_for_it_by_the_name_that_it_has() -> None:
    assert ca.BASENAME == CONF_BASENAME


def test_a_new_one_is_of_p256_for_two_years_and_for_servers_only(home: Path) -> None:
    certificate = of(home)
    key = certificate.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    assert isinstance(key.curve, ec.SECP256R1)
    assert timedelta(days=700) < certificate.not_valid_after_utc - NOW < timedelta(days=3 * 365)
    assert certificate.extensions.get_extension_for_class(x509.BasicConstraints).value == x509.BasicConstraints(True, 0)
    assert x509.ExtendedKeyUsageOID.SERVER_AUTH in certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value


def test_it_is_the_owners_alone_whatever_the_umask_and_stays_as_it_is(home: Path) -> None:
    before = os.umask(0)
    try:
        first = ca.certificate(home)
    finally:
        os.umask(before)
    assert {path.name: mode(path) for path in (home / "ca").iterdir()} == dict.fromkeys(FILES, 0o600)
    assert (mode(home), mode(home / "ca")) == (0o700, 0o700)
    assert ca.certificate(home) == first


def test_processes_that_start_at_once_have_the_same_one(home: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lambda _: ca.certificate(home), range(8)))) == 1


# -- what clients make of it

CURL = "curl -sS --fail -x http://127.0.0.1:{port} --cacert {ca} https://localhost:{there}/x"
OPENSSL = "openssl s_client -proxy 127.0.0.1:{port} -connect localhost:{there} -servername localhost -CAfile {ca} -x509_strict -verify_return_error -brief"
NODE = """node -e "
const http = require('http'), tls = require('tls'), fs = require('fs');
const asked = http.request({{port: {port}, method: 'CONNECT', path: 'localhost:{there}', headers: {{host: 'localhost:{there}'}}}});
asked.on('connect', (_, socket) => {{
  const inside = tls.connect({{socket, servername: 'localhost', ca: fs.readFileSync('{ca}')}}, () => process.exit(inside.authorized ? 0 : 1));
  inside.on('error', (error) => {{ console.error(error.code); process.exit(1); }});
}});
asked.end();" """
CLIENTS = {"curl": CURL, "openssl": OPENSSL, "node": NODE}


async def told(client: str, port: int, there: int, certificate: Path) -> tuple[int, str]:
    """The exit code of *client*, and what it says."""
    if shutil.which(client) is None:
        pytest.skip(f"there is no {client} here")
    command = CLIENTS[client].format(port=port, there=there, ca=certificate)
    process = await asyncio.create_subprocess_shell(
        command, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    out, _ = await asyncio.wait_for(process.communicate(), 30)
    return process.returncode or 0, out.decode(errors="replace")


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("kind", ["new", "old", "for localhost alone", "for another host"])
async def test_clients_take_what_it_signs(kind: str, client: str, pki: Pki, home: Path) -> None:
    if kind == "old":
        old(home)
    elif kind != "new":
        ca.renew(home, NOW, ["localhost" if "localhost" in kind else "example.com"])
    async with (
        origin(context=pki.server_context()) as there,
        proxy([rule("localhost")], home, upstream_ca=str(pki.ca)) as running,
    ):
        code, out = await told(client, running.port, there.port, running.ca())
    assert (code == 0) == (kind != "for another host"), out


async def test_python_takes_it_strictly_and_a_constraint_holds_for_names_below_and_no_others(pki: Pki, home: Path) -> None:
    ca.renew(home, NOW, ["*.test"])
    names = Names({"a.good.test": 1, "good.test": 1})
    async with (
        origin(context=pki.server_context()) as there,
        proxy([rule(host) for host in ("good.test", "127.0.0.1")], home, upstream_ca=str(pki.ca), extra=[names]) as running,
    ):
        names.ports = {"good.test": there.port}
        _, writer = await tls_tunnel(running.port, "good.test:443", running.ca())
        writer.close()
        with pytest.raises(ssl.SSLCertVerificationError, match="excluded subtree"):
            await tls_tunnel(running.port, f"127.0.0.1:{there.port}", running.ca())


@pytest.mark.parametrize("only", [["10.0.0.1"], ["::1"]])
def test_a_ca_for_addresses_signs_for_no_name(only: list[str], home: Path) -> None:
    ca.renew(home, NOW, only)
    found = of(home).extensions.get_extension_for_class(x509.NameConstraints)
    assert found.critical
    assert list(found.value.excluded_subtrees or ()) == [x509.DNSName("")]


def test_a_constraint_that_is_no_host_is_refused_and_leaves_the_old_one(home: Path) -> None:
    before = ca.certificate(home)
    with pytest.raises(RequestError):
        ca.renew(home, NOW, ["no host"])
    assert ca.certificate(home) == before
    assert [path.name for path in home.iterdir()] == ["ca"]


# -- whose it is


def _linked(home: Path) -> None:
    foreign = home.with_name("foreign")
    ca.certificate(foreign)
    (foreign / "ca").chmod(0o777)
    (home / "ca").symlink_to(foreign / "ca")


def _lax(home: Path) -> None:
    ca.certificate(home)
    (home / "ca").chmod(0o777)


def _lax_key(home: Path) -> None:
    ca.certificate(home)
    (home / "ca" / "mitmproxy-ca.pem").chmod(0o644)


def _replaced(home: Path, name: str, kind: str) -> None:
    ca.certificate(home)
    path = home / "ca" / name
    path.rename(home.with_name("moved"))
    if kind == "link":
        path.symlink_to(home.with_name("moved"))
    else:
        os.mkfifo(path, 0o600)


BREAKS = {
    "a link to another folder": _linked,
    "a folder that others can write": _lax,
    "a key that others can read": _lax_key,
    "a file in its place": lambda home: (home / "ca").touch(0o600),
    "a named pipe in its place": lambda home: os.mkfifo(home / "ca", 0o600),
    **{
        f"a {kind} for {name}": lambda home, name=name, kind=kind: _replaced(home, name, kind)
        for name in sorted(FILES)
        for kind in ("link", "named pipe")
    },
}


@pytest.mark.parametrize("name", BREAKS)
def test_what_another_user_could_have_put_there_is_refused_and_not_waited_for(name: str, home: Path) -> None:
    home.mkdir(0o700)
    BREAKS[name](home)
    with pytest.raises(AuthwrightError) as caught:
        ca.certificate(home)
    assert (caught.value.code, bool(caught.value.hint)) == ("ca_folder", True)
    assert ca.ending(home, NOW) is None, "it is looked at without waiting"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_another_users_key_is_refused(home: Path) -> None:
    os.chown(ca.prepare(home) / "mitmproxy-ca.pem", 65534, 65534)
    with pytest.raises(AuthwrightError, match="belongs to another user"):
        ca.prepare(home)


# -- its end


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        (timedelta(days=91), None),
        (timedelta(days=89, hours=1), ("in 89 days", False)),
        (timedelta(days=1, hours=1), ("in 1 day.", False)),
        (timedelta(hours=1), ("in 0 days", False)),
        (timedelta(0), ("ended on", True)),
        (timedelta(days=-1000), ("ended on", True)),
    ],
)
def test_its_end_is_told_of_in_one_sentence_with_the_command(
    before: timedelta, expected: tuple[str, bool] | None, home: Path
) -> None:
    found = ca.ending(home, NOW)
    assert found is None, "there is none yet"
    ends = of(home).not_valid_after_utc
    found = ca.ending(home, ends - before)
    if expected is None:
        assert found is None
    else:
        assert found is not None
        assert expected[0] in found.sentence
        assert found.sentence.endswith("authwright ca renew")
        assert found.over == expected[1]


def test_a_certificate_that_cannot_be_read_is_no_ending(home: Path) -> None:
    ca.certificate(home)
    (home / "ca" / "mitmproxy-ca-cert.pem").write_text("-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n")
    assert ca.ending(home, NOW) is None


@pytest.mark.parametrize("kind", ["none", "old", "new", "a link"])
def test_a_renewed_one_takes_its_place_and_the_old_one_is_kept(kind: str, home: Path) -> None:
    home.mkdir(0o700)
    if kind == "old":
        old(home)
    elif kind == "new":
        ca.prepare(home)
    elif kind == "a link":
        _linked(home)
    key = home / "ca" / "mitmproxy-ca.pem"
    before = key.read_bytes() if kind != "none" else b""
    made = ca.renew(home, NOW)
    assert made.certificate.read_text() == ca.certificate(home)
    assert made.ends == of(home).not_valid_after_utc
    assert key.read_bytes() != before
    assert (made.before is None) == (kind == "none")
    if made.before is not None:
        assert (made.before / "mitmproxy-ca.pem").read_bytes() == before
    assert {path.name for path in (home / "ca").iterdir()} == FILES
