"""Fixtures of the proxy's tests; what they are made of stands in ``ground``."""

import warnings

import pytest

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    import mitmproxy.addons  # noqa: F401 - its ldap3 uses old names of pyasn1

from tests.proxy import ground


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> ground.Pki:
    return ground.make_pki(tmp_path_factory.mktemp("pki"))


@pytest.fixture(params=["auto", "stock"])
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(ground, "ENGINE", request.param)
    return str(request.param)
