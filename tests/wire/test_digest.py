"""A1, A2 and the response are those of RFC 7616 section 3.9 and RFC 2617 section 3.5."""

import pytest

from authwright.message import Request
from authwright.wire.digest import HASHES, Count, Terms, a1, a2, base, credentials, is_sess, response_of, strength

GET = Request.of("GET", "http://www.example.org/dir/index.html")
POST = Request.of("POST", "http://www.example.org/dir/index.html", body=b"abc")
RFC_7616 = Terms(
    realm="http-auth@example.org",
    nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
    qop="auth",
    opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS",
)
RFC_2617 = Terms(realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", qop="auth")
FIRST = Count("00000001", "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ")


def with_algorithm(algorithm, terms=RFC_7616):
    return Terms(realm=terms.realm, nonce=terms.nonce, qop=terms.qop, opaque=terms.opaque, algorithm=algorithm)


@pytest.mark.parametrize(
    ("terms", "count", "password", "response"),
    [
        (with_algorithm("MD5"), FIRST, "Circle of Life", "8ca523f5e9506fed4657c9700eebdbec"),
        (
            with_algorithm("SHA-256"),
            FIRST,
            "Circle of Life",
            "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
        ),
        (RFC_2617, Count("00000001", "0a4f113b"), "Circle Of Life", "6629fae49393a05397450978507c4ef1"),
    ],
    ids=["RFC 7616 MD5", "RFC 7616 SHA-256", "RFC 2617"],
)
def test_the_response_is_the_published_one(terms, count, password, response):
    hashed = a1(terms, count, "Mufasa", password).hashed
    assert response_of(terms, count, hashed, a2(terms, GET)) == response


def test_a1_is_shown_without_the_password():
    assert a1(RFC_7616, FIRST, "Mufasa", "Circle of Life").shown == "Mufasa:http-auth@example.org:<password>"


def test_with_sess_a1_is_bound_to_both_nonces():
    sess = with_algorithm("MD5-sess")
    plain, bound = a1(RFC_7616, FIRST, "Mufasa", "p"), a1(sess, FIRST, "Mufasa", "p")
    assert bound.hashed == sess.hash(plain.hashed, sess.nonce, FIRST.cnonce)
    assert bound.shown == f"H({plain.shown}):{sess.nonce}:{FIRST.cnonce}"


def test_auth_int_protects_the_body():
    terms = Terms(realm="r", nonce="n", qop="auth-int")
    assert a2(terms, POST) == "POST:/dir/index.html:900150983cd24fb0d6963f7d28e17f72"  # RFC 1321's MD5 of abc
    assert a2(RFC_7616, POST) == "POST:/dir/index.html"


def test_without_qop_the_response_is_that_of_rfc_2069():
    terms = Terms(realm="r", nonce="n")
    assert response_of(terms, FIRST, "a1", "a2") == terms.hash("a1", "n", terms.hash("a2"))


def test_a_name_is_hashed_in_normalization_form_c_when_the_server_says_utf_8():
    composed, decomposed = "J\xe4s", "Ja\u0308s"
    utf8 = Terms(realm="r", nonce="n", utf8=True)
    assert a1(utf8, FIRST, composed, composed) == a1(utf8, FIRST, decomposed, decomposed)
    assert a1(RFC_7616, FIRST, composed, "p") != a1(RFC_7616, FIRST, decomposed, "p")


@pytest.mark.parametrize(
    ("terms", "username", "expected"),
    [
        (Terms(realm="r", nonce="n"), "u", 'username="u", realm="r", nonce="n", uri="/", response="x"'),
        (Terms(realm="r", nonce="n", opaque=""), "u", 'username="u", realm="r", nonce="n", uri="/", response="x", opaque=""'),
        (
            Terms(realm="r", nonce="n", qop="auth", algorithm="MD5"),
            'a"b',
            'username="a\\"b", realm="r", nonce="n", uri="/", response="x", algorithm=MD5, qop=auth, nc=00000001, cnonce="c"',
        ),
        (
            Terms(realm="r", nonce="n", algorithm="MD5-sess"),
            "u",
            'username="u", realm="r", nonce="n", uri="/", response="x", algorithm=MD5-sess, cnonce="c"',
        ),
        (
            Terms(realm="r", nonce="n", utf8=True),
            "J\xe4s",
            'username*=UTF-8\'\'J%C3%A4s, realm="r", nonce="n", uri="/", response="x"',
        ),
    ],
    ids=["RFC 2069", "an empty opaque", "qop", "sess without qop", "a name outside ASCII"],
)
def test_the_parameters_are_written_as_servers_read_them(terms, username, expected):
    assert credentials(terms, Count("00000001", "c"), username, "/", "x") == expected


def test_algorithms_are_ranked_by_strength_and_an_unknown_one_is_below_all():
    assert [strength(name) for name in ("TIGER", *HASHES)] == [-1, 0, 1, 2, 3]
    assert (base("sha-256-SESS"), base(""), is_sess("MD5-sess"), is_sess("MD5")) == ("SHA-256", "MD5", True, False)
