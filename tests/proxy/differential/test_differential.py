"""The fast path and mitmproxy's own layer bring the same bytes to the origin and to the client."""

import pytest
from tests.proxy.differential import judging
from tests.proxy.differential.corpus import corpus
from tests.proxy.differential.engines import outcomes

CORPUS = corpus()

pytestmark = pytest.mark.timeout(400)
"""The first test waits for all exchanges."""


@pytest.fixture(scope="module")
def seen(engines, pki):
    return outcomes(CORPUS, engines, pki.server_context())


def test_there_are_enough_of_them():
    assert len(CORPUS) >= 300


@pytest.mark.parametrize("name", CORPUS)
def test_both_engines_do_the_same(name, seen):
    judging.check_same(CORPUS[name], seen[name])


@pytest.mark.parametrize("name", CORPUS)
def test_nothing_reaches_the_origin_without_its_credential(name, seen):
    judging.check_credentials(seen[name])
