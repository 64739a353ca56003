"""A jar's first cookies come from a file, or from a login; the token is only the jar's name."""

import pytest
from tests.ambients import NOON, Clock
from tests.playbook import Playbook

from authwright.flow.token import Token
from authwright.schemes.cookie_login import Login
from authwright.schemes.cookie_source import FromFile, FromLogin, jar_of
from authwright.secret import Secret
from authwright.wire.cookie_files import JarError

FILE = Secret("a.example\tFALSE\t/\tFALSE\t0\tsid\tfirst\n")
LEARNT = Token(Secret("old"), cookies=Secret('[{"name":"sid","value":"learnt","domain":"a.example","expires":null}]'))
LOGIN = Login(url="https://a.example/login", form={"username": "u"})


def cookies(token):
    return {one.name: one.value for one in jar_of(token).cookies}


@pytest.mark.parametrize(
    ("file", "previous", "expected"),
    [
        (FILE, None, {"sid": "first"}),
        (Secret(""), None, {}),
        (FILE, Token(Secret("old")), {"sid": "first"}),
        (FILE, LEARNT, {"sid": "learnt"}),
    ],
    ids=["a file", "an empty file", "a token without a jar", "a jar that has learnt"],
)
def test_a_jar_begins_with_the_file_and_keeps_what_it_has_learnt(file, previous, expected):
    token = Playbook(FromFile(scope="x", jar=file).obtain(previous, Clock(chance="new"))).ends()
    assert (cookies(token), token.access_token, token.obtained_at) == (expected, Secret("new"), NOON)


def test_a_file_that_is_no_jar_is_refused():
    with pytest.raises(JarError):
        Playbook(FromFile(scope="x", jar=Secret("no jar")).obtain(None, Clock())).ends()


@pytest.mark.parametrize(
    "other",
    [FromFile(scope="y", jar=FILE), FromFile(scope="x", jar=Secret("")), FromLogin(scope="x", jar=FILE, login=LOGIN, names=())],
)
def test_another_scope_file_or_source_is_another_jar(other):
    assert other.key != FromFile(scope="x", jar=FILE).key


def test_a_login_is_shown_by_its_url():
    assert FromLogin(scope="x", jar=FILE, login=LOGIN, names=()).authorization_server == "https://a.example/login"


def test_a_token_without_cookies_names_an_empty_jar():
    assert jar_of(Token(Secret("t"))).cookies == ()
