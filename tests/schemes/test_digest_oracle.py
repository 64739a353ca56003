"""Two independent clients compute the same responses: requests (MD5 to SHA-512, with and without qop) and httpx2 (also -sess)."""

import httpx2
from hypothesis import given, settings
from hypothesis import strategies as st
from requests.auth import HTTPDigestAuth

from authwright.message import Request
from authwright.wire.challenge import challenges
from authwright.wire.digest import Count, Terms, a1, a2, credentials, response_of

VISIBLE = st.characters(exclude_categories=("C", "Z"), exclude_characters='"\\,')
TEXT = st.text(VISIBLE, min_size=1, max_size=20)
NONCES = st.text("abcdefXYZ0189+/=-_", min_size=1, max_size=40)
CHARACTERS = "abz09-._~!$&'()*+=:@/"
PATHS = st.text(CHARACTERS, max_size=30).map(lambda text: f"/x{text}%2F")
QUERIES = st.text(CHARACTERS, min_size=1, max_size=20).map(lambda text: f"?{text}") | st.just("")
TARGETS = st.builds(str.__add__, PATHS, QUERIES)
METHODS = st.sampled_from(["GET", "POST", "PUT", "DELETE", "PROPFIND"])


def terms(algorithms, qops):
    return st.builds(
        Terms, realm=TEXT, nonce=NONCES, algorithm=st.sampled_from(algorithms), qop=st.sampled_from(qops), opaque=TEXT
    )


def parameters(header):
    return challenges(Request.of("GET", "http://x/", [("Authorization", header)]).headers, "Authorization")[0].parameters


def ours(under, count, username, password, request):
    hashed = a1(under, count, username, password).hashed
    response = response_of(under, count, hashed, a2(under, request))
    return parameters(f"Digest {credentials(under, count, username, request.target, response)}")


@settings(max_examples=1000, deadline=None)
@given(terms(["", "MD5", "SHA-256", "SHA-512"], ["", "auth"]), TEXT, TEXT, METHODS, TARGETS, st.integers(0, 40))
def test_requests_computes_the_same(under, username, password, method, target, uses):
    oracle = HTTPDigestAuth(username, password)
    oracle.init_per_thread_state()
    said = {"realm": under.realm, "nonce": under.nonce, "opaque": under.opaque}
    oracle._thread_local.chal = said | {name: value for name in ("algorithm", "qop") if (value := getattr(under, name))}
    oracle._thread_local.last_nonce, oracle._thread_local.nonce_count = under.nonce, uses
    request = Request.of(method, f"http://example.org{target}")
    theirs = parameters(oracle.build_digest_header(method, request.url))
    mine = ours(under, Count(f"{uses + 1:08x}", theirs.get("cnonce", "")), username, password, request)
    assert {name: theirs[name] for name in ("response", "nonce", "uri", "opaque")} == {
        name: mine[name] for name in ("response", "nonce", "uri", "opaque")
    }
    assert theirs.get("nc") == mine.get("nc")


@settings(max_examples=1000, deadline=None)
@given(terms(["MD5", "MD5-sess", "SHA-256", "SHA-256-sess", "SHA-512", "SHA-512-sess"], ["auth"]), TEXT, TEXT, METHODS, TARGETS)
def test_httpx2_computes_the_same(under, username, password, method, target):
    request = Request.of(method, f"http://example.org{target}")
    flow = httpx2.DigestAuth(username, password).auth_flow(sent := httpx2.Request(method, "http://example.org/"))
    sent.url = _Raw(request.target)
    next(flow)
    challenge = (
        f'Digest realm="{under.realm}", nonce="{under.nonce}", algorithm={under.algorithm}, '
        f'qop="{under.qop}", opaque="{under.opaque}"'
    )
    response = httpx2.Response(401, headers=[(b"www-authenticate", challenge.encode())], request=sent)
    theirs = parameters(flow.send(response).headers["Authorization"])
    mine = ours(under, Count(theirs["nc"], theirs["cnonce"]), username, password, request)
    assert {name: theirs[name] for name in ("response", "uri", "qop")} == {
        name: mine[name] for name in ("response", "uri", "qop")
    }


class _Raw:
    """A URL whose target is taken as it is: httpx2 would write some characters in another way."""

    def __init__(self, target):
        self.raw_path = target.encode()
