"""Two spellings of one target compare equal, two targets never."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authwright.errors import RequestError
from authwright.origin import Origin, canonical_host, parse_authority, without_userinfo


@pytest.mark.parametrize(
    ("spelt", "canonical"),
    [
        ("API.Example.COM", "api.example.com"),
        ("api.example.com.", "api.example.com"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("BÜCHER.example", "xn--bcher-kva.example"),
        ("faß.example", "xn--fa-hia.example"),
        ("api。example。com", "api.example.com"),
        ("_dmarc.example.com", "_dmarc.example.com"),
        ("127.0.0.1", "127.0.0.1"),
        ("127.1", "127.0.0.1"),
        ("2130706433", "127.0.0.1"),
        ("0x7f.0.0.1", "127.0.0.1"),
        ("0177.0.0.1", "127.0.0.1"),
        ("²", "0.0.0.2"),
        ("①②⑦.0.0.1", "127.0.0.1"),
        ("１２７。１", "127.0.0.1"),
        ("[::1]", "::1"),
        ("::1", "::1"),
        ("[0:0:0:0:0:0:0:1]", "::1"),
        ("[2001:DB8::0001]", "2001:db8::1"),
        ("[::ffff:127.0.0.1]", "127.0.0.1"),
        ("[::ffff:7f00:1]", "127.0.0.1"),
        ("localhost", "localhost"),
    ],
)
def test_a_host_has_one_form(spelt, canonical):
    assert canonical_host(spelt) == canonical


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "a..b",
        ".example.com",
        "-a.example",
        "a-.example",
        "api.example.com..",
        "a b",
        "a\tb",
        "a\x00b",
        "a/b",
        "a\\b",
        "a@b",
        "a%2eb",
        "%61pi.example.com",
        "api.example.com#",
        "256.0.0.1",
        "1.2.3.4.5",
        "0x.example.1",
        "999999999999",
        "[::1",
        "::1]",
        "[127.0.0.1]",
        "[::1%eth0]",
        "fe80::1%eth0",
        "x" * 64 + ".example",
        "x." * 130,
        "\u202eexample.com",
    ],
)
def test_what_is_no_host_is_refused(text):
    with pytest.raises(RequestError) as caught:
        canonical_host(text)
    assert caught.value.code == "malformed_target"


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("api.example.com", ("api.example.com", None)),
        ("API.example.com.:443", ("api.example.com", 443)),
        ("[::1]:8080", ("::1", 8080)),
        ("localhost:1", ("localhost", 1)),
    ],
)
def test_an_authority_is_host_and_port(text, parts):
    assert parse_authority(text) == parts


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a:",
        "a:0",
        "a:65536",
        "a:-1",
        "a:+80",
        "a:８0",
        "u@a",
        "u:p@a",
        "a,b",
        "a b",
        "a:80:80",
        "::1",
        "[::1]x",
        "a/",
        "a?b",
        "a#b",
    ],
)
def test_what_is_no_authority_is_refused(text):
    with pytest.raises(RequestError):
        parse_authority(text)


@given(st.text(max_size=40))
def test_a_canonical_host_is_a_fixed_point(text):
    try:
        once = canonical_host(text)
    except RequestError:
        return
    assert canonical_host(once) == once


@pytest.mark.parametrize(
    ("origin", "text"),
    [
        (Origin("https", "a.example", 443), "https://a.example"),
        (Origin("http", "a.example", 443), "http://a.example:443"),
        (Origin("https", "::1", 8443), "https://[::1]:8443"),
    ],
)
def test_an_origin_shows_its_port_where_it_is_not_the_default(origin, text):
    assert str(origin) == text


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("localhost", True),
        ("api.localhost", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("10.0.0.1", False),
        ("localhost.example", False),
        ("0.0.0.0", False),
    ],
)
def test_loopback_is_this_machine(host, loopback):
    assert Origin("http", host, 80).is_loopback is loopback


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("http://user:canary@host/x?y=1", "http://<hidden>@host/x?y=1"),
        ("http://canary@host", "http://<hidden>@host"),
        ("user:canary@host:80", "<hidden>@host:80"),
        ("user:canary@second:canary@host", "<hidden>@host"),
        ("upstream:http://user:canary@host:3128", "upstream:http://<hidden>@host:3128"),
        ("user:canary\uff20host", "<hidden>@host"),
        ("canary\ufe6bhost", "<hidden>@host"),
        ("user:canary", "user:<hidden>"),
        ("http://user:canary", "http://user:<hidden>"),
        ("http://user:ca/nary@host/", "http://<hidden>@host/"),
        ("ftp://user:canary@host/", "ftp://<hidden>@host/"),
        ("host:80", "host:80"),
        ("host:", "host:"),
        ("http://host:80/a:b", "http://host:80/a:b"),
        ("[::1]:80", "[::1]:80"),
        ("::1", "::1"),
        ("host", "host"),
        ("", ""),
    ],
)
def test_user_information_is_not_shown(text, expected):
    assert without_userinfo(text) == expected


@pytest.mark.parametrize(
    "text", ["user:canary@host", "canary@host:80", "user:canary\uff20host", "user:canary", "canary\ufe6bhost"]
)
def test_no_sentence_about_an_authority_quotes_user_information(text):
    with pytest.raises(RequestError) as caught:
        parse_authority(text)
    assert "canary" not in caught.value.message + caught.value.hint
