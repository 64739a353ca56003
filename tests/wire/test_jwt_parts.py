"""A person sees header and claims of what is a JWT, and of nothing else."""

import base64

import pytest

from authwright.wire.jwt_parts import parts_of

RFC_7519 = (
    "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9p"
    "c19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
)


def part(text):
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def test_the_example_of_rfc_7519_section_3_1_is_taken_apart():
    assert parts_of(RFC_7519) == {
        "header": {"typ": "JWT", "alg": "HS256"},
        "claims": {"iss": "joe", "exp": 1300819380, "http://example.com/is_root": True},
    }


def test_an_unsecured_token_has_an_empty_signature():
    assert parts_of(f"{part('{}')}.{part('{}')}.") == {"header": {}, "claims": {}}


@pytest.mark.parametrize(
    "token",
    [
        "",
        "opaque",
        "a.b",
        RFC_7519 + "\n",
        f"{part('[]')}.{part('{}')}.",
        f"{part('{}')}.{part('1')}.",
        f"{part('{}')}.{part('{')}.",
        f"{part('{}')}.é.",
        f"{part('{}')}.{part('[' * 100_000)}.",
        f"{part('{}')}.a.",
    ],
    ids=["empty", "opaque", "two parts", "a line break", "a list", "a number", "no JSON", "no base64", "deep", "a rest"],
)
def test_what_is_no_jwt_has_no_parts(token):
    assert parts_of(token) is None
