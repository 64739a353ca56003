"""Published cases, through the configuration and the explanation that a user sees."""

import base64
import json
from datetime import datetime
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, import_key

import authwright
from authwright.wire.challenge import challenges

VECTORS = Path(__file__).parent / "vectors"
SCHEMES = {
    "api_key": 4,
    "asap": 1,
    "aws_sigv4": 44,
    "basic": 5,
    "bearer": 2,
    "digest": 41,
    "edgegrid": 14,
    "hawk": 16,
    "jwt": 6,
    "oauth1": 86,
}


def cases(scheme):
    document = json.loads((VECTORS / f"{scheme}.json").read_text("utf-8"))
    keys = {f"@key:{name}": pem for name, pem in document.get("keys", {}).items()}
    return [(case, keys) for case in document["cases"] if "needs" not in case]


def explained(case, keys):
    origin = urlsplit(case["request"]["url"])
    auth = {name: keys.get(value, value) if isinstance(value, str) else value for name, value in case["auth"].items()}
    rule = {"match": {"host": origin.hostname, "port": "*"}, "auth": auth, "allow_http": True}
    rules = authwright.load(json.dumps({"version": 1, "rules": [rule]}, indent=1).replace("$", "$$"))
    request = case["request"]
    now = datetime.fromisoformat(case["now"]) if "now" in case else None
    body = (request["body"] or "").encode()
    return authwright.explain(rules, request["method"], request["url"], request["headers"], body, now)


def check_authorization(expected, sent):
    """*expected* is the whole header, or its scheme and parameters in any order; ``algorithm=MD5`` may be left out."""
    if isinstance(expected, str):
        assert sent.headers.get_all("Authorization") == [expected]
        return
    left_out = {"algorithm": "MD5"} if expected["scheme"] == "Digest" else {}
    scheme, parameters = credentials(sent.headers, decode=expected["scheme"] == "OAuth" and expected.get("encoded", True))
    wanted = {name.lower(): value for name, value in expected["params"].items()}
    assert (scheme, left_out | parameters) == (expected["scheme"].lower(), left_out | wanted)


def credentials(headers, *, decode):
    """Scheme and parameters; EdgeGrid's are separated by semicolons, OAuth's are percent-encoded."""
    [value] = headers.get_all("Authorization")
    if value.startswith("EG1-"):
        scheme, _, rest = value.partition(" ")
        return scheme.lower(), dict(part.split("=", 1) for part in rest.split(";"))
    [found] = challenges(headers, "Authorization")
    return found.scheme, {name: unquote(text) if decode else text for name, text in found.parameters.items()}


def check_added(expected, before, after):
    """What was there stays byte for byte; *expected* is added behind it, in any order."""
    kept = f"{before}&" if before else ""
    assert after.startswith(kept)
    assert sorted(map(list, parse_qsl(after.removeprefix(kept), True))) == sorted(expected)


def check_jwt(expected, sent):
    if expected["where"] == "query":
        token = dict(parse_qsl(sent.query))[expected["name"]]
    else:
        prefix, token = sent.headers.get("Authorization").split(" ")
        assert prefix == expected["prefix"]
    key = OctKey.import_key(expected["secret"]) if "secret" in expected else import_key(expected["public_key"], "RSA")
    found = jwt.decode(token, key, algorithms=[expected["header"]["alg"]])
    assert expected["header"].items() <= found.header.items()
    assert expected["claims"].items() <= found.claims.items()


@pytest.mark.parametrize(
    ("case", "keys"), [pytest.param(*pair, id=pair[0]["id"]) for scheme in SCHEMES for pair in cases(scheme)]
)
def test_what_is_published_is_what_would_leave(case, keys):
    found = explained(case, keys)
    sent, expected, before = found.request, case["expect"], urlsplit(case["request"]["url"])
    assert (found.refused, found.needs) == (None, ())
    if "authorization" in expected:
        check_authorization(expected["authorization"], sent)
    for name, value in expected.get("headers", {}).items():
        assert sent.headers.get_all(name) == [value]
    for name in expected.get("absent", ()):
        assert name not in sent.headers
    if "query_add" in expected:
        check_added(expected["query_add"], before.query, sent.query)
    if "body_add" in expected:
        check_added(expected["body_add"], case["request"]["body"], sent.body.decode())
    assert set(expected.get("notes", ())) <= {note.text for note in found.notes}
    if "jwt" in expected:
        check_jwt(expected["jwt"], sent)


@pytest.mark.parametrize(("scheme", "count"), SCHEMES.items())
def test_no_case_is_left_out(scheme, count):
    assert len(cases(scheme)) == count


SECRETS = (
    "value",
    "password",
    "secret",
    "private_key",
    "consumer_secret",
    "token_secret",
    "key",
    "client_secret",
    "secret_access_key",
)


def test_the_explanation_shows_no_secret_of_any_case():
    for scheme in SCHEMES:
        for case, keys in cases(scheme):
            shown = json.dumps(explained(case, keys).to_json())
            names = (*SECRETS, "token") if scheme == "bearer" else SECRETS
            for secret in (case["auth"][name] for name in names if name in case["auth"]):
                assert len(secret) < 4 or secret not in shown
                assert len(secret) < 4 or base64.b64encode(secret.encode()).decode() not in shown
