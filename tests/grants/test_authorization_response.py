"""An authorization response is its server's, and says yes or why not."""

import pytest

from authwright.errors import RemoteError
from authwright.grants.authorization_response import check_response, code_of

SERVER, ISSUER = "https://as.example", "https://as.example/tenant"


@pytest.mark.parametrize(
    ("came", "issuer", "required"),
    [
        ({"code": "c"}, "", False),
        ({"code": "c"}, ISSUER, False),
        ({"code": "c", "iss": ISSUER}, ISSUER, True),
        ({"iss": "other"}, "", True),
    ],
    ids=["no issuer known", "iss not sent, not required", "the right iss", "an iss, and none to compare with"],
)
def test_a_response_of_its_server_passes(came, issuer, required):
    check_response(came, SERVER, issuer, issuer_required=required)


@pytest.mark.parametrize(
    ("came", "required", "code"),
    [
        ({"iss": ISSUER + "/"}, False, "wrong_issuer"),
        ({"iss": "https://evil.example", "error": "access_denied"}, False, "wrong_issuer"),
        ({"code": "c"}, True, "wrong_issuer"),
        ({"error": "access_denied"}, False, "access_denied"),
        ({"error": "invalid_scope"}, False, "authorization_refused"),
        ({"error": "x", "code": "c"}, False, "authorization_refused"),
    ],
)
def test_another_servers_response_and_a_refusal_are_errors_with_a_hint(came, required, code):
    with pytest.raises(RemoteError) as caught:
        check_response(came, SERVER, ISSUER, issuer_required=required)
    assert caught.value.code == code
    assert caught.value.hint


def test_the_servers_description_is_made_safe_and_cut():
    with pytest.raises(RemoteError) as caught:
        check_response({"error": "x", "error_description": "a\x1b" + "b" * 500}, SERVER, "")
    assert "“a\\x1bbbb" in caught.value.message
    assert len(caught.value.message) < 300


def test_a_response_without_code_and_error_is_an_error():
    assert code_of({"code": "c"}, SERVER) == "c"
    with pytest.raises(RemoteError, match="neither a code nor an error"):
        code_of({"code": ""}, SERVER)
