"""A stored token goes to the hosts it was obtained for, whoever repeats its client; an edit that has nothing to do with it keeps it."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.ambients import Clock

from authwright.config import load
from authwright.engine.engine import Engine
from authwright.engine.exchange import WAITING
from authwright.engine.shortcuts.fixed_header import ready_header
from authwright.errors import AuthwrightError, InteractionRequired
from authwright.flow.token import Token
from authwright.message import Headers, Request, Response
from authwright.origin import Origin
from authwright.secret import Secret
from authwright.tokens.broker import Broker
from authwright.tokens.store import Label
from authwright.tokens.stores.memory import MemoryStore

PUBLIC = """\
version: 1
credentials:
  box:
    type: oauth2
    grant: authorization_code
    authorization_endpoint: https://as.example/authorize
    token_endpoint: https://as.example/token
    client_id: public
    client_auth: none
rules:
  - {match: api.example.com, auth: box}
"""
SECRET = PUBLIC.replace("client_auth: none", "client_secret: ${env:NOWHERE:-first-secret}")
MACHINE = """\
version: 1
credentials:
  box: {type: oauth2, grant: client_credentials, token_endpoint: "https://as.example/token", client_id: id, client_secret: "${env:NO:-s}"}
rules:
  - {match: api.example.com, auth: box}
"""
STRANGER = PUBLIC.replace("match: api.example.com", "match: evil.example")


class TokenEndpoint:
    """Gives tokens t1, t2, … and remembers the forms it got."""

    def __init__(self):
        self.forms = []

    async def send(self, request, certificate=None):
        self.forms.append(request.body.decode())
        body = {"access_token": f"t{len(self.forms)}", "token_type": "Bearer", "expires_in": 3600}
        return Response(200, body=json.dumps(body).encode())


class Session:
    """One process with one configuration, over a store that others share."""

    def __init__(self, text, store, clock=None, trust=()):
        self.rules, self.store, self.clock = load(text), store, clock or Clock()
        self.endpoint = TokenEndpoint()
        self.broker = Broker(store, self.clock, trust=trust)
        self.engine = Engine(self.endpoint, self.broker, self.clock)

    async def sign_in(self, name="box", access_token="signed-in"):
        credential = self.rules.credentials[name]
        grant = credential.scheme().grant
        label = Label.of(name, self.rules.environment, grant, self.rules.hosts_of(credential))
        now = self.clock.now()
        token = Token(Secret(access_token), now + timedelta(hours=1), now, Secret("refresh-1"))
        await self.broker.keep(grant, token, label=label)

    async def send(self, url):
        """What a request to *url* leaves with, or the sentence of its refusal."""
        request = Request.of("GET", url)
        exchange = self.engine.begin(self.rules, self.rules.plan(request), request)
        try:
            step = exchange.start()
            step = await exchange.wait() if step is WAITING else step
        except InteractionRequired as error:
            return f"{error.message} -> {error.hint}"
        except AuthwrightError as error:
            return error.message
        return step.headers.get("Authorization")


@pytest.fixture
def store():
    return MemoryStore()


async def signed_in(text, store, **more):
    session = Session(text, store, **more)
    await session.sign_in()
    return session


async def test_a_strangers_file_that_repeats_a_client_gets_nothing(store):
    await signed_in(PUBLIC, store)
    stranger = Session(STRANGER, store)
    said = await stranger.send("https://evil.example/")
    assert said == (
        "The sign-in was made for api.example.com, and evil.example is new: someone must sign in for it, too."
        " -> authwright login box"
    )
    assert await Session(PUBLIC, store).send("https://api.example.com/") == "Bearer signed-in"


async def test_the_old_hosts_go_on_while_a_new_one_waits_for_a_sign_in(store):
    session = await signed_in(PUBLIC, store)
    wider = Session(PUBLIC.replace("match: api.example.com", "match: {host: [api.example.com, new.example.com]}"), store)
    for _ in range(2):
        assert "new.example.com is new" in await wider.send("https://new.example.com/")
        assert await wider.send("https://api.example.com/") == "Bearer signed-in"
    await wider.sign_in(access_token="wider")
    for host in ("new", "api"):
        assert await wider.send(f"https://{host}.example.com/") == "Bearer wider"
    await session.broker.follow()
    assert await session.send("https://api.example.com/") == "Bearer wider"


async def test_a_grant_that_needs_nobody_obtains_a_token_for_the_new_host(store):
    assert await Session(MACHINE, store).send("https://api.example.com/") == "Bearer t1"
    wider = Session(MACHINE.replace("match: api.example.com", "match: '**.example.com'"), store)
    assert await wider.send("https://new.example.com/") == "Bearer t1"
    assert len(wider.endpoint.forms) == 1
    assert await wider.send("https://api.example.com/") == "Bearer t1"
    assert len(wider.endpoint.forms) == 1


async def test_the_shortcut_holds_no_line_for_a_host_the_token_is_not_bound_to(store):
    session = Session(STRANGER.replace("match: evil.example", "match: {host: [api.example.com, evil.example]}"), store)
    await Session(PUBLIC, store).sign_in()
    assert await session.send("https://api.example.com/") == "Bearer signed-in"
    lines = {}
    for host in ("api.example.com", "evil.example"):
        request = Request("GET", Origin("https", host, 443), "/")
        rule = session.rules.plan(request).rule
        line = ready_header(rule, request, lambda grant, host=host: session.broker.held(grant, host=host))
        lines[host] = line and line.line
    assert lines == {"api.example.com": b"Authorization: Bearer signed-in\r\n", "evil.example": None}


async def test_a_token_outside_a_request_is_given_for_hosts_it_is_bound_to(store):
    await signed_in(PUBLIC, store)
    for text, expected in ((PUBLIC, "signed-in"), (STRANGER, "evil.example is new")):
        session = Session(text, store)
        credential = session.rules.credentials["box"]
        try:
            token = await session.engine.token(session.rules, credential, needed=session.rules.hosts_of(credential))
            said = token.access_token.reveal()
        except InteractionRequired as error:
            said = error.message
        assert expected in said


TAKER = """\
  taker:
    type: oauth2
    grant: token_exchange
    token_endpoint: https://{host}/token
    client_auth: none
    source_credential: box
rules:
  - {{match: other.example.com, auth: taker}}
"""


async def test_a_token_is_exchanged_at_no_endpoint_it_is_not_bound_to(store):
    await signed_in(PUBLIC, store)
    session = Session(PUBLIC.replace("rules:\n", TAKER.format(host="evil.example")), store)
    assert "evil.example is new" in await session.send("https://other.example.com/")
    assert session.endpoint.forms == []
    await session.sign_in()
    session.clock.at += timedelta(minutes=1)
    assert await session.send("https://other.example.com/") == "Bearer t1"
    assert "subject_token=signed-in" in session.endpoint.forms[0]


@pytest.mark.parametrize(("before", "now", "works"), [((), ("a",), False), (("a",), ("a",), True), (("a", "b"), ("a",), True)])
async def test_a_token_goes_nowhere_under_a_certificate_that_was_not_trusted_then(store, before, now, works):
    session = await signed_in(PUBLIC, store, trust=before)
    session.clock.at += timedelta(hours=2)  # it would be refreshed now
    later = Session(PUBLIC, store, clock=session.clock, trust=now)
    said = await later.send("https://api.example.com/")
    assert (said == "Bearer t1", len(later.endpoint.forms)) == (works, int(works))
    assert works or "settings.upstream_ca trusts a certificate" in said


async def test_a_refreshed_token_keeps_what_it_is_bound_to(store):
    session = await signed_in(PUBLIC, store)
    session.clock.at += timedelta(hours=2)
    wider = Session(PUBLIC.replace("match: api.example.com", "match: '**.example.com'"), store, clock=session.clock)
    assert await wider.send("https://api.example.com/") == "Bearer t1"
    assert "new.example.com is new" in await wider.send("https://new.example.com/")
    assert await wider.send("https://api.example.com/") == "Bearer t1"


async def test_a_token_of_an_earlier_version_is_bound_to_nothing(store):
    session = await signed_in(PUBLIC, store)
    (record,) = store.records()
    store.save(replace(record, binding=None, parameters={}))
    said = await Session(PUBLIC, store).send("https://api.example.com/")
    assert said.startswith("The sign-in was made by an earlier version of authwright")
    assert said.endswith("-> authwright login box")
    await session.broker.close()


NEXT = "    client_id: public\n"
KEPT = {
    "a rotated client_secret": ("first-secret", "second-secret"),
    "another client_auth": (NEXT, f"{NEXT}    client_auth: client_secret_post\n"),
    "refresh is switched off": (NEXT, f"{NEXT}    refresh: false\n"),
    "another prompt": (NEXT, f"{NEXT}    extra: {{authorization: {{query: {{prompt: consent}}}}}}\n"),
    "the page's language": (NEXT, f"{NEXT}    extra: {{authorization: {{query: {{ui_locales: de, display: popup}}}}}}\n"),
    "how old a login may be": (NEXT, f"{NEXT}    extra: {{authorization: {{query: {{max_age: '60'}}}}}}\n"),
    "a renamed credential": ("box", "crate"),
    "a renamed rule": ("{match: api", "{name: api, match: api"),
    "another redirect_uri": (NEXT, f"{NEXT}    redirect_uri: http://127.0.0.1:8123/cb\n"),
    "another pkce": (NEXT, f"{NEXT}    pkce: plain\n"),
    "a refresh_ahead": (NEXT, f"{NEXT}    refresh_ahead: 1m\n"),
    "another place on the request": (NEXT, f"{NEXT}    prefix: Bearer\n    retry: false\n"),
    "a further path": ("match: api.example.com", "match: api.example.com/v2/**"),
    "a method": ("match: api.example.com", "match: GET api.example.com"),
    "a child without it": ("auth: box}", "auth: box, rules: [{match: {path: /health}, auth: none}]}"),
    "a rule for another credential": ("rules:\n", "rules:\n  - {match: b.example.com, auth: none}\n"),
    "declared hosts that are no more": (NEXT, f"{NEXT}    hosts: [api.example.com]\n"),
    "a setting": ("credentials:", "settings: {annotate: true}\ncredentials:"),
    "a comment and a variable": ("credentials:", "# a comment\nvariables: {host: api.example.com}\ncredentials:"),
    "a variable for the same value": ("id: public", "id: ${env:NOWHERE:-public}"),
}


@pytest.mark.parametrize("edit", KEPT)
async def test_an_edit_that_has_nothing_to_do_with_the_login_keeps_it(store, edit):
    old, new = KEPT[edit]
    assert old in SECRET
    session = await signed_in(SECRET, store)
    path = "v2/x" if edit == "a further path" else ""
    assert await Session(SECRET.replace(old, new), store).send(f"https://api.example.com/{path}") == "Bearer signed-in"
    await session.broker.close()


OTHER = {
    "client_id": ("client_id: public", "client_id: other"),
    "token_endpoint": ("https://as.example/token", "https://as.example/token2"),
    "scope": (NEXT, f"{NEXT}    scope: [admin]\n"),
    "extra.authorization.query.login_hint": (NEXT, f"{NEXT}    extra: {{authorization: {{query: {{login_hint: bob}}}}}}\n"),
}


@pytest.mark.parametrize("name", OTHER)
async def test_an_edit_that_makes_it_another_login_is_named(store, name):
    await signed_in(SECRET, store)
    said = await Session(SECRET.replace(*OTHER[name]), store).send("https://api.example.com/")
    assert said == f"{name} has changed since the sign-in: nobody has signed in with that yet. -> authwright login box"


async def test_two_edits_are_both_named(store):
    await signed_in(SECRET, store)
    text = SECRET.replace(*OTHER["client_id"]).replace("as.example/token", "as.example/token2")
    said = await Session(text, store).send("https://api.example.com/")
    assert said.startswith("client_id and token_endpoint have changed since the sign-in")


async def test_with_refresh_switched_off_a_held_refresh_token_is_not_spent(store):
    session = await signed_in(SECRET, store)
    session.clock.at += timedelta(hours=2)
    off = Session(SECRET.replace(NEXT, f"{NEXT}    refresh: false\n"), store, clock=session.clock)
    assert "someone must sign in again" in await off.send("https://api.example.com/")
    assert off.endpoint.forms == []


async def test_a_corrected_secret_is_tried_at_once(store):
    """The failure of the wrong one is remembered under the same key, and is not the corrected one's."""
    wrong = Session(MACHINE, store)

    async def refused(request, certificate=None):
        return Response(401, body=b'{"error": "invalid_client"}')

    wrong.endpoint.send = refused
    assert "invalid_client" in await wrong.send("https://api.example.com/")
    right = Session(MACHINE.replace("NO:-s", "NO:-right"), store)
    assert await right.send("https://api.example.com/") == "Bearer t1"


JAR = """\
version: 1
credentials:
  app: {type: cookie, when_empty: pass}
rules:
  - {match: a.example.com, auth: app}
"""


async def test_a_jar_keeps_what_it_learnt_and_gives_it_to_no_other_host(store):
    """Two configurations may call a jar by the same name; each cookie says which host it is for."""

    async def cookies(session, host, answer=()):
        request = Request.of("GET", f"https://{host}/")
        exchange = session.engine.begin(session.rules, session.rules.plan(request), request)
        step = exchange.start()
        step = await exchange.wait() if step is WAITING else step
        exchange.answer(Response(200, Headers.of(answer)))
        return step.headers.get("Cookie")

    first = Session(JAR, store)
    assert await cookies(first, "a.example.com", (("Set-Cookie", "sid=1; Secure"),)) is None
    await first.broker.close()
    second = Session(JAR.replace("a.example.com", "evil.example"), store)
    assert await cookies(second, "evil.example") is None
    await second.broker.close()
    assert await cookies(Session(JAR, store), "a.example.com") == "sid=1"
    distrusted = Session(JAR, store, trust=("another",))
    assert await cookies(distrusted, "a.example.com") is None
