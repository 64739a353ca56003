"""One request signed by the AWS General Reference's worked example, and the fields that go with a signature."""

import pytest

from authwright.message import Request
from authwright.secret import Secret
from authwright.wire.aws.access_keys import AccessKeys
from authwright.wire.aws.signature import Scope, sha256
from authwright.wire.aws.signer import Signer
from authwright.wire.query import values

KEYS = AccessKeys("AKIDEXAMPLE", Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"))
TEMPORARY = AccessKeys("AKIDEXAMPLE", Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"), Secret("t0ken"))
SCOPE = Scope("20150830", "us-east-1", "iam")
LIST_USERS = Request.of(
    "GET",
    "https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08",
    [("Host", "iam.amazonaws.com"), ("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")],
)


def signer(keys=KEYS, scope=SCOPE, *, says_payload=False):
    return Signer(keys, scope, "20150830T123600Z", sha256(b""), says_payload)


def test_the_header_is_the_published_one():
    signed = signer().in_header(LIST_USERS)
    assert signed.request.headers.get("Authorization") == (
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, "
        "SignedHeaders=content-type;host;x-amz-date, "
        "Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"
    )
    assert signed.canonical_request.startswith("GET\n/\nAction=ListUsers&Version=2010-05-08\n")
    assert signed.signature in signed.request.headers.get("Authorization")


@pytest.mark.parametrize(
    ("keys", "says_payload", "names"),
    [
        (KEYS, False, ["X-Amz-Date"]),
        (KEYS, True, ["X-Amz-Content-Sha256", "X-Amz-Date"]),
        (TEMPORARY, False, ["X-Amz-Date", "X-Amz-Security-Token"]),
    ],
)
def test_the_fields_that_go_with_a_signature_are_signed(keys, says_payload, names):
    made = signer(keys, says_payload=says_payload)
    assert [name for name, _ in made.fields] == names
    signed = made.in_header(LIST_USERS).request.headers.get("Authorization")
    assert all(name.lower() in signed for name in names)


def test_without_a_host_header_the_authority_is_signed():
    request = Request.of("GET", "https://iam.amazonaws.com/")
    assert "\nhost:iam.amazonaws.com\n" in signer().in_header(request).canonical_request


@pytest.mark.parametrize(
    ("service", "order"),
    [("iam", ["X-Amz-Security-Token", "X-Amz-Signature"]), ("iotdevicegateway", ["X-Amz-Signature", "X-Amz-Security-Token"])],
)
def test_in_the_query_the_session_token_is_signed_but_for_iot(service, order):
    signed = signer(TEMPORARY, SCOPE._replace(service=service)).in_query(LIST_USERS, 60)
    query = signed.request.query
    assert sorted(order, key=query.index) == order
    assert ("X-Amz-Security-Token" in signed.canonical_request) == (service == "iam")
    assert values(signed.request.target, "X-Amz-Expires") == ["60"]
    assert query.startswith("Action=ListUsers&Version=2010-05-08&X-Amz-Algorithm=AWS4-HMAC-SHA256&")
