"""Generated messages, a small number of them; ``bench/fuzz.py`` takes as many as one likes."""

from hypothesis import given, settings
from tests.proxy.http1 import generated
from tests.proxy.http1.agreement import agree_on_request, agree_on_response


@settings(max_examples=400)
@given(generated.requests())
def test_a_request_is_read_as_others_read_it_or_refused(message):
    agree_on_request(message)


@settings(max_examples=400)
@given(generated.responses())
def test_a_response_is_read_as_others_read_it_or_refused(message):
    agree_on_response(message)
