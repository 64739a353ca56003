"""What is malformed is refused by both engines, or by the fast one alone; never does it pass there and not in the other."""

import pytest
from tests.proxy.differential import judging, malformed
from tests.proxy.differential.engines import outcomes

REQUESTS = {each.name: each for each in malformed.requests()}
ANSWERS = {each.name: each for each in malformed.answers()}

pytestmark = pytest.mark.timeout(400)
"""The first test waits for all exchanges."""


@pytest.fixture(scope="module")
def seen(engines, pki):
    return outcomes(REQUESTS | ANSWERS, engines, pki.server_context())


def test_there_are_enough_of_them():
    assert len(REQUESTS) >= 100


@pytest.mark.parametrize("name", REQUESTS)
def test_a_malformed_request_never_passes_the_fast_path_alone(name, seen):
    judging.check_not_alone(seen[name])


@pytest.mark.parametrize(
    "name", [name for name in REQUESTS if name.startswith(("line", "field", "head")) and name not in malformed.ENDLESS]
)
def test_the_fast_path_refuses_a_malformed_head_and_says_so(name, seen):
    judging.check_refused(seen[name])


@pytest.mark.parametrize("name", ANSWERS)
def test_a_malformed_response_never_passes_the_fast_path_alone(name, seen):
    passed = {
        engine
        for engine, each in seen[name].items()
        if malformed.whole(each.answered) and b"Authwright-Error" not in each.answered
    }
    assert passed in (set(), {"stock"}, {"stock", "auto"})
