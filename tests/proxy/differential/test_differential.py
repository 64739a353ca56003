"""The fast path and mitmproxy's own layer bring the same bytes to the origin and to the client."""

import pytest
from tests.proxy.differential.corpus import corpus
from tests.proxy.differential.engines import TOKEN, outcomes
from tests.proxy.differential.exchange import HANGS
from tests.proxy.differential.same import same

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
    fast = seen[name]["auto"]
    assert HANGS not in b"".join([fast.answered, *fast.received])
    if expected := CORPUS[name].answered:
        assert fast.answered == expected
    else:
        assert same(fast) == same(seen[name]["stock"])


@pytest.mark.parametrize("name", CORPUS)
def test_nothing_reaches_the_origin_without_its_credential(name, seen):
    for engine, each in seen[name].items():
        for received in each.received:
            without = received.count(b" /bare/")
            assert received.count(b" HTTP/1.") == received.count(TOKEN.encode()) + without, engine
