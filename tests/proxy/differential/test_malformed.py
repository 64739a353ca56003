"""What is malformed is refused by both engines, or by the fast one alone; never does it pass there and not in the other."""

import pytest
from tests.proxy.differential import malformed
from tests.proxy.differential.engines import outcomes
from tests.proxy.differential.exchange import HANGS

REQUESTS = {each.name: each for each in malformed.requests()}
ANSWERS = {each.name: each for each in malformed.answers()}

pytestmark = pytest.mark.timeout(400)
"""The first test waits for all exchanges."""


@pytest.fixture(scope="module")
def seen(engines, pki):
    return outcomes(REQUESTS | ANSWERS, engines, pki.server_context())


def test_there_are_enough_of_them():
    assert len(REQUESTS) >= 100


def whole(message):
    """Whether a message has arrived to its end: what is cut short was refused."""
    head, end, body = message.partition(b"\r\n\r\n")
    if b"chunked" in head.lower():
        return body.endswith(b"0\r\n\r\n") or b"\r\n0\r\n" in body
    return bool(end)


@pytest.mark.parametrize("name", REQUESTS)
def test_a_malformed_request_never_passes_the_fast_path_alone(name, seen):
    passed = {engine for engine, each in seen[name].items() if any(map(whole, each.received))}
    assert passed in (set(), {"stock"}, {"stock", "auto"})


ENDLESS = ("head: a bare CR for a line end", "head: TLS where none is")
"""What is no head yet: whoever sends it is waited for."""


@pytest.mark.parametrize(
    "name", [name for name in REQUESTS if name.startswith(("line", "field", "head")) and name not in ENDLESS]
)
def test_the_fast_path_refuses_a_malformed_head_and_says_so(name, seen):
    fast = seen[name]["auto"]
    assert fast.received == []
    assert HANGS not in fast.answered
    assert fast.answered.split(b" ")[1] in (b"400", b"403", b"421")
    assert b"\r\nAuthwright-Error: " in fast.answered


@pytest.mark.parametrize("name", ANSWERS)
def test_a_malformed_response_never_passes_the_fast_path_alone(name, seen):
    passed = {engine for engine, each in seen[name].items() if whole(each.answered) and b"Authwright-Error" not in each.answered}
    assert passed in (set(), {"stock"}, {"stock", "auto"})
