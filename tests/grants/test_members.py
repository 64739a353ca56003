"""Every endpoint's JSON is read equally strictly."""

import pytest

from authwright.errors import TokenEndpointError
from authwright.grants.answer import EndpointAnswer
from authwright.grants.members import members_of
from authwright.message import Response
from authwright.secret import Redactor


def answer(status, body):
    return EndpointAnswer(Response(status, body=body), "https://as/x", "password", "none", Redactor())


@pytest.mark.parametrize("status", [200, 201, 299])
def test_an_object_with_a_2xx_status_has_members(status):
    assert members_of(answer(status, b'{"a": 1}')) == {"a": 1}


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (200, b"no", "token_endpoint_malformed"),
        (200, b"[]", "token_endpoint_malformed"),
        (400, b"no", "token_endpoint_refused"),
        (500, b"", "token_endpoint_unavailable"),
        (400, b'{"error": "invalid_grant"}', "grant_invalid"),
        (200, b'{"error": "bad_verification_code"}', "token_endpoint_refused"),
        (302, b"{}", "token_endpoint_malformed"),
    ],
)
def test_anything_else_is_an_error(status, body, code):
    with pytest.raises(TokenEndpointError) as caught:
        members_of(answer(status, body))
    assert (caught.value.code, caught.value.status) == (code, status)


def test_a_malformed_response_points_at_the_parameter_that_names_the_endpoint():
    with pytest.raises(TokenEndpointError) as caught:
        members_of(answer(200, b"no"), "revocation_endpoint")
    assert caught.value.hint == "Check that revocation_endpoint is the right URL"
