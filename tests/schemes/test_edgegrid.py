"""What EdgeGrid signs, and where its credentials come from; the signatures themselves are in the published cases."""

import json

import pytest
from tests.ambients import Clock
from tests.playbook import Playbook

import authwright
from authwright.config import inspect
from authwright.message import Request, Response
from authwright.parameters import ParameterError
from authwright.schemes.edgegrid import EdgeGrid
from authwright.secret import Secret

URL = "https://akab-h.luna.akamaiapis.net/papi/v1/groups?a=1"
EDGERC = (
    "[default]\nclient_token = ct\nclient_secret = cs-of-the-file\naccess_token = at\nmax-body = 3\nheaders_to_sign = X-A,X-B\n"
)


def client(**parameters):
    return EdgeGrid(**{"client_token": "ct", "client_secret": Secret("cs"), "access_token": "at"} | parameters)


def data_to_sign(scheme, request):
    return next(command.text for command in scheme.authorize(request, Clock()) if hasattr(command, "text")).split("\t")


GET = Request.of("GET", URL)


def authorization(scheme, request=GET):
    play = Playbook(scheme.authorize(request, Clock()))
    value = play.asks().request.headers.get("Authorization")
    play >> Response(401)
    play.ends()
    return value


def test_time_and_nonce_are_made_where_they_are_not_given():
    assert authorization(client()).startswith(
        "EG1-HMAC-SHA256 client_token=ct;access_token=at;timestamp=20260101T12:00:00+0000;nonce=n0nce;signature="
    )
    assert ";timestamp=t;nonce=n;" in authorization(client(timestamp="t", nonce="n"))


@pytest.mark.parametrize(("method", "reads"), [("POST", True), ("PUT", False), ("GET", False), ("PATCH", False)])
def test_only_a_post_has_its_body_read(method, reads):
    assert client().reads_body(Request.of(method, URL)) is reads


@pytest.mark.parametrize(("method", "signed"), [("POST", True), ("PUT", False), ("PATCH", False)])
def test_only_a_post_has_its_body_signed(method, signed):
    assert bool(data_to_sign(client(), Request.of(method, URL, [], b"abc"))[5]) is signed


@pytest.mark.parametrize(
    ("url", "host", "relative"),
    [
        (URL, "akab-h.luna.akamaiapis.net", "/papi/v1/groups?a=1"),
        ("https://API.example.com:8443/A%2fb", "api.example.com:8443", "/A%2fb"),
        ("https://api.example.com/a?", "api.example.com", "/a"),
        ("https://api.example.com", "api.example.com", "/"),
    ],
)
def test_the_host_is_the_one_that_is_sent(url, host, relative):
    assert data_to_sign(client(), Request.of("GET", url))[:4] == ["GET", "https", host, relative]


def test_a_base_url_stands_for_the_host():
    assert data_to_sign(client(base_url="https://akab-x.luna.akamaiapis.net/ignored"), Request.of("GET", URL))[2] == (
        "akab-x.luna.akamaiapis.net"
    )


@pytest.mark.parametrize("names", [("X-B", "x-a", "X-None"), ("X-B, x-a,X-None",)])
def test_header_fields_are_signed_in_the_order_that_is_asked_for(names):
    request = Request.of("GET", URL, [("X-A", "1  2\t3"), ("x-b", "4"), ("X-C", "5")])
    assert data_to_sign(client(headers_to_sign=names), request)[4:6] == ["x-b:4", "x-a:1 2 3"]


def test_an_edgerc_file_has_everything(tmp_path):
    (tmp_path / ".edgerc").write_text(EDGERC)
    (tmp_path / ".edgerc").chmod(0o600)
    path = tmp_path / "authwright.yaml"
    path.write_text("version: 1\nrules: [{match: '*.akamaiapis.net', auth: {type: edgegrid, edgerc: .edgerc}}]\n")
    rules, problems = inspect(path)
    assert problems == ()
    headers = [("X-A", "1"), ("X-B", "2")]
    found = authwright.explain(rules, "POST", "https://h.akamaiapis.net/", headers, b"abcdef", nonce="n")
    [note] = found.notes
    [same] = authwright.explain(rules, "POST", "https://h.akamaiapis.net/", headers, b"abc", nonce="n").notes
    assert note.text.split("\t")[4:7] == same.text.split("\t")[4:7]
    assert note.text.split("\t")[4:6] == ["x-a:1", "x-b:2"]
    assert "cs-of-the-file" not in json.dumps(found.to_json())


@pytest.mark.parametrize(("name", "code"), [("missing", "secret_missing"), ("lax", "file_mode")])
def test_an_edgerc_file_is_watched_over_like_any_secret(name, code, tmp_path):
    (tmp_path / "lax").write_text(EDGERC)
    (tmp_path / "lax").chmod(0o644)
    path = tmp_path / "authwright.yaml"
    path.write_text(f"version: 1\nrules: [{{match: '*.akamaiapis.net', auth: {{type: edgegrid, edgerc: {name}}}}}]\n")
    assert [problem.code for problem in inspect(path)[1]] == [code]


def test_what_stands_beside_the_file_goes_before_it():
    scheme = EdgeGrid(edgerc=Secret(EDGERC), client_token="mine", max_body=1, headers_to_sign=("X-B",))
    request = Request.of("POST", URL, [("X-A", "1"), ("X-B", "2")], b"abc")
    assert "client_token=mine;access_token=at;" in authorization(scheme, request)
    assert data_to_sign(scheme, request)[4] == "x-b:2"
    assert data_to_sign(scheme, request)[5] == data_to_sign(scheme, Request.of("POST", URL, [], b"a"))[5]


@pytest.mark.parametrize(
    ("parameters", "name"),
    [
        ({"client_token": ""}, "client_token"),
        ({"access_token": ""}, "access_token"),
        ({"client_secret": Secret("")}, "client_secret"),
        ({"client_secret": Secret(""), "edgerc": Secret("[default]\nhost = h\n")}, "section"),
        ({"edgerc": Secret(EDGERC), "section": "papi"}, "section"),
        ({"edgerc": Secret("[default]\nmax_body = many\n")}, "edgerc"),
        ({"client_token": "a;b"}, "client_token"),
        ({"access_token": "a b"}, "access_token"),
        ({"base_url": "akab-h.luna.akamaiapis.net"}, "base_url"),
    ],
)
def test_what_cannot_sign_is_found_when_it_is_loaded(parameters, name):
    with pytest.raises(ParameterError) as caught:
        client(**parameters)
    assert caught.value.name == name
