"""The two engines, started once for all exchanges: as forward proxies, and as reverse proxies of either scheme."""

import contextlib

import pytest
from tests.proxy.differential.engines import ENGINES, engine, stand

pytest.register_assert_rewrite("tests.proxy.differential.judging")


@pytest.fixture(scope="session")
def engines(pki, tmp_path_factory):
    folder = tmp_path_factory.mktemp("engines")
    with contextlib.ExitStack() as stack:
        yield {name: stack.enter_context(engine(name, folder, pki.ca)) for name in ENGINES}


@pytest.fixture(scope="session")
def stands(pki, tmp_path_factory):
    with contextlib.ExitStack() as stack:
        yield {
            scheme: stack.enter_context(stand(scheme, tmp_path_factory.mktemp(f"reverse-{scheme}"), pki.ca))
            for scheme in ("http", "https")
        }
