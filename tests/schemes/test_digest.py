"""Digest access authentication, written as the screenplay of RFC 7616."""

import pytest
from tests.ambients import Remembering
from tests.playbook import Playbook

from authwright.errors import ChallengeError
from authwright.flow.commands import Await, Forward, Note
from authwright.message import Headers, Request, Response
from authwright.parameters import ParameterError
from authwright.schemes.digest import Digest
from authwright.secret import Secret
from authwright.wire.challenge import challenges

URL = "http://www.example.org/dir/index.html"
GET = Request.of("GET", URL, [("Accept", "*/*")])
UPLOAD = Request(
    "PUT", GET.origin, GET.target, Headers((("Host", "www.example.org"), ("Content-Length", "999999"))), streamed=True
)
PROBE = Request("HEAD", GET.origin, GET.target, Headers((("Host", "www.example.org"),)))


def remembering(cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"):
    """Gives *cnonce* as the client's nonce, and keeps the protection spaces."""
    return Remembering(chance=cnonce)


def mufasa(**parameters):
    return Digest(**{"username": "Mufasa", "password": Secret("Circle of Life")} | parameters)


def challenged(*values, status=401):
    return Response(status, Headers(tuple(("WWW-Authenticate", value) for value in values)))


def digest(nonce="n1", **more):
    pairs = {"realm": "http-auth@example.org", "nonce": nonce, "qop": "auth"} | more
    return "Digest " + ", ".join(f'{name}="{value}"' for name, value in pairs.items() if value is not None)


def presented(play):
    """The parameters of the credentials that the flow sends next."""
    request = play.asks().request
    [found] = challenges(request.headers, "Authorization")
    return found.parameters


def used(play):
    sent = presented(play)
    return sent["nonce"], sent["nc"]


def learned(ambient, challenge, request=GET, scheme=None):
    """A first request that was challenged and answered."""
    play = Playbook((scheme or mufasa()).authorize(request, ambient))
    play << Forward(request) >> challenged(challenge)
    presented(play)
    play >> Response(200)
    play.ends()


RFC = (
    'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm={}, '
    'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
)
MD5, SHA256 = "8ca523f5e9506fed4657c9700eebdbec", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"


@pytest.mark.parametrize(
    ("fields", "algorithm", "response"),
    [
        ((RFC.format("MD5"),), "MD5", MD5),
        ((RFC.format("SHA-256"), RFC.format("MD5")), "SHA-256", SHA256),
        ((RFC.format("MD5"), RFC.format("SHA-256")), "SHA-256", SHA256),
        (('Basic realm="x", ' + RFC.format("MD5") + ", Negotiate, " + RFC.format("SHA-256"),), "SHA-256", SHA256),
        ((RFC.format("MD5"), RFC.format("TIGER")), "MD5", MD5),
    ],
    ids=["one", "strongest first", "strongest last", "all in one field", "one that nobody knows"],
)
def test_the_strongest_challenge_of_rfc_7616_section_3_9_1_is_answered(fields, algorithm, response):
    play = Playbook(mufasa().authorize(GET, remembering()))
    play << Forward(GET) >> challenged(*fields)
    sent = presented(play)
    assert (sent["algorithm"], sent["response"], sent["nc"], sent["qop"]) == (algorithm, response, "00000001", "auth")
    play >> Response(200)
    play.ends()


def test_a_user_hash_and_a_name_in_utf8_are_those_of_rfc_7616_section_3_9_2_with_erratum_4897():
    fields = {
        "realm": "api@example.org",
        "algorithm": "SHA-512-256",
        "nonce": "5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK",
        "opaque": "HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS",
        "charset": "UTF-8",
    }
    request = Request.of("GET", "http://api.example.org/doe.json")
    scheme = mufasa(username="Jäsøn Doe", password=Secret("Secret, or not?"))
    ambient = remembering("NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v")
    play = Playbook(scheme.authorize(request, ambient))
    play << Forward(request) >> challenged(digest(**fields, userhash="true"))
    sent = presented(play)
    assert sent["username"] == "793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b"
    assert sent["response"] == "3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5"
    assert sent["userhash"] == "true"
    play = Playbook(scheme.authorize(request, remembering()))
    play << Forward(request) >> challenged(digest(**fields))
    sent = presented(play)
    assert ("username" in sent, sent["username*"]) == (False, "UTF-8''J%C3%A4s%C3%B8n%20Doe")


def test_the_notes_show_what_is_hashed_and_not_the_password():
    play = Playbook(mufasa().authorize(GET, remembering()))
    play << Forward(GET) >> challenged(RFC.format("MD5"))
    play << Note("A1", "Mufasa:http-auth@example.org:<password>") << Note("A2", "GET:/dir/index.html")


def test_only_the_first_request_of_a_protection_space_is_challenged():
    ambient = remembering()
    learned(ambient, digest())
    counts = []
    for _ in range(16):
        play = Playbook(mufasa().authorize(GET, ambient))
        counts.append(used(play))
        play >> Response(200)
        play.ends()
    assert counts == [("n1", f"{n:08x}") for n in range(2, 18)]


def test_who_needs_the_challenge_that_another_asks_for_waits_for_it():
    ambient = remembering()
    first, second = Playbook(mufasa().authorize(GET, ambient)), Playbook(mufasa().authorize(GET, ambient))
    first << Forward(GET)
    waiting = second.asks()
    assert (type(waiting), waiting.latch.over) == (Await, False)
    first >> challenged(digest())
    assert used(first) == ("n1", "00000001")
    assert waiting.latch.over
    assert used(second) == ("n1", "00000002")


def test_who_waited_for_a_request_that_went_away_asks_for_itself():
    ambient = remembering()
    flow, second = mufasa().authorize(GET, ambient), Playbook(mufasa().authorize(GET, ambient))
    next(flow)
    waiting = second.asks()
    flow.close()
    assert waiting.latch.over
    second << Forward(GET)


def test_where_nothing_is_asked_for_nobody_waits_any_more():
    ambient = remembering()
    play = Playbook(mufasa().authorize(GET, ambient))
    play << Forward(GET) >> Response(200)
    play.ends()
    for _ in range(2):
        Playbook(mufasa().authorize(GET, ambient)) << Forward(GET)


def test_a_nonce_that_is_stale_is_replaced_once_and_then_kept():
    ambient = remembering()
    learned(ambient, digest())
    play = Playbook(mufasa().authorize(GET, ambient))
    assert used(play) == ("n1", "00000002")
    play >> challenged(digest("n2", stale="true"))
    assert used(play) == ("n2", "00000001")
    play >> Response(200)
    play.ends()
    assert used(Playbook(mufasa().authorize(GET, ambient))) == ("n2", "00000002")


def test_a_request_that_learns_of_a_newer_nonce_takes_the_one_that_is_known_already():
    ambient = remembering()
    learned(ambient, digest())
    slow, fast = (Playbook(mufasa().authorize(GET, ambient)) for _ in range(2))
    assert [used(each)[0] for each in (slow, fast)] == ["n1", "n1"]
    fast >> challenged(digest("n2", stale="true"))
    assert used(fast) == ("n2", "00000001")
    slow >> challenged(digest("n3", stale="true"))
    assert used(slow) == ("n2", "00000002")


def test_a_wrong_password_is_tried_once_and_forgotten():
    ambient = remembering()
    play = Playbook(mufasa().authorize(GET, ambient))
    play << Forward(GET) >> challenged(digest())
    assert used(play) == ("n1", "00000001")
    play >> challenged(digest("n2"))
    play.ends()
    Playbook(mufasa().authorize(GET, ambient)) << Forward(GET)


def test_the_next_nonce_of_authentication_info_is_counted_anew():
    ambient = remembering()
    play = Playbook(mufasa().authorize(GET, ambient))
    play << Forward(GET) >> challenged(digest())
    presented(play)
    play >> Response(200, Headers((("Authentication-Info", 'qop=auth, nextnonce="n2"'),)))
    play.ends()
    assert used(Playbook(mufasa().authorize(GET, ambient))) == ("n2", "00000001")


def test_with_sess_the_client_nonce_and_the_challenges_nonce_stay():
    ambient = remembering("c1")
    play = Playbook(mufasa().authorize(GET, ambient))
    play << Forward(GET) >> challenged(digest(algorithm="SHA-256-sess"))
    presented(play)
    play >> Response(200, Headers((("Authentication-Info", 'nextnonce="n2"'),)))
    play.ends()
    ambient.chance = "c2"
    sent = presented(Playbook(mufasa().authorize(GET, ambient)))
    assert (sent["nonce"], sent["nc"], sent["cnonce"]) == ("n1", "00000002", "c1")


def test_an_upload_that_can_be_sent_once_is_preceded_by_a_head():
    play = Playbook(mufasa().authorize(UPLOAD, remembering()))
    play << Forward(PROBE) >> challenged(digest())
    sent = play.asks().request
    assert (sent.method, sent.streamed, "Authorization" in sent.headers) == ("PUT", True, True)
    play >> Response(201)
    play.ends()


@pytest.mark.parametrize("status", [200, 404, 405, 501])
def test_where_the_head_is_not_challenged_the_upload_goes_as_it_is_and_its_own_challenge_is_remembered(status):
    ambient = remembering()
    play = Playbook(mufasa().authorize(UPLOAD, ambient))
    play << Forward(PROBE) >> Response(status) << Forward(UPLOAD) >> challenged(digest())
    play.ends()
    assert used(Playbook(mufasa().authorize(UPLOAD, ambient))) == ("n1", "00000001")


@pytest.mark.parametrize("request_", [GET, UPLOAD], ids=["get", "upload"])
def test_without_retry_one_request_is_sent_and_the_next_one_knows(request_):
    ambient = remembering()
    play = Playbook(mufasa(retry=False).authorize(request_, ambient))
    play << Forward(request_) >> challenged(digest())
    play.ends()
    play = Playbook(mufasa(retry=False).authorize(request_, ambient))
    assert used(play) == ("n1", "00000001")
    play >> challenged(digest("n2"))
    play.ends()


def test_given_parameters_are_sent_as_given_and_no_challenge_is_asked_for():
    given = {"realm": "R", "nonce": "N", "opaque": "O", "qop": "auth", "nc": "0000000a", "cnonce": "C", "algorithm": "SHA-256"}
    ambient = remembering()
    for _ in range(2):
        play = Playbook(mufasa(**given).authorize(GET, ambient))
        assert given.items() <= presented(play).items()
        play >> challenged(digest("n2", stale="true"))
        play.ends()


def test_a_given_nonce_is_never_used_twice_with_one_count():
    ambient, counts = remembering(), []
    for _ in range(3):
        play = Playbook(mufasa(realm="R", nonce="N", qop="auth").authorize(GET, ambient))
        counts.append(used(play))
        play >> challenged(digest("n2"))
        play.ends()
    assert counts == [("N", "00000001"), ("N", "00000002"), ("N", "00000003")]


@pytest.mark.parametrize(
    ("parameters", "challenge"),
    [
        ({"algorithm": "SHA-256"}, digest(algorithm="MD5")),
        ({}, digest(algorithm="TIGER")),
        ({}, digest(qop="auth-conf")),
        ({}, 'Digest realm="x"'),
        ({}, digest(qop="auth-int")),
    ],
    ids=["a weaker algorithm", "an unknown algorithm", "an unknown quality", "no nonce", "a body to sign that is not read"],
)
def test_a_challenge_that_cannot_be_answered_is_an_error_and_nothing_is_downgraded(parameters, challenge):
    play = Playbook(mufasa(**parameters).authorize(GET, remembering()))
    play << Forward(GET) >> challenged(challenge)
    with pytest.raises(ChallengeError) as caught:
        play.asks()
    assert caught.value.hint


@pytest.mark.parametrize("answer", [challenged('Basic realm="x"', "Negotiate"), challenged(digest(), status=403), Response(407)])
def test_another_schemes_challenge_and_other_answers_are_the_clients(answer):
    play = Playbook(mufasa().authorize(GET, remembering()))
    play << Forward(GET) >> answer
    play.ends()


def test_each_realm_of_a_server_keeps_its_nonce():
    ambient = remembering()
    here, there = (Request.of("GET", f"http://www.example.org/{name}/x") for name in ("a", "b"))
    learned(ambient, digest("na", realm="a"), here)
    play = Playbook(mufasa().authorize(there, ambient))
    assert used(play)[0] == "na"
    play >> challenged(digest("nb", realm="b"))
    assert used(play)[0] == "nb"
    play >> Response(200)
    play.ends()
    assert [used(Playbook(mufasa().authorize(each, ambient)))[0] for each in (here, there, here)] == ["na", "nb", "na"]


def test_a_domain_bounds_a_protection_space():
    ambient = remembering()
    learned(ambient, digest(domain="/dir http://www.example.org/api/ https://elsewhere.example/ /with:colon"))
    answered = {}
    for path in ("/dir/other", "/api/v1", "/with:colon/x", "/", "/other"):
        asked = Playbook(mufasa().authorize(Request.of("GET", f"http://www.example.org{path}"), ambient)).asks()
        answered[path] = "Authorization" in asked.request.headers
    assert answered == {"/dir/other": True, "/api/v1": True, "/with:colon/x": True, "/": False, "/other": False}


def test_the_body_is_signed_where_the_credential_says_so():
    scheme = mufasa(qop="auth-int")
    post = Request.of("POST", URL, body=b"abc")
    assert (scheme.reads_body(post), mufasa().reads_body(post)) == (True, False)
    play = Playbook(scheme.authorize(post, remembering()))
    play << Forward(post) >> challenged(digest(qop="auth,auth-int"))
    (
        play
        << Note("A1", "Mufasa:http-auth@example.org:<password>")
        << Note("A2", "POST:/dir/index.html:900150983cd24fb0d6963f7d28e17f72")
    )


@pytest.mark.parametrize(("parameters", "name"), [({"username": ""}, "username"), ({"nc": "1"}, "nc")])
def test_parameters_that_cannot_work_are_found(parameters, name):
    with pytest.raises(ParameterError) as caught:
        mufasa(**parameters)
    assert caught.value.name == name
