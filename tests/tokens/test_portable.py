"""What one process hands to another arrives as it was."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from types import MappingProxyType, UnionType
from typing import Any, Literal, TypeAliasType, Union, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.grants.keys import CERTIFICATE, PEMS
from tests.tokens.brokers import FIRST, GRANT, LABEL, PLAIN

from authwright.errors import AuthwrightError, InteractionRequired, TokenEndpointError, TransportError
from authwright.flow.protocols import SourceCredential
from authwright.flow.token import Token
from authwright.grants import GRANTS
from authwright.grants.client_credentials import ClientCredentials
from authwright.grants.extra import Extra, TokenStep
from authwright.grants.github_app import GitHubApp
from authwright.grants.jwt_bearer import JwtBearer
from authwright.grants.password import Password
from authwright.grants.token_exchange import TokenExchange
from authwright.message import Request, Response
from authwright.record.events import Asked
from authwright.rules.binding import Binding, on_host
from authwright.rules.hosts import HostPattern
from authwright.secret import Secret
from authwright.tokens.attempt import Attempt, Obtained, Unbound
from authwright.tokens.backoff import Failure
from authwright.tokens.detached.child import AttemptReport, RefresherSetup
from authwright.tokens.key import StoreKey
from authwright.tokens.portable import dump, load
from authwright.tokens.store import Record
from authwright.tokens.stores.opening import Opening
from authwright.wire.identity import proof_of

NOW = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
TOKEN = Token(Secret("access"), NOW, NOW, Secret("refresh"), id_token=Secret("a.b.c"))
RECORD = Record("k", LABEL, TOKEN, NOW, NOW)
ASKED = Asked(Request.of("POST", "https://as.example/token", [("X-A", "\udcff")], b"\0\xff"), Response(200, body=b"{}"), NOW, 1.5)
UNANSWERED = Asked(Request.of("GET", "https://as.example/"), None, NOW, 1.5)
BOUND = Binding((*on_host("api.example"), HostPattern("*", "b.example")), ("https://as.example",), ("f0", "f1"))
STEP = TokenStep(query=MappingProxyType({"a": "ü"}), header={"X-A": "1"})
VALUES = {
    "a ground": RefresherSetup(Opening("sqlite", "/home/x/tokens.db", StoreKey(bytes(range(32)), "file")), Secret("PEM")),
    "an attempt": Attempt(FIRST, LABEL, Secret("old"), ahead=True, unsaved=RECORD, spent=Secret("s")),
    "a password": Attempt(Password(**PLAIN, username="ann", password=Secret("p"), extra=Extra(token=STEP)), LABEL),
    "a bound attempt": Attempt(FIRST, replace(LABEL, binding=BOUND), needed=on_host("::1"), trust=("f1",)),
    "a bound end": AttemptReport(Obtained(TOKEN, replace(RECORD, binding=BOUND, parameters={"client_id": "1"}), BOUND)),
    "no token for that host": AttemptReport(Unbound(BOUND)),
    "a good end": AttemptReport(Obtained(TOKEN, RECORD), (ASKED, UNANSWERED), ("warning",)),
}


@pytest.mark.parametrize("name", VALUES)
def test_a_value_arrives_as_it_was(name):
    line = dump(VALUES[name])
    assert (load(line), line.count(b"\n"), line[-1:]) == (VALUES[name], 1, b"\n")


SIGNED = {"private_key": Secret(PEMS["p256"]), "client_auth": "private_key_jwt", "client_certificate": CERTIFICATE}
BARE = {"token_endpoint": PLAIN["token_endpoint"], "client_id": "id"}
ACCOUNT = {
    "type": "service_account",
    "client_email": "robot@example.com",
    "private_key": PEMS["rsa"],
    "token_uri": "https://as.example/token",
}
SAMPLES = [
    GRANT,
    FIRST,
    ClientCredentials(**BARE, **SIGNED, dpop=True),
    JwtBearer(service_account=Secret(json.dumps(ACCOUNT)), claims={"a": [1, {"b": "c"}]}),
    Password(**PLAIN, username="ann", password=Secret("p"), extra=Extra(token=STEP)),
    TokenExchange(**PLAIN, source_credential=SourceCredential("first", FIRST)),
    GitHubApp(client_id="id", installation_id="1", private_key=Secret(PEMS["rsa"])),
]


@pytest.mark.parametrize("grant", SAMPLES, ids=lambda grant: grant.grant)
def test_a_grant_keeps_its_key(grant):
    again = load(dump(grant))
    assert (again.key, proof_of(again)) == (grant.key, proof_of(grant))


@pytest.mark.parametrize(
    "error",
    [
        AuthwrightError("m", code="c", hint="h"),
        TokenEndpointError("no", error="invalid_grant", status=400, code="grant_invalid", hint="h"),
        TransportError("gone", code="timeout"),
        InteractionRequired("sign in"),
    ],
)
def test_an_error_arrives_with_all_it_says(error):
    failure = load(dump(Failure(error, NOW, 3, Secret("r"))))
    assert (type(failure.error), vars(failure.error), failure.error.args) == (type(error), vars(error), error.args)
    assert (failure.at, failure.attempts, failure.presented) == (NOW, 3, Secret("r"))


PLAINS = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.text().map(Secret)
    | st.binary()
    | st.datetimes(timezones=st.sampled_from((UTC, timezone(timedelta(hours=-3)))))
    | st.timedeltas(),
    lambda inner: st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(PLAINS)
def test_every_plain_value_arrives_as_it_was(value):
    assert load(dump(value)) == value


@dataclass
class Foreign:
    secret: str = "x"


@pytest.mark.parametrize("value", [Foreign(), object(), {"a": [Foreign()]}])
def test_what_is_not_ours_does_not_travel(value):
    with pytest.raises(TypeError, match="is not portable"):
        dump(value)


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{",
        b"{}",
        b'{"no": 1}',
        b'{"dataclass": ["os:path", {}]}',
        b'{"dataclass": ["authwright.assembly:open_store", {"home": 1}]}',
        b'{"dataclass": ["authwright.flow:None", {}]}',
        b'{"dataclass": ["authwright.flow:Token", {"x": 1}]}',
    ],
)
def test_a_line_of_something_else_is_an_error(line):
    with pytest.raises(ValueError):  # noqa: PT011 - whichever it is, it is this
        load(line)


def kinds(hint):
    """The plain types that an annotation is made of."""
    if isinstance(hint, TypeAliasType):
        return kinds(hint.__value__)
    origin, args = get_origin(hint), get_args(hint)
    if origin is None:
        return {hint}
    if origin is Literal:
        return {type(word) for word in args}
    inner = {kind for arg in args if arg is not Ellipsis for kind in kinds(arg)}
    return inner if origin in (Union, UnionType) else inner | {origin}


@pytest.mark.parametrize("grant", GRANTS.values(), ids=GRANTS)
def test_every_parameter_of_every_grant_can_travel(grant):
    known = {str, bool, int, Secret, timedelta, type(None), tuple, list, Mapping, Any}
    hints = get_type_hints(grant)
    needed = {kind for field in fields(grant) if field.init for kind in kinds(hints[field.name])}
    assert {kind for kind in needed - known if not (is_dataclass(kind) and kind.__module__.startswith("authwright."))} == set()
