"""A client's own signature says for which service and region it meant its request, and is then gone without a trace."""

import pytest

from authwright.message import Request
from authwright.wire.aws.claims import ScopeClaims, claims_of, without_claims

HEADER = "AWS4-HMAC-SHA256 Credential=dummy/20260101/eu-west-1/s3/aws4_request, SignedHeaders=host, Signature=00"
QUERY = (
    "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=dummy%2F20260101%2Feu-west-1%2Fs3%2Faws4_request"
    "&X-Amz-Date=20260101T000000Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Security-Token=t&X-Amz-Signature=00"
)


@pytest.mark.parametrize(
    ("value", "region", "service"),
    [
        (HEADER, "eu-west-1", "s3"),
        (HEADER.replace(", ", ","), "eu-west-1", "s3"),
        (HEADER.replace("dummy", "a/b+c="), "eu-west-1", "s3"),
        ("AWS4-ECDSA-P256-SHA256 Credential=k/20260101/s3/aws4_request, SignedHeaders=host, Signature=00", "", "s3"),
        ("AWS4-HMAC-SHA256 Credential=k/20260101/eu-west-1/s3/aws4_request/x", "", ""),
        ("AWS4-HMAC-SHA256 Credential=k/20260101//s3/aws4_request", "", ""),
        ("AWS k:signature of version 2", "", ""),
        ("Bearer token", "", ""),
    ],
)
def test_the_header_says_it_in_its_scope(value, region, service):
    assert claims_of(Request.of("GET", "https://a.example/", [("Authorization", value)])) == ScopeClaims(region, service)


@pytest.mark.parametrize(("expires", "seconds"), [("60", 60), ("", 0), ("-1", 0), ("9999999", 0)])
def test_the_query_says_it_too_and_how_long(expires, seconds):
    url = f"https://a.example/?a=1&{QUERY.replace('Expires=60', f'Expires={expires}')}"
    assert claims_of(Request.of("GET", url)) == ScopeClaims("eu-west-1", "s3", presigned=True, expires=seconds)


def test_who_did_not_sign_said_nothing():
    assert claims_of(Request.of("GET", "https://a.example/?X-Amz-Other=1")) == ScopeClaims()


def test_nothing_is_left_of_it_and_all_else_is_as_it_was():
    fields = [("Host", "a.example"), ("authorization", HEADER), ("X-Amz-Date", "d"), ("x_amz_security_token", "t"), ("X-A", "1")]
    bare = without_claims(Request.of("GET", f"https://a.example/p%2fq?b=2&{QUERY}&a=+1&b", fields))
    assert (bare.target, bare.headers.fields) == ("/p%2fq?b=2&a=+1&b", (("Host", "a.example"), ("X-A", "1")))
