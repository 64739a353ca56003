"""The two engines, started once for all exchanges."""

import contextlib

import pytest
from tests.proxy.differential.engines import ENGINES, engine


@pytest.fixture(scope="session")
def engines(pki, tmp_path_factory):
    folder = tmp_path_factory.mktemp("engines")
    with contextlib.ExitStack() as stack:
        yield {name: stack.enter_context(engine(name, folder, pki.ca)) for name in ENGINES}
