"""The choice among Digest challenges: the strongest usable one, and never less than the configuration asks for."""

import pytest

from authwright.errors import ChallengeError
from authwright.message import Headers, Request, Response
from authwright.wire.digest_offer import Given, offer

GET = Request.of("GET", "https://a.example/dir/x")
NOTHING = Given()


def challenged(*values, status=401):
    return Response(status, Headers(tuple(("WWW-Authenticate", value) for value in values)))


def digest(**more):
    return "Digest " + ", ".join(f'{name}="{value}"' for name, value in ({"realm": "r", "nonce": "n"} | more).items())


@pytest.mark.parametrize(
    ("response", "algorithm"),
    [
        (challenged(digest()), ""),
        (challenged(digest(algorithm="MD5"), digest(algorithm="SHA-256")), "SHA-256"),
        (challenged(digest(algorithm="SHA-256-sess"), digest(algorithm="MD5")), "SHA-256-sess"),
        (challenged("Basic realm=x", digest(algorithm="TIGER"), digest(algorithm="MD5")), "MD5"),
    ],
    ids=["no algorithm", "the strongest", "in any order", "not the unknown one"],
)
def test_the_strongest_known_challenge_is_taken(response, algorithm):
    assert offer(GET, response, NOTHING).terms.algorithm == algorithm


@pytest.mark.parametrize("response", [challenged(digest(), status=403), challenged("Basic realm=x"), Response(401)])
def test_another_status_or_another_scheme_offers_nothing(response):
    assert offer(GET, response, NOTHING) is None


@pytest.mark.parametrize(
    ("given", "challenge"),
    [
        (Given(algorithm="SHA-256"), digest(algorithm="MD5")),
        (NOTHING, digest(algorithm="TIGER")),
        (NOTHING, digest(qop="auth-conf")),
        (NOTHING, 'Digest realm="r"'),
        (NOTHING, 'Digest nonce="n"'),
    ],
    ids=["a weaker algorithm", "an unknown algorithm", "an unknown qop", "no nonce", "no realm"],
)
def test_a_challenge_that_cannot_be_answered_is_an_error_with_a_hint(given, challenge):
    with pytest.raises(ChallengeError) as caught:
        offer(GET, challenged(challenge), given)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("said", "qop"),
    [("auth", "auth"), ("auth-int", "auth-int"), ("auth-int, AUTH", "auth"), ("auth-conf,auth", "auth"), ("", "")],
)
def test_the_body_is_signed_only_when_nothing_else_is_offered(said, qop):
    assert offer(GET, challenged(digest(qop=said)), NOTHING).terms.qop == qop


def test_the_configuration_overrides_the_challenge():
    given = Given(realm="R", nonce="N", qop="auth-int", opaque="O")
    terms = offer(GET, challenged(digest(qop="auth", opaque="o")), given).terms
    assert (terms.realm, terms.nonce, terms.qop, terms.opaque) == ("R", "N", "auth-int", "O")


@pytest.mark.parametrize(
    ("given", "complete"), [(Given(realm="R", nonce="N"), True), (Given(realm="R"), False), (Given(nonce="N"), False)]
)
def test_terms_without_a_challenge_need_realm_and_nonce(given, complete):
    assert (given.terms is not None) == complete


@pytest.mark.parametrize(
    ("domain", "roots"),
    [
        (None, ("/",)),
        ("/api /other/", ("/api", "/other/")),
        ("https://a.example/x https://b.example/y", ("/x",)),
        ("https://b.example/y", ()),
        ("http://a.example/plain", ()),
        ("http://[broken", ()),
    ],
    ids=["none", "paths", "another origin is left out", "only another origin", "another scheme", "no URL"],
)
def test_a_domain_covers_only_its_own_origin(domain, roots):
    more = {} if domain is None else {"domain": domain}
    assert offer(GET, challenged(digest(**more)), NOTHING).roots == roots


@pytest.mark.parametrize(("stale", "expected"), [("true", True), ("TRUE", True), ("false", False), ("1", False)])
def test_stale_is_the_word_true(stale, expected):
    assert offer(GET, challenged(digest(stale=stale)), NOTHING).stale is expected
