"""Our jar against tough-cookie, the one that newman and jsdom use: 1000 jars, and what each sends where.

Two things are left out: an attribute that stands there twice, once without a usable value (RFC 6265bis lets the last
count, tough-cookie the last usable one), and plain http that covers a secure cookie, which tough-cookie allows.
"""

import json
import random
import subprocess

import pytest
from tests.ambients import NOON
from tests.live.needs import CACHE, program

from authwright.message import Request
from authwright.wire.cookie_jar import Jar

pytestmark = pytest.mark.live

HOSTS = (
    "app.example.co.uk",
    "www.app.example.co.uk",
    "example.co.uk",
    "example.com",
    "me.github.io",
    "xn--bcher-kva.example.com",
)
PATHS = ("/", "/a", "/a/", "/a/b", "/a/b/c", "/ab", "/a%2Fb")
NAMES = ("sid", "a", "__Secure-b", "__Host-c")
ATTRIBUTES = (
    "Path=/",
    "Path=/a",
    "Path=/a/",
    "Path=a",
    "Path=",
    "Domain=example.co.uk",
    "Domain=.example.co.uk",
    "Domain=EXAMPLE.co.uk",
    "Domain=co.uk",
    "Domain=github.io",
    "Domain=app.example.co.uk",
    "Domain=other.com",
    "Domain=",
    "Secure",
    "HttpOnly",
    "SameSite=Strict",
    "SameSite=Lax",
    "Max-Age=1000000",
    "Max-Age=0",
    "Max-Age=-1",
    "Max-Age=x",
    "Expires=Wed, 09 Jun 2021 10:18:14 GMT",
    "Expires=Tue, 09-Jun-2099 10:18:14 GMT",
    "Expires=whenever",
    "Odd=1",
)


def cases(count):
    chance = random.Random(6265)

    def url():
        return f"{chance.choice(('http', 'https'))}://{chance.choice(HOSTS)}{chance.choice(PATHS)}"

    def set_cookie(number):
        attributes = {text.partition("=")[0]: text for text in chance.sample(ATTRIBUTES, chance.randrange(4))}
        return "; ".join([f"{chance.choice(NAMES)}={number}", *attributes.values()])

    def plain_apart(where, text):
        return where, f"plain-{text}" if where.startswith("http:") else text

    return [
        ([plain_apart(url(), set_cookie(number)) for number in range(chance.randrange(1, 8))], [url() for _ in range(4)])
        for _ in range(count)
    ]


def ours(given, urls):
    jar = Jar()
    for url, text in given:
        jar = jar.after([text], Request.of("GET", url), NOON)
    return ["; ".join(f"{one.name}={one.value}" for one in jar.for_request(Request.of("GET", url), NOON)) for url in urls]


def test_both_jars_send_the_same(installed):
    generated = cases(1000)
    argv = [program("node"), "--input-type=module", "-e", (CACHE.parent / "tough_cookie.mjs").read_text()]
    done = subprocess.run(argv, input=json.dumps(generated).encode(), capture_output=True, cwd=CACHE, timeout=60, check=True)
    theirs = json.loads(done.stdout)
    different = [(case, mine, other) for case, other in zip(generated, theirs, strict=True) if (mine := ours(*case)) != other]
    sent = sum(bool(text) for answers in theirs for text in answers)
    assert (different[:3], sent > 500) == ([], True)
