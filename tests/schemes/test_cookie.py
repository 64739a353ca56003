"""Cookies of a jar, written as what happens between a client, the jar and a server."""

from datetime import timedelta

import pytest
from tests.ambients import NOON, Clock
from tests.playbook import Playbook

from authwright.errors import InteractionRequired
from authwright.flow.commands import Amend, Forward, GetToken
from authwright.flow.token import Token
from authwright.message import Request, Response
from authwright.parameters import ParameterError
from authwright.schemes.cookie import Cookie, RenewOn
from authwright.schemes.cookie_login import Login
from authwright.schemes.cookie_source import FromFile, FromLogin, jar_of
from authwright.secret import Secret
from authwright.wire.cookie_jar import Jar

URL = "https://app.example.com/orders"
GET = Request.of("GET", URL)
LOGIN = Login(url="https://app.example.com/login", form={"user": "me", "password": "s3cr3t"})
NETSCAPE = Secret("app.example.com\tFALSE\t/\tTRUE\t0\tsid\tfiled\n")


class Scoped(Clock):
    scope = "dev\nrule\napp"


def holding(*set_cookies, name="first"):
    jar = Jar().after(set_cookies, GET, NOON)
    return Token(Secret(name), obtained_at=NOON, cookies=Secret(jar.to_json()))


def answer(status=200, *set_cookies, location=None):
    fields = [("Set-Cookie", text) for text in set_cookies] + ([("Location", location)] if location else [])
    return Response(status, Response(status).headers.of(fields))


def play(scheme, request=GET):
    source = (
        FromFile(scope=Scoped.scope, jar=scheme.jar)
        if scheme.login is None
        else FromLogin(scope=Scoped.scope, jar=scheme.jar, login=scheme.login, names=scheme.names)
    )
    return Playbook(scheme.authorize(request, Scoped())), source


def with_cookies(text):
    return GET.with_header("Cookie", text)


def test_what_the_jar_has_goes_along_longest_path_first():
    playing, source = play(Cookie())
    playing << GetToken(source) >> holding("a=1; Path=/", "b=2; Path=/orders") << Forward(with_cookies("b=2; a=1")) >> answer()
    playing.ends()


def test_the_clients_other_cookies_stay_and_its_own_of_the_same_name_goes():
    request = GET.with_header("Cookie", "theme=dark; sid=own")
    playing, source = play(Cookie(), request)
    playing << GetToken(source) >> holding("sid=jar; Path=/") << Forward(with_cookies("theme=dark; sid=jar")) >> answer()
    playing.ends()


def test_what_an_answer_sets_goes_into_the_jar():
    playing, source = play(Cookie())
    held = holding("sid=1; Path=/")
    playing << GetToken(source) >> held << Forward(with_cookies("sid=1")) >> answer(200, "sid=2; Path=/", "new=3; Path=/")
    asked = playing.asks()
    assert (type(asked), asked.grant) == (Amend, source)
    changed = asked.change(held)
    assert [one.value for one in jar_of(changed).cookies] == ["2", "3"]
    assert changed.access_token == held.access_token
    assert asked.change(changed) is changed
    playing.ends()


def test_without_learn_nothing_is_kept():
    playing, source = play(Cookie(learn=False))
    playing << GetToken(source) >> holding("sid=1; Path=/") << Forward(with_cookies("sid=1")) >> answer(200, "sid=2")
    playing.ends()


def test_an_empty_jar_is_read_again_and_the_request_then_refused():
    playing, source = play(Cookie(names=("sid",)))
    empty = holding("other=1; Path=/")
    playing << GetToken(source) >> empty << GetToken(source, rejected=empty) >> empty
    with pytest.raises(InteractionRequired, match=r"no cookie sid for https://app\.example\.com/orders"):
        playing.asks()


def test_an_empty_jar_may_let_somebody_sign_in_through_the_proxy():
    playing, source = play(Cookie(when_empty="pass"))
    empty = holding()
    playing << GetToken(source) >> empty << GetToken(source, rejected=empty) >> empty << Forward(GET) >> answer(200, "sid=1")
    assert type(playing.asks()) is Amend


@pytest.mark.parametrize(
    "ended",
    [answer(401), answer(302, location="/login?next=/orders"), answer(303, location="https://app.example.com/login")],
    ids=["401", "redirect to the login", "redirect with a whole URL"],
)
def test_a_session_that_has_ended_is_renewed_once(ended):
    playing, source = play(Cookie(login=LOGIN))
    old, new = holding("sid=old; Path=/"), holding("sid=new; Path=/", name="second")
    playing << GetToken(source) >> old << Forward(with_cookies("sid=old")) >> ended
    playing << GetToken(source, rejected=old) >> new << Forward(with_cookies("sid=new")) >> ended
    playing.ends()


@pytest.mark.parametrize("status", [200, 304, 403, 500])
def test_other_answers_cost_no_login(status):
    playing, source = play(Cookie(login=LOGIN))
    playing << GetToken(source) >> holding("sid=1; Path=/") << Forward(with_cookies("sid=1")) >> answer(status)
    playing.ends()


@pytest.mark.parametrize(
    ("renew_on", "response", "ended"),
    [
        (RenewOn(status=("419", "302")), answer(302, location="/elsewhere"), True),
        (RenewOn(status=("419",)), answer(401), False),
        (RenewOn(redirect=("/account/*",)), answer(302, location="/account/signin"), True),
        (RenewOn(redirect=("/account/*",)), answer(302, location="/login"), False),
        (RenewOn(redirect=("https://sso.example.com/*",)), answer(302, location="https://sso.example.com/auth?x=1"), True),
        (RenewOn(), answer(302), False),
        (RenewOn(), answer(200, location="/login"), False),
    ],
)
def test_which_answers_end_a_session_is_for_the_user_to_say(renew_on, response, ended):
    assert renew_on.says_ended(GET, response, "/login") is ended


def test_a_session_whose_end_is_known_is_renewed_before_it_is_used():
    playing, source = play(Cookie(login=LOGIN, names=("sid",)))
    ended = Token(Secret("first"), cookies=Secret(Jar().after(["sid=1; Max-Age=60"], GET, NOON - timedelta(minutes=2)).to_json()))
    playing << GetToken(source) >> ended << GetToken(source, rejected=ended) >> holding("sid=2; Path=/", name="second")
    playing << Forward(with_cookies("sid=2")) >> answer()
    playing.ends()


def test_a_file_begins_the_jar_and_what_was_learnt_outlives_it():
    source = FromFile(scope="s", jar=NETSCAPE)
    first = Playbook(source.obtain(None, Clock())).ends()
    learnt = holding("sid=learnt; Path=/")
    again = Playbook(source.obtain(learnt, Clock())).ends()
    assert [one.value for token in (first, again) for one in jar_of(token).cookies] == ["filed", "learnt"]


def test_jars_of_other_environments_rules_and_files_are_others():
    keys = {FromFile(scope=scope, jar=jar).key for scope in ("dev", "prod") for jar in (NETSCAPE, Secret(""))}
    assert len(keys) == 4


@pytest.mark.parametrize(
    ("parameters", "name"),
    [
        ({"jar": Secret("s3cr3t")}, "jar"),
        ({"login": LOGIN, "when_empty": "pass"}, "when_empty"),
    ],
)
def test_parameters_that_cannot_be_are_named(parameters, name):
    with pytest.raises(ParameterError) as caught:
        Cookie(**parameters)
    assert (caught.value.name, "s3cr3t" in caught.value.message) == (name, False)


@pytest.mark.parametrize("status", ["abc", "200", "1000"])
def test_a_status_that_is_none_is_refused(status):
    with pytest.raises(ParameterError):
        RenewOn(status=(status,))
