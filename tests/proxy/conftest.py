"""Fixtures of the proxy's tests; what they are made of stands in ``ground``."""

import pytest
from tests.proxy import ground


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> ground.Pki:
    return ground.make_pki(tmp_path_factory.mktemp("pki"))
