"""Fixtures of the proxy's tests; what they are made of stands in ``running``."""

import warnings

import pytest

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    import mitmproxy.addons  # noqa: F401 - its ldap3 uses old names of pyasn1

from tests.proxy import running as proxy_setup


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> proxy_setup.Pki:
    return proxy_setup.make_pki(tmp_path_factory.mktemp("pki"))


@pytest.fixture(params=["auto", "stock"])
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(proxy_setup, "ENGINE", request.param)
    return str(request.param)
