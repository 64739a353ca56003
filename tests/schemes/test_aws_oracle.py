"""botocore signs what we send, and comes to the same: 1120 generated requests, for S3 and others, in header and query."""

import json
from datetime import UTC, datetime
from functools import cache
from unittest import mock
from urllib.parse import quote, urlsplit

import botocore.auth
import pytest
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given, settings
from hypothesis import strategies as st

import authwright
from authwright.wire.aws.canonical import _UNSIGNED, _UNSIGNED_PREFIXES

NOW = datetime(2026, 7, 31, 23, 59, 58, tzinfo=UTC)
KEYS = {"access_key_id": "AKIDEXAMPLE", "secret_access_key": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}
SIGNERS = {
    ("s3", "header"): botocore.auth.S3SigV4Auth,
    ("s3", "query"): botocore.auth.S3SigV4QueryAuth,
    ("dynamodb", "header"): botocore.auth.SigV4Auth,
    ("dynamodb", "query"): botocore.auth.SigV4QueryAuth,
}
EXPIRES = 300


@cache
def rules(service, placement, token):
    session = {"session_token": token} if token else {}
    auth = {"type": "aws_sigv4", **KEYS, **session, "region": "eu-west-1", "service": service, "placement": placement}
    auth |= {"expires": EXPIRES} if placement == "query" else {}
    rule = {"match": {"host": "a.example", "port": "*"}, "auth": auth}
    return authwright.load(json.dumps({"version": 1, "rules": [rule]}, indent=1))


def encoded(text):
    return quote(text, safe="-_.~")


text = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
segments = st.lists(text.filter(lambda segment: segment not in (".", "..")).map(encoded), max_size=5).map("/".join)
raw_paths = st.lists(
    st.sampled_from(["", ".", "..", "a", "a b", "%41", "é", "$&'()*+,;=:@!", "~-_."]).map(
        lambda part: quote(part, safe="%$&'()*+,;=:@!")
    ),
    max_size=7,
).map("/".join)
pairs = st.tuples(text.filter(bool).map(encoded), st.none() | text.map(encoded))


def joined(found):
    return "&".join(name if value is None else f"{name}={value}" for name, value in found)


queries = {
    "header": st.lists(pairs, max_size=5).map(joined),
    "query": st.lists(pairs, max_size=5, unique_by=lambda pair: pair[0]).map(joined),  # botocore keeps one of each name
}
names = st.from_regex(r"[A-Za-z][A-Za-z0-9-]{0,15}", fullmatch=True).filter(
    lambda name: name.lower() not in {*_UNSIGNED, "date", "host"} and not name.lower().startswith(("x-amz-", *_UNSIGNED_PREFIXES))
)
values = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20).map(str.strip)
headers = st.lists(st.tuples(names, values), max_size=6)
tokens = st.sampled_from(["", "IQoJb3JpZ2luX2VjEHYaDGV1LXdlc3QtMSJ/+=="])


def by_botocore(signer, service, sent, token):
    """*sent*, signed by botocore: its Authorization header, or the signature in its query."""
    ours = ("authorization", "x-amz-date", "x-amz-security-token")
    query = "&".join(part for part in sent.query.split("&") if part and not part.startswith("X-Amz-"))
    request = AWSRequest(sent.method, urlsplit(sent.url)._replace(query=query).geturl(), data=sent.body)
    for name, value in sent.headers:
        if name.lower() not in ours:
            request.headers.add_header(name, value)
    more = {"expires": EXPIRES} if "Query" in signer.__name__ else {}
    credentials = Credentials(KEYS["access_key_id"], KEYS["secret_access_key"], token or None)
    with mock.patch("botocore.auth.get_current_datetime", return_value=NOW):
        signer(credentials, service, "eu-west-1", **more).add_auth(request)
    return request


@pytest.mark.parametrize(("service", "placement"), SIGNERS)
@settings(max_examples=280, deadline=None)
@given(data=st.data(), method=st.sampled_from(["GET", "PUT", "DELETE"]), body=st.binary(max_size=40), token=tokens)
def test_the_signatures_are_equal(service, placement, data, method, body, token):
    if placement == "query":
        body = b""  # botocore would make parameters of it
    path = data.draw(segments if service == "s3" else raw_paths, "path")
    query = data.draw(queries[placement], "query")
    url = f"https://a.example{data.draw(st.sampled_from(['', ':8443']))}/{path}" + (f"?{query}" if query else "")
    found = authwright.explain(rules(service, placement, token), method, url, data.draw(headers, "headers"), body, NOW)
    expected = by_botocore(SIGNERS[service, placement], service, found.request, token)
    assert found.refused is None
    if placement == "header":
        assert expected.headers["Authorization"] == found.request.headers.get("Authorization")
    else:
        assert urlsplit(expected.url).query.rpartition("=")[2] == found.request.query.rpartition("=")[2]
    assert found.request.target.startswith(urlsplit(url).path + ("?" + query if query else ""))
