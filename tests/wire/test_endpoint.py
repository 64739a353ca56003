"""A secret goes to an absolute URL, in the clear only on this machine."""

import pytest

from authwright.parameters import ParameterError
from authwright.wire.endpoint import check_endpoint


@pytest.mark.parametrize(
    "url", ["https://as.example/token?x=1", "http://localhost:8080/t", "http://127.0.0.1/t", "http://[::1]:1/t"]
)
def test_an_endpoint_that_a_secret_may_go_to_passes(url):
    check_endpoint("token_endpoint", url)


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("http://as.example/token", "plain http"),
        ("http://localhost.example/token", "plain http"),
        ("/token", "no URL"),
        ("ftp://as.example/token", "no URL"),
        ("https://as.example/token#x", "no URL"),
        ("https://user@as.example/token", "no URL"),
        ("https:///token", "no URL"),
    ],
)
def test_any_other_is_refused_at_its_parameter(url, sentence):
    with pytest.raises(ParameterError, match=sentence) as caught:
        check_endpoint("revocation_endpoint", url)
    assert caught.value.name == "revocation_endpoint"
    assert caught.value.hint
