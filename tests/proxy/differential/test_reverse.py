"""In reverse mode too the fast path and mitmproxy's own layer bring the same bytes to the origin and to the client."""

import pytest
from tests.proxy.differential import malformed, reverse
from tests.proxy.differential.engines import TOKEN, outcomes_behind
from tests.proxy.differential.exchange import HANGS
from tests.proxy.differential.same import same

EXCHANGES = reverse.exchanges()
HEADS = reverse.heads()

pytestmark = pytest.mark.timeout(400)
"""The first test waits for all exchanges."""


@pytest.fixture(scope="module")
def seen(stands, pki):
    return outcomes_behind(EXCHANGES | HEADS, stands, pki.server_context())


def test_there_are_enough_of_them():
    assert len(EXCHANGES) >= 100
    assert len(HEADS) >= 100


@pytest.mark.parametrize("name", EXCHANGES)
def test_both_engines_do_the_same(name, seen):
    fast = seen[name]["auto"]
    assert HANGS not in b"".join([fast.answered, *fast.received])
    if expected := EXCHANGES[name].answered:
        assert fast.answered == expected
    else:
        assert same(fast) == same(seen[name]["stock"])


@pytest.mark.parametrize("name", EXCHANGES)
def test_nothing_reaches_the_origin_without_its_credential(name, seen):
    for engine, each in seen[name].items():
        for received in each.received:
            without = received.count(b" /bare/") + received.count(b" /free/")
            assert received.count(b" HTTP/1.") == received.count(TOKEN.encode()) + without, engine


@pytest.mark.parametrize("kind", reverse.CLEAR)
def test_a_request_that_names_a_whole_url_leaves_with_a_path(kind, seen):
    (received,) = seen[f"{kind}, {reverse.WHOLE_URL.name}"]["auto"].received
    assert received.startswith(b"GET /a?b=c HTTP/1.1\r\n")


@pytest.mark.parametrize("name", HEADS)
def test_a_malformed_request_never_passes_the_fast_path_alone(name, seen):
    passed = {engine for engine, each in seen[name].items() if any(map(malformed.whole, each.received))}
    assert passed in (set(), {"stock"}, {"stock", "auto"})


@pytest.mark.parametrize("name", [name for name in HEADS if ", chunk: " not in name])
def test_the_fast_path_refuses_a_malformed_head_and_says_so(name, seen):
    fast = seen[name]["auto"]
    assert fast.received == []
    assert HANGS not in fast.answered
    assert fast.answered.split(b" ")[1] in (b"400", b"403", b"421")
    assert b"\r\nAuthwright-Error: " in fast.answered
