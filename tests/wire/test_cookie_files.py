"""Jars of other programs, and what is said of files that are none."""

import json
from datetime import UTC, datetime

import pytest

from authwright.wire.cookie_files import JarError, read_jar
from authwright.wire.set_cookie import StoredCookie

END = datetime(2030, 1, 1, tzinfo=UTC)
SID = StoredCookie("sid", "abc", "app.example.com", path="/", secure=True, http_only=True, expires=END)
ALL = StoredCookie("all", "1", "example.com", host_only=False)

NETSCAPE = """\
# Netscape HTTP Cookie File

#HttpOnly_app.example.com\tFALSE\t/\tTRUE\t1893456000\tsid\tabc
.example.com\tTRUE\t/\tFALSE\t0\tall\t1
"""
PLAYWRIGHT = {
    "origins": [],
    "cookies": [
        {
            "name": "sid",
            "value": "abc",
            "domain": "app.example.com",
            "path": "/",
            "expires": 1893456000,
            "httpOnly": True,
            "secure": True,
        },
        {"name": "all", "value": "1", "domain": ".example.com", "path": "/", "expires": -1, "httpOnly": False, "secure": False},
    ],
}
EXTENSION = [
    {
        "name": "sid",
        "value": "abc",
        "domain": "app.example.com",
        "hostOnly": True,
        "path": "/",
        "secure": True,
        "httpOnly": True,
        "expirationDate": 1893456000.0,
        "sameSite": "unspecified",
    },
    {"name": "all", "value": "1", "domain": ".example.com", "hostOnly": False, "path": "/", "session": True},
]
TOUGH_COOKIE = {
    "version": "tough-cookie@4.1.3",
    "cookies": [
        {
            "key": "sid",
            "value": "abc",
            "domain": "app.example.com",
            "path": "/",
            "secure": True,
            "httpOnly": True,
            "hostOnly": True,
            "expires": "2030-01-01T00:00:00.000Z",
        },
        {"key": "all", "value": "1", "domain": "example.com", "path": "/", "hostOnly": False, "expires": "Infinity"},
    ],
}


@pytest.mark.parametrize(
    "text",
    [NETSCAPE, json.dumps(PLAYWRIGHT), json.dumps(EXTENSION), json.dumps(TOUGH_COOKIE)],
    ids=["netscape", "playwright", "browser add-on", "tough-cookie"],
)
def test_each_format_is_read(text):
    assert read_jar(text).cookies == (SID, ALL)


def test_a_file_that_is_empty_is_an_empty_jar():
    assert read_jar("").cookies == ()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("app.example.com FALSE / TRUE 0 sid s3cr3t", "line 1 has 1 fields separated by tabs, and a cookie has 7"),
        ("# x\na b\tFALSE\t/\tTRUE\t0\tsid\ts3cr3t", "line 2 has a domain that is none"),
        ("a.example\tFALSE\t/\tTRUE\tsoon\tsid\ts3cr3t", "line 1 ends at a time that cannot be read"),
        ('[{"name": "sid", "value": "s3cr3t"}]', "cookie 1 has no domain"),
        ('{"a": 1}', "it holds no list of cookies"),
        ('["s3cr3t"]', "cookie 1 has no domain"),
        ('[{"s3cr3t": ', "it is not JSON: Expecting value in line 1"),
    ],
)
def test_a_file_that_is_none_is_explained_without_a_value(text, sentence):
    with pytest.raises(JarError) as caught:
        read_jar(text)
    assert str(caught.value) == sentence
