"""What would be sent, and why; nothing is."""

import base64
from datetime import UTC, datetime

import pytest
from tests.configurations import Spy, Vending, credential, ruleset

import authwright
from authwright.engine.dryrun import explain
from authwright.errors import RequestError, SecretError
from authwright.flow.token import Token
from authwright.grants.implicit import Implicit
from authwright.message import Change
from authwright.rules.ruleset import RuleSet
from authwright.schemes.bearer import Bearer
from authwright.schemes.jwt import Jwt
from authwright.schemes.oauth2 import OAuth2
from authwright.secret import Secret

URL = "https://api.example.com/things?x=1"
BEARER = Bearer(token=Secret("s3cr3t-token"))


def bearer(**options):
    return ruleset(credential(BEARER, secrets=["s3cr3t-token"]), **options)


def test_a_match_is_explained():
    found = explain(bearer(), "GET", URL, [("Accept", "*/*")])
    assert (found.matched, found.rule, found.credential, found.type, found.environment) == (True, "only", "cred", "bearer", "dev")
    assert found.why == ("rule only (f.yaml:3) matches",)
    assert found.request.headers.get("Authorization") == "Bearer s3cr3t-token"
    assert found.changes == (Change("set", "header", "Authorization", "Bearer s3cr3t-token"),)
    assert found.refused is None


def test_headers_may_be_a_mapping():
    assert explain(bearer(), "GET", URL, {"Accept": "*/*"}).request.headers.get("Accept") == "*/*"


def test_notes_have_a_label_and_a_text():
    rules = ruleset(credential(Jwt(secret=Secret("x" * 32), claims={"a": 1})))
    assert [(note.label, note.text) for note in explain(rules, "GET", URL).notes][1] == ("claims", '{"a": 1}')


def test_its_json_hides_secrets_unless_revealed():
    found = explain(bearer(), "POST", URL, body=b"\x00body")
    hidden, whole = found.to_json(), found.to_json(reveal=True)
    assert hidden["request"]["headers"] == [["Authorization", "Bearer <hidden>"]]
    assert hidden["changes"] == [{"kind": "set", "where": "header", "name": "Authorization", "value": "Bearer <hidden>"}]
    assert whole["request"]["headers"] == [["Authorization", "Bearer s3cr3t-token"]]
    assert base64.b64decode(hidden["request"]["body_base64"]) == b"\x00body"
    assert "s3cr3t" not in repr(found) + str(hidden)


def test_no_match_is_explained_too():
    found = explain(bearer(), "GET", "https://other.example/")
    assert (found.matched, found.rule, found.changes) == (False, "", ())
    assert found.why[-1] == "no rule matches: the request passes as it is"
    assert found.to_json()["rule"] is None


def test_a_rule_that_says_none_changes_nothing():
    found = explain(ruleset(None), "GET", URL)
    assert (found.matched, found.type, found.changes) == (True, "none", ())


def test_what_needs_a_person_is_named_by_the_command_that_asks_one():
    rules = ruleset(credential(OAuth2(grant=Implicit(authorization_endpoint="https://as.example/authorize", client_id="id"))))
    found = explain(rules, "GET", URL)
    assert (found.needs, found.refused) == (("token: someone must sign in: authwright --env dev login cred",), None)


def test_what_needs_the_network_is_named():
    found = explain(ruleset(credential(OAuth2(grant=Vending()))), "GET", URL)
    assert found.needs == ("token: vending from https://as.example/token",)
    assert found.changes == ()


def test_a_token_that_is_held_is_used_and_hidden():
    found = explain(ruleset(credential(OAuth2(grant=Vending()))), "GET", URL, tokens=lambda _: Token(Secret("held-token")))
    assert found.request.headers.get("Authorization") == "Bearer held-token"
    assert "held-token" not in str(found.to_json())


def test_time_is_what_it_is_given():
    rules = ruleset(credential(Jwt(secret=Secret("x" * 32), claims={"a": 1})))
    noon = datetime(2026, 1, 1, tzinfo=UTC)
    assert explain(rules, "GET", URL, now=noon).request == explain(rules, "GET", URL, now=noon).request


@pytest.mark.parametrize(
    ("url", "headers", "code"),
    [
        ("http://api.example.com/", [], "plaintext"),
        (URL, [("Origin", "https://evil.example")], "cross_site"),
        (URL, [("X-Evil", "a\r\nb")], "malformed_head"),
    ],
)
def test_what_would_be_refused_says_why(url, headers, code):
    found = explain(bearer(), "GET", url, headers)
    assert (found.matched, found.refused.code, found.changes) == (True, code, ())
    assert found.to_json()["refused"]["code"] == code


def test_a_missing_secret_is_a_refusal():
    rules = ruleset(credential(BEARER, spy=Spy(error=SecretError("TOKEN is not set.", hint="export TOKEN=…"))))
    assert explain(rules, "GET", URL).to_json()["refused"] == {
        "code": "secret_unavailable",
        "detail": "TOKEN is not set.",
        "hint": "export TOKEN=…",
    }


def test_a_preflight_passes_as_it_is():
    found = explain(bearer(), "OPTIONS", URL, [("Origin", "https://x.example"), ("Access-Control-Request-Method", "PUT")])
    assert (found.matched, found.changes, found.refused) == (True, (), None)


def test_what_is_no_url_is_refused():
    with pytest.raises(RequestError):
        explain(RuleSet([]), "GET", "not a url")


def test_spaces_around_a_header_value_do_not_arrive():
    rules = authwright.load("version: 1\nrules: [{match: api.example.com, auth: {type: bearer, token: t}}]\n")
    found = authwright.explain(rules, "GET", "https://api.example.com/", {"X-One": " a  b\t"})
    assert (found.refused, found.request.headers.get("X-One")) == (None, "a  b")


@pytest.mark.parametrize(("mode", "refused"), [("regular", None), ('"upstream:http://127.0.0.1:3128"', "plaintext")])
def test_no_name_of_this_machine_is_one_behind_another_proxy(mode, refused):
    document = f"""version: 1
settings: {{mode: {mode}}}
rules:
  - {{match: localhost, auth: {{type: bearer, token: canary-token}}}}
"""
    found = explain(authwright.load(document), "GET", "http://localhost/")
    assert (found.refused and found.refused.code) == refused
