"""A redirect URI can carry a response, and does not carry it in the clear over a network."""

import pytest

from authwright.grants.redirect_uri import FREE_PORT, check_redirect_uri
from authwright.parameters import ParameterError


@pytest.mark.parametrize(
    "uri",
    [
        FREE_PORT,
        "http://localhost:8400/",
        "http://[::1]:1/cb",
        "https://app.example/cb?x=1",
        "com.example.app:/oauth",
        "myapp://cb",
    ],
)
def test_a_loopback_https_or_private_uri_passes(uri):
    check_redirect_uri(uri)


@pytest.mark.parametrize(
    ("uri", "sentence"),
    [
        ("http://app.example/cb", "plain http to another machine"),
        ("http://localhost.example/cb", "plain http to another machine"),
        ("http://127.0.0.1/cb?x=1", "no query and no user"),
        ("http://u@127.0.0.1/cb", "no query and no user"),
        ("https://app.example/cb#x", "not an absolute URL"),
        ("/cb", "not an absolute URL"),
        ("https:///cb", "not an absolute URL"),
        ("http://[::1/cb", "no URL"),
        ("http://127.0.0.1:99999/cb", "no URL"),
    ],
)
def test_any_other_is_refused_with_one_that_works(uri, sentence):
    with pytest.raises(ParameterError, match=sentence) as caught:
        check_redirect_uri(uri)
    assert (caught.value.name, caught.value.hint) == ("redirect_uri", FREE_PORT)
