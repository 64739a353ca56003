"""Real servers and the proxy, each a process, ended by what started it."""

import shutil
import tempfile
from pathlib import Path

import pytest
from tests.certificates import make_pki
from tests.live import servers
from tests.live.login import Login
from tests.live.needs import missing
from tests.live.rotating import RotatingServer, Rotation


@pytest.fixture(scope="session")
def folder():
    """A folder whose parents every user may enter, as Apache's workers must; pytest's own are private."""
    path = Path(tempfile.mkdtemp(prefix="authwright-live-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture(scope="session")
def pki(folder):
    """A private CA, and a certificate of it for the servers."""
    (folder / "pki").mkdir()
    return make_pki(folder / "pki")


@pytest.fixture(scope="session")
def installed():
    """Fails where something is not installed: in CI these tests never skip."""
    if sentence := missing():
        pytest.fail(sentence, pytrace=False)


@pytest.fixture(scope="session")
def oidc_server(installed, folder, pki):
    (folder / "oidc").mkdir()
    with servers.oidc(folder / "oidc", pki) as server:
        yield server


@pytest.fixture
def oidc(oidc_server):
    """The provider, its log empty."""
    oidc_server.forget()
    return oidc_server


@pytest.fixture(scope="session")
def apache(installed, folder, pki):
    (folder / "apache").mkdir()
    with servers.apache(folder / "apache", pki) as server:
        yield server


@pytest.fixture
def rotation():
    """How the server that gives each refresh token for one use behaves."""
    return Rotation()


@pytest.fixture
def login(rotation, tmp_path):
    """A store with somebody's sign-in at that server."""
    with RotatingServer(rotation) as server:
        yield Login(tmp_path, rotation, server.address)
