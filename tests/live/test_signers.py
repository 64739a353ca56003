"""Signed requests through the real proxy to servers that verify them with libraries that others wrote."""

import json

import pytest
import requests
from tests.live import proxies, signers
from tests.live.signers import METHODS, PLACEMENTS

pytestmark = pytest.mark.live

FORM = "application/x-www-form-urlencoded"
SHAPES = {
    "GET": ("GET", {}, b""),
    "POST form": ("POST", {"Content-Type": FORM}, b"a=1&b=hello%20world&b=hello+again&c=%3D%26&d&e=%C3%A9"),
    "POST JSON": ("POST", {"Content-Type": "application/json"}, '{"é": [1, 2]}'.encode()),
}
QUERY = "?z=1&a=2&a=1&empty=&flag&sp=a+b&pct=%2B%26%3D&u=%E2%82%AC&~=t~"


@pytest.fixture(scope="module")
def ground(installed, tmp_path_factory):
    """The servers, and a proxy that signs for them."""
    folders = [tmp_path_factory.mktemp(name) for name in ("keys", "hawk", "verifiers", "proxy")]
    keys = signers.keys(folders[0])
    with (
        signers.hawk(folders[1]) as hawk,
        signers.verifiers(folders[2], keys.public) as verifier,
        proxies.running(folders[3], signers.configuration(hawk, verifier, keys.private)) as proxy,
    ):
        yield hawk, verifier, proxy


@pytest.fixture
def hawk(ground):
    return ground[0]


@pytest.fixture
def verifier(ground):
    return ground[1]


@pytest.fixture
def send(ground):
    """Sends one request through the proxy, by a client that knows nothing of signatures."""
    with requests.Session() as session:
        session.trust_env = False
        session.proxies = {"http": f"http://{ground[2].address}"}

        def sent(method, url, headers=None, body=b""):
            return session.request(method, url, headers=headers, data=body, timeout=20)

        yield sent


def seen(server, path):
    """How often *server* answered *path*, and with what."""
    return [entry.rpartition(" ")[2] for entry in server.log() if entry.split()[1] == path]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("placement", PLACEMENTS)
@pytest.mark.parametrize("method", METHODS)
def test_oauthlib_takes_every_method_in_every_place_for_every_kind_of_body(send, verifier, method, placement, shape):
    verb, headers, body = SHAPES[shape]
    path = f"/oauth1/{method}/{placement}/{verb}"
    answer = send(verb, f"{verifier.url}{path}{QUERY}", headers, body)
    assert (answer.status_code, answer.headers.get("Authwright-Error")) == (200, None)
    added = placement == "body" and shape == "POST form"
    assert (answer.json()["length"] > len(body)) is added


@pytest.mark.parametrize("placement", PLACEMENTS)
@pytest.mark.parametrize("method", METHODS)
def test_another_secret_ends_in_the_providers_own_answer_once(send, verifier, method, placement):
    path = f"/oauth1/{method}/{placement}/wrong"
    answer = send("GET", verifier.url + path)
    assert (answer.status_code, answer.headers.get("Authwright-Error"), seen(verifier, path)) == (401, None, ["401"])


@pytest.mark.parametrize(
    ("method", "body", "headers"),
    [
        ("GET", b"", {}),
        ("POST", b"data", {"X-Test1": '"  a   b "', "X-Test2": "2"}),
        ("POST", b"d" * 10_000, {}),
        ("POST", b"", {}),
        ("PUT", b"not signed", {"X-Test2": "2"}),
    ],
)
def test_akamais_own_code_computes_the_same_signature(send, verifier, method, body, headers):
    answer = send(method, f"{verifier.url}/edgegrid/configs/111;222;333?from=12345&limit=200000", headers, body)
    assert (answer.status_code, answer.json()) == (200, {"length": len(body)})


@pytest.mark.parametrize("path", ["/jwt/header", "/jwt/query", "/asap/orders"])
def test_pyjwt_takes_the_tokens(send, verifier, path):
    assert [send("GET", verifier.url + path).status_code for _ in range(2)] == [200, 200]


@pytest.mark.parametrize("path", ["/edgegrid/wrong", "/asap/wrong"])
def test_what_proves_nothing_ends_in_the_servers_own_answer_once(send, verifier, path):
    answer = send("GET", verifier.url + path)
    assert (answer.status_code, answer.headers.get("Authwright-Error"), seen(verifier, path)) == (401, None, ["401"])


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "HEAD"])
@pytest.mark.parametrize("path", ["/things/a%20b?b=1&a=2&a=1&c=%C3%A9", "/"])
def test_hawk_takes_the_code(send, hawk, method, path):
    answer = send(method, hawk.url + path, {"Content-Type": "text/plain"}, b"" if method in ("GET", "HEAD") else b"not signed")
    assert answer.status_code == 200
    assert "Server-Authorization" in answer.headers


@pytest.mark.parametrize(("path", "name"), [("/payload/x", "id1"), ("/sha1/x", "id2")])
@pytest.mark.parametrize("body", [b"", b"Thank you for flying Hawk", bytes(range(256)) * 300])
def test_hawk_takes_the_payload_hash_and_what_goes_with_it(send, hawk, path, name, body):
    answer = send("POST", hawk.url + path, {"Content-Type": "Text/Plain; charset=utf-8"}, body).json()
    more = {"ext": "some-app-ext-data", "app": "app-id", "dlg": "dlg-id"} if name == "id1" else {}
    assert answer == {"id": name, "hash": answer["hash"], "length": len(body), **more}


def test_a_clock_that_is_two_hours_off_is_corrected_once(send, hawk):
    answers = [send("POST", f"{hawk.url}/ahead/{index}", body=b"x").status_code for index in range(3)]
    counts = [len(seen(hawk, f"/ahead/{index}")) for index in range(3)]
    # What is learnt belongs to the server: its other paths, whose clock is right, cost one more correction.
    assert (answers, counts) == ([200, 200, 200], [2, 1, 1])
    assert send("GET", f"{hawk.url}/after").status_code == 200
    assert seen(hawk, "/after") == ["401", "200"]


def test_a_nonce_counts_once(send, hawk):
    """With time and nonce of the rule's own: hawk takes the first request, and its answer to the next is the client's."""
    assert [send("GET", f"{hawk.url}/stuck/x").status_code for _ in range(3)] == [200, 401, 401]


def test_a_body_in_chunks_is_hashed_whole(send, hawk):
    answer = send("POST", f"{hawk.url}/payload/chunks", {"Content-Type": "text/plain"}, iter([b"Thank you ", b"for flying Hawk"]))
    assert (answer.status_code, answer.json()["hash"]) == (200, "Yi9LfIIFRtBEPt74PVmbTF/xVAwPn7ub15ePICfgnuY=")


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("path", ["/bewit", "/bewit?a=1&b=%20"])
def test_hawk_takes_a_bewit(send, hawk, method, path):
    assert send(method, hawk.url + path, {"Authorization": "of the client's own"}).status_code == 200


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_answer_that_proves_itself_is_delivered(send, hawk, method):
    answer = send(method, f"{hawk.url}/proven/x", body=b"")
    assert (answer.status_code, answer.json()["id"]) == (200, "id1")


@pytest.mark.parametrize("path", ["/lying/x", "/silent/x"])
def test_an_answer_that_does_not_is_not_delivered(send, hawk, path):
    answer = send("POST", hawk.url + path, body=b"")
    assert (answer.status_code, answer.headers["Authwright-Error"]) == (502, "server_authorization")
    assert "Server-Authorization" not in answer.headers
    assert json.loads(answer.content)["code"] == "server_authorization"


def test_another_key_ends_in_hawks_own_answer_once(send, hawk):
    answer = send("GET", f"{hawk.url}/wrong/x")
    assert (answer.status_code, answer.headers.get("Authwright-Error"), seen(hawk, "/wrong/x")) == (401, None, ["401"])
    assert answer.headers["WWW-Authenticate"].startswith("Hawk")
