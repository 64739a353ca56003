"""The steps of the AWS General Reference's worked example: ListUsers of IAM, 30 August 2015."""

from datetime import UTC, datetime

from authwright.secret import Secret
from authwright.wire.aws.signature import ALGORITHM, Scope, amz_date_of, sha256, signature, signing_key, string_to_sign

SECRET = Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
SCOPE = Scope("20150830", "us-east-1", "iam")
CANONICAL = (
    "GET\n/\nAction=ListUsers&Version=2010-05-08\ncontent-type:application/x-www-form-urlencoded; charset=utf-8\n"
    "host:iam.amazonaws.com\nx-amz-date:20150830T123600Z\n\ncontent-type;host;x-amz-date\n"
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
)
TO_SIGN = (
    "AWS4-HMAC-SHA256\n20150830T123600Z\n20150830/us-east-1/iam/aws4_request\n"
    "f536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59"
)


def test_the_string_to_sign_is_the_published_one():
    assert string_to_sign("20150830T123600Z", SCOPE, CANONICAL) == TO_SIGN
    assert TO_SIGN.startswith(ALGORITHM)


def test_the_signing_key_is_the_published_one():
    assert signing_key(SECRET, SCOPE).hex() == "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9"


def test_the_signature_is_the_published_one():
    expected = "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"
    assert signature(signing_key(SECRET, SCOPE), TO_SIGN) == expected


def test_a_date_has_no_fraction_of_a_second():
    assert amz_date_of(datetime(2015, 8, 30, 12, 36, 0, 999999, tzinfo=UTC)) == "20150830T123600Z"


def test_the_hash_of_nothing_is_that_of_fips_180():
    assert sha256(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
