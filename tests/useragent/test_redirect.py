"""What may reach the redirect URI: the one answer, brought by a person's own browser, and nothing else."""

import pytest

from authwright.useragent.redirect import ANOTHER_SIGN_IN, Accepted, Came, Expected, Refused, Relay, ReturnedWithout, judge, read

HOST = "127.0.0.1:4000"
QUERY = Expected(frozenset((HOST,)), "/callback", "st4te")
FRAGMENT = Expected(frozenset((HOST,)), "/callback", "st4te", "fragment")
ANSWER = "code=c%201&state=st4te"
NAVIGATED = {"host": HOST, "sec-fetch-mode": "navigate", "sec-fetch-dest": "document", "sec-fetch-site": "cross-site"}
POSTED = {"host": HOST, "origin": f"http://{HOST}", "content-type": "application/x-www-form-urlencoded;charset=UTF-8"}


def get(target, **headers):
    return Came("GET", target, {**NAVIGATED, **headers})


def post(body, **headers):
    return Came("POST", "/callback", {**POSTED, **headers}, body.encode())


@pytest.mark.parametrize("headers", [NAVIGATED, {"host": HOST}], ids=["a browser", "an older browser"])
def test_the_answer_is_taken(headers):
    came = Came("GET", f"/callback?{ANSWER}", headers)
    assert judge(QUERY, came) == Accepted({"code": "c 1", "state": "st4te"})


REFUSED = {
    "rebound by a name of the attacker's": (421, get(f"/callback?{ANSWER}", host="rebound.example:4000")),
    "another name of this machine": (421, get(f"/callback?{ANSWER}", host="localhost:4000")),
    "another port": (421, get(f"/callback?{ANSWER}", host="127.0.0.1:4001")),
    "no port": (421, get(f"/callback?{ANSWER}", host="127.0.0.1")),
    "no name": (421, Came("GET", f"/callback?{ANSWER}", {})),
    "another path": (404, get(f"/favicon.ico?{ANSWER}")),
    "a path that only begins so": (404, get(f"/callback/?{ANSWER}")),
    "an absolute target": (404, get(f"http://{HOST}/callback?{ANSWER}")),
    "a script's fetch": (403, get(f"/callback?{ANSWER}", **{"sec-fetch-mode": "cors"})),
    "a script's blind fetch": (403, get(f"/callback?{ANSWER}", **{"sec-fetch-mode": "no-cors"})),
    "an image": (403, get(f"/callback?{ANSWER}", **{"sec-fetch-mode": "no-cors", "sec-fetch-dest": "image"})),
    "a frame": (403, get(f"/callback?{ANSWER}", **{"sec-fetch-dest": "iframe"})),
    "no state": (400, get("/callback?code=c")),
    "another state": (400, get("/callback?code=c&state=guessed")),
    "a state that only begins so": (400, get("/callback?code=c&state=st4te1")),
    "the state twice": (400, get(f"/callback?{ANSWER}&state=st4te")),
    "the code twice": (400, get(f"/callback?{ANSWER}&code=other")),
    "bytes that are no text": (400, get(f"/callback?{ANSWER}&x=%ff")),
    "more parameters than any server sends": (400, get("/callback?" + "&".join(f"p{n}=1" for n in range(60)) + f"&{ANSWER}")),
    "a post": (405, post(ANSWER)),
    "a head": (405, Came("HEAD", f"/callback?{ANSWER}", NAVIGATED)),
    "a preflight": (405, Came("OPTIONS", "/callback", {"host": HOST, "origin": "https://evil.example"})),
}


@pytest.mark.parametrize("name", REFUSED)
def test_everything_else_is_refused(name):
    status, came = REFUSED[name]
    verdict = judge(QUERY, came)
    assert isinstance(verdict, Refused), verdict
    assert verdict.status == status


@pytest.mark.parametrize("name", REFUSED)
def test_a_refusal_repeats_nothing_that_came(name):
    _, came = REFUSED[name]
    sentence = judge(QUERY, came).sentence
    assert not [word for word in ("st4te", "c%201", "evil", "rebound", "guessed", "4001") if word in sentence]


def test_whoever_comes_without_an_answer_wants_to_know_how_it_went():
    assert judge(QUERY, get("/callback")) == ReturnedWithout()


def test_a_fragment_needs_our_page_which_posts_it():
    assert judge(FRAGMENT, get("/callback")) == Relay()
    assert judge(FRAGMENT, post("access_token=t&state=st4te")) == Accepted({"access_token": "t", "state": "st4te"})
    assert judge(FRAGMENT, post("access_token=t&state=st4te", **{"sec-fetch-site": "same-origin"})).parameters["state"] == "st4te"


def test_a_server_may_put_its_refusal_into_the_query_all_the_same():
    came = get("/callback?error=access_denied&state=st4te")
    assert judge(FRAGMENT, came) == Accepted({"error": "access_denied", "state": "st4te"})


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (403, {"origin": "https://evil.example"}),
        (403, {"origin": "null"}),
        (403, {"origin": f"https://{HOST}"}),
        (403, {"origin": "http://127.0.0.1:4001"}),
        (403, {"origin": HOST}),
        (403, {"sec-fetch-site": "cross-site"}),
        (403, {"sec-fetch-site": "same-site"}),
        (400, {"content-type": "text/plain"}),
        (421, {"host": "rebound.example", "origin": "http://rebound.example"}),
    ],
)
def test_no_other_page_can_post(status, headers):
    assert judge(FRAGMENT, post("access_token=t&state=st4te", **headers)).status == status


def test_a_post_without_an_origin_is_no_page_of_ours():
    headers = {name: value for name, value in POSTED.items() if name != "origin"}
    assert judge(FRAGMENT, Came("POST", "/callback", headers, b"access_token=t&state=st4te")).status == 403


def test_a_posted_answer_is_read_as_strictly():
    assert judge(FRAGMENT, post("access_token=t&state=other")) == ANOTHER_SIGN_IN
    assert judge(FRAGMENT, post("access_token=tü&state=st4te")).status == 400


def test_a_pasted_answer_is_read_as_strictly():
    assert read("st4te", ANSWER) == Accepted({"code": "c 1", "state": "st4te"})
    assert read("st4te", "code=c") == ANOTHER_SIGN_IN
