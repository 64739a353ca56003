"""Whoever the client is, its request leaves with our signature, for the service it meant, and its body as it can be signed."""

import hashlib
import re
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime

import pytest
from tests.ambients import NOON, Clock, Remembering
from tests.playbook import Playbook

from authwright.errors import RequestError
from authwright.flow.commands import Provide
from authwright.message import Headers, Request, Response
from authwright.parameters import ParameterError
from authwright.schemes.aws_sigv4 import AwsSigV4
from authwright.secret import Secret
from authwright.wire.aws.access_keys import AccessKeys
from authwright.wire.aws.chunks import ChunkSigner

GIVEN = {"access_key_id": "AKID", "secret_access_key": Secret("very secret")}
SIGNED = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
HASH = "0" * 64
S3 = "https://bucket.s3.eu-west-1.amazonaws.com/key"
KMS = "https://kms.eu-west-1.amazonaws.com/"


def scheme(**parameters):
    return AwsSigV4(**{**GIVEN, **parameters})


def put(url=S3, *headers, body=b"", streamed=False):
    return replace(Request.of("PUT", url, headers, body), streamed=streamed)


def content(value):
    return ("X-Amz-Content-Sha256", value)


def sent(request, **parameters):
    return Playbook(scheme(**parameters).authorize(request, Clock())).asks().request


def credential_scope(request):
    return re.search(r"Credential=AKID/20260101/([^,]+)/aws4_request,", request.headers.get("Authorization"))[1]


def client_scope(region="ap-south-1", service="sqs"):
    return ("Authorization", f"AWS4-HMAC-SHA256 Credential=dummy/20200101/{region}/{service}/aws4_request, Signature=00")


@pytest.mark.parametrize(
    ("url", "headers", "parameters", "expected"),
    [
        (KMS, [], {}, "eu-west-1/kms"),
        (KMS, [client_scope()], {}, "ap-south-1/sqs"),
        (KMS, [client_scope()], {"region": "us-west-2"}, "us-west-2/sqs"),
        (KMS, [client_scope()], {"service": "sns"}, "ap-south-1/sns"),
        ("https://internal.example/", [client_scope()], {}, "ap-south-1/sqs"),
        ("https://internal.example/", [], {"region": "us-west-2", "service": "es"}, "us-west-2/es"),
    ],
)
def test_the_rule_says_for_what_it_is_signed_then_the_client_then_the_host(url, headers, parameters, expected):
    assert credential_scope(sent(Request.of("GET", url, headers), **parameters)) == expected


@pytest.mark.parametrize(("parameters", "missing"), [({"region": "us-east-1"}, "service"), ({"service": "es"}, "region")])
def test_where_nobody_says_it_nothing_is_sent(parameters, missing):
    with pytest.raises(RequestError, match=f"The AWS {missing} to sign for is not known") as caught:
        sent(Request.of("GET", "https://internal.example/"), **parameters)
    assert (caught.value.code, caught.value.hint) == ("aws_scope", f"Add {missing}: to the credential.")


def test_of_the_clients_own_signature_nothing_is_left():
    own = [client_scope(), ("X-Amz-Date", "20200101T000000Z"), ("X-Amz-Security-Token", "dummy")]
    url = "https://kms.eu-west-1.amazonaws.com/?a=1&X-Amz-Credential=d%2F20200101%2Fr%2Fs%2Faws4_request&X-Amz-Signature=0&b"
    request = sent(Request.of("GET", url, own))
    assert request.target == "/?a=1&b"
    assert [name for name, _ in request.headers] == ["X-Amz-Date", "Authorization"]
    assert request.headers.get("X-Amz-Date") == "20260101T120000Z"


@pytest.mark.parametrize(("parameters", "expected"), [({}, "60"), ({"expires": 30}, "30")])
def test_a_presigned_url_is_presigned_anew_and_is_good_as_long(parameters, expected):
    url = f"{S3}?X-Amz-Credential=d%2F20200101%2Fr%2Fs3%2Faws4_request&X-Amz-Expires=60&X-Amz-Signature=0"
    request = sent(Request.of("GET", url), placement="query", session_token=Secret("t"), **parameters)
    query = dict(part.split("=") for part in request.query.split("&"))
    assert (query["X-Amz-Expires"], query["X-Amz-Security-Token"], list(query)[-1]) == (expected, "t", "X-Amz-Signature")
    assert request.headers == Headers()


def test_a_url_is_good_for_a_quarter_of_an_hour_where_nobody_says():
    assert "&X-Amz-Expires=900&" in sent(Request.of("GET", S3), placement="query").query


def test_iot_takes_the_session_token_after_the_signature():
    url = "https://a1-ats.iot.eu-west-1.amazonaws.com/mqtt"
    parameters = {"placement": "query", "service": "iotdevicegateway"}
    with_token = sent(Request.of("GET", url), session_token=Secret("t/="), **parameters)
    assert with_token.target == sent(Request.of("GET", url), **parameters).target + "&X-Amz-Security-Token=t%2F%3D"


@pytest.mark.parametrize(
    ("request_", "parameters", "reads", "said"),
    [
        (put(KMS, body=b"abc"), {}, True, hashlib.sha256(b"abc").hexdigest()),
        (put(KMS, content(HASH), body=b"abc"), {}, True, hashlib.sha256(b"abc").hexdigest()),
        (put(KMS, body=b"abc"), {"payload": "unsigned"}, False, "UNSIGNED-PAYLOAD"),
        (put(KMS), {}, True, None),
        (put(body=b"abc"), {}, True, hashlib.sha256(b"abc").hexdigest()),
        (put(), {}, True, hashlib.sha256(b"").hexdigest()),
        (put(S3, content(HASH)), {}, False, HASH),
        (put(S3, content("UNSIGNED-PAYLOAD")), {}, False, "UNSIGNED-PAYLOAD"),
        (put(S3, content(HASH)), {"payload": "unsigned"}, False, "UNSIGNED-PAYLOAD"),
        (put(S3), {"placement": "query"}, False, None),
        (put(S3, content(HASH)), {"placement": "query"}, False, None),
        (put(KMS), {"placement": "query", "payload": "unsigned"}, False, None),
        (put(KMS, content("UNSIGNED-PAYLOAD")), {"placement": "query"}, False, "UNSIGNED-PAYLOAD"),
        (put(S3 + "?X-Amz-Credential=d%2F20200101%2Fr%2Fs3%2Faws4_request", content(HASH)), {}, False, HASH),
        (put(S3 + "?X-Amz-Credential=d%2F20200101%2Fr%2Fs3%2Faws4_request"), {}, False, "UNSIGNED-PAYLOAD"),
        (put(S3, content("STREAMING-UNSIGNED-PAYLOAD-TRAILER")), {}, False, "STREAMING-UNSIGNED-PAYLOAD-TRAILER"),
        (put(S3, content(SIGNED), streamed=True), {}, False, SIGNED),
        (put(S3, content(SIGNED), streamed=True), {"payload": "unsigned"}, False, SIGNED),
    ],
)
def test_a_body_is_read_only_where_it_must_be_hashed(request_, parameters, reads, said):
    assert scheme(**parameters).reads_body(request_) is reads
    request = sent(request_, **parameters)
    assert request.headers.get("X-Amz-Content-Sha256") == said
    assert request.body == request_.body


def chunked(signature):
    return b"3;chunk-signature=%b\r\nabc\r\n0;chunk-signature=%b\r\n\r\n" % (signature, signature)


def test_a_small_chunked_body_is_read_and_signed_anew():
    request_ = put(S3, content(SIGNED), body=chunked(HASH.encode()))
    assert scheme().reads_body(request_) is True
    request = sent(request_)
    assert (len(request.body), HASH.encode() in request.body, request.rewrite) == (len(request_.body), False, None)


def test_a_large_chunked_body_is_signed_anew_on_its_way():
    request = sent(put(S3, content(SIGNED), streamed=True))
    assert isinstance(request.rewrite, ChunkSigner)
    assert request.rewrite.seed == request.headers.get("Authorization").rpartition("=")[2]
    feed = request.rewrite.begin()
    whole = sent(put(S3, content(SIGNED), body=chunked(HASH.encode())))
    assert feed(chunked(HASH.encode())) + feed(b"") == whole.body


@pytest.mark.parametrize("form", ["STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD", "STREAMING-OTHER"])
def test_a_form_that_cannot_be_signed_again_is_refused(form):
    with pytest.raises(RequestError, match="which cannot be signed again"):
        scheme().reads_body(put(S3, content(form)))


def test_keys_that_are_not_given_are_asked_for_and_bring_their_region():
    keys = AccessKeys("ASIA", Secret("s"), Secret("t"), region="eu-north-1")
    play = Playbook(AwsSigV4(profile="dev", service="es").authorize(Request.of("GET", "https://internal.example/"), Clock()))
    play << Provide(AccessKeys, "dev") >> keys
    command = play.asks()
    assert "Credential=ASIA/20260101/eu-north-1/es/" in command.request.headers.get("Authorization")
    assert command.request.headers.get("X-Amz-Security-Token") == "t"
    assert {Secret("s"), Secret("t")} < set(command.hide)


def refused(ahead):
    return Response(403, Headers((("Date", format_datetime(NOON + ahead, usegmt=True)),)))


def dates(asked):
    return asked.request.headers.get("X-Amz-Date")


def test_a_clock_that_is_off_is_corrected_once_and_for_the_next_request_too():
    ambient = Remembering()
    play = Playbook(scheme().authorize(Request.of("GET", KMS), ambient))
    assert dates(play.asks()) == "20260101T120000Z"
    play >> refused(timedelta(hours=-7))
    assert dates(play.asks()) == "20260101T050000Z"
    play >> refused(timedelta(hours=3))
    play.ends()
    assert dates(Playbook(scheme().authorize(Request.of("GET", KMS), ambient)).asks()) == "20260101T050000Z"


def test_a_refusal_for_another_reason_is_the_clients():
    play = Playbook(scheme().authorize(Request.of("GET", KMS), Remembering()))
    play.asks()
    play >> refused(timedelta(seconds=10))
    play.ends()


@pytest.mark.parametrize(
    ("parameters", "field"),
    [
        ({"access_key_id": ""}, "access_key_id"),
        ({"secret_access_key": Secret("")}, "secret_access_key"),
        ({"profile": "dev"}, "profile"),
        ({"access_key_id": "", "secret_access_key": Secret(""), "session_token": Secret("t")}, "session_token"),
        ({"expires": -1}, "expires"),
        ({"expires": 604_801}, "expires"),
    ],
)
def test_parameters_that_do_not_fit_are_found_when_they_are_read(parameters, field):
    with pytest.raises(ParameterError) as caught:
        scheme(**parameters)
    assert caught.value.name == field
