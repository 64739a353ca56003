"""In reverse mode too the fast path and mitmproxy's own layer bring the same bytes to the origin and to the client."""

import pytest
from tests.proxy.differential import judging, reverse
from tests.proxy.differential.engines import outcomes_behind

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
    judging.check_same(EXCHANGES[name], seen[name])


@pytest.mark.parametrize("name", EXCHANGES)
def test_nothing_reaches_the_origin_without_its_credential(name, seen):
    judging.check_credentials(seen[name])


@pytest.mark.parametrize("kind", reverse.CLEAR)
def test_a_request_that_names_a_whole_url_leaves_with_a_path(kind, seen):
    (received,) = seen[f"{kind}, {reverse.WHOLE_URL.name}"]["auto"].received
    assert received.startswith(b"GET /a?b=c HTTP/1.1\r\n")


@pytest.mark.parametrize("name", HEADS)
def test_a_malformed_request_never_passes_the_fast_path_alone(name, seen):
    judging.check_not_alone(seen[name])


@pytest.mark.parametrize("name", [name for name in HEADS if ", chunk: " not in name])
def test_the_fast_path_refuses_a_malformed_head_and_says_so(name, seen):
    judging.check_refused(seen[name])
