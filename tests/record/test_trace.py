"""A trace is what a fold over an exchange's events gives."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authwright.errors import AuthwrightError, RequestError
from authwright.flow.commands import Note
from authwright.message import Request, Response
from authwright.record import events as ev
from authwright.record.trace import Trace
from authwright.secret import Redactor, Secret

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
GET = Request.of("GET", "https://api.example.com/things?a=b", [("Accept", "*/*")])
SIGNED = GET.with_header("Authorization", "Bearer t0k3n-canary")
TOKEN = Request.of("POST", "https://as.example/token?k3y-canary", [("Authorization", "Basic c4nary")], b"s3cret")
BEGAN = ev.Began(GET, NOON, "dev")
FIRST, SECOND = RequestError("first", code="plaintext"), RequestError("second")
ASKED = ev.Asked(TOKEN, Response(200, body=b"t0k3n-canary"), NOON, 12.4)

ROWS = {
    # name: (what follows on Began, the members of the trace that it sets)
    "nothing": ([], {}),
    "a rule": ([ev.Decided("r", "f:1", "c", "oauth2", ("w",))], {"rule": "r", "location": "f:1", "credential": "c", "type": "oauth2", "why": ("w",)}),
    "more about why": ([ev.Decided("r", why=("a",)), ev.Because(("b", "c"))], {"rule": "r", "why": ("a", "b", "c")}),
    "no rule": ([ev.Because(("a",))], {"why": ("a",)}),
    "sent twice": ([ev.Sent(GET, NOON), ev.Answered(Response(401), NOON), ev.Sent(SIGNED, NOON), ev.Answered(Response(200), NOON)],
                   {"forwards": (GET, SIGNED), "statuses": (401, 200)}),
    "notes": ([Note("a", "b"), Note("c", "d")], {"notes": (Note("a", "b"), Note("c", "d"))}),
    "asked": ([ASKED], {"fetches": ("POST https://as.example/token: 200 in 12 ms",)}),
    "asked in vain": ([ev.Asked(TOKEN, None, NOON, 3.0, FIRST)], {}),
    "a dry run's end": ([ev.Needed("token"), ev.Needed("challenge")], {"needs": ("token", "challenge")}),
    "a token": ([ev.TokenTaken("cached"), ev.TokenTaken("fetched")], {"token_source": "fetched"}),
    "waits": ([ev.Waited(1.5), ev.Waited(2.0)], {"waited_ms": 3.5}),
    "a failure, and the refusal that comes of it": ([ev.Failed(FIRST), ev.Ended(NOON, SECOND)], {"error": FIRST}),
    "a refusal": ([ev.Ended(NOON, SECOND)], {"error": SECOND}),
    "a good end": ([ev.Ended(NOON)], {}),
    "a body": ([ev.BodyRead(GET.with_body(b"x"), NOON)], {"request": GET.with_body(b"x")}),
    "what no trace shows": ([ev.CameFrom("127.0.0.1", 1), ev.Tunnelled("a", 1, sealed=True, at=NOON)], {}),
    "secrets": ([ev.Hidden((Secret("a"),)), ev.Hidden((Secret("b"),))], {"hidden": (Secret("a"), Secret("b"))}),
}  # fmt: skip


@pytest.mark.parametrize("name", ROWS)
def test_each_event_leaves_its_part_in_the_trace(name):
    events, members = ROWS[name]
    assert Trace.of([BEGAN, *events]) == Trace(**({"request": GET, "environment": "dev"} | members))


@pytest.mark.parametrize("events", [[], [ev.Tunnelled("a", 1, sealed=True, at=NOON)], [ASKED]])
def test_events_of_no_request_have_no_trace(events):
    with pytest.raises(ValueError, match="not of a client's request"):
        Trace.of(events)


def test_what_is_hidden_is_seen_nowhere():
    events = [BEGAN, ev.RedactedBy(Redactor(["s3cret"])), ev.Hidden((Secret("t0k3n-canary"),)), ASKED, ev.Sent(SIGNED, NOON)]
    trace = Trace.of([*events, Note("a", "s3cret")])
    assert "t0k3n-canary" in str(trace.to_json(reveal=True))
    for shown in (repr(events), repr(trace), str(trace.to_json())):
        assert "canary" not in shown
        assert "c4nary" not in shown
        assert "s3cret" not in shown


def test_an_outline_of_a_request_of_ours_says_the_same_sentence_and_no_more():
    outline = ASKED.outlined()
    assert (outline.sentence, outline.response.status, outline.at) == (ASKED.sentence, 200, NOON)
    assert outline.request == Request("POST", TOKEN.origin, "/token")
    assert outline.response.body == b""


class Filled:
    """The trace as it was when an exchange filled it on its way."""

    def __init__(self, began):
        self.request, self.environment = began.request, began.environment
        self.rule = self.location = self.credential = self.type = self.token_source = ""
        self.why, self.forwards, self.statuses, self.notes, self.fetches, self.needs = (), [], [], [], [], []
        self.waited_ms, self.error, self.redactor = 0.0, None, Redactor()
        self.hidden = []

    def decided(self, event):
        self.rule, self.location, self.credential, self.type = event.rule, event.location, event.credential, event.type
        self.why += event.why

    def because(self, event):
        self.why += event.why

    def sent(self, event):
        self.forwards.append(event.request)

    def answered(self, event):
        self.statuses.append(event.response.status)

    def note(self, event):
        self.notes.append(event)

    def asked(self, event):
        path = event.request.target.partition("?")[0]
        self.fetches.append(f"{event.request.method} {event.request.origin}{path}: {event.response.status} in {event.ms:.0f} ms")

    def needed(self, event):
        self.needs.append(event.what)

    def tokentaken(self, event):
        self.token_source = event.source

    def waited(self, event):
        self.waited_ms += event.ms

    def failed(self, event):
        self.error = self.error or event.error

    ended = failed

    def bodyread(self, event):
        self.request = event.request

    def hidden_(self, event):
        self.hidden += [secret.reveal() for secret in event.secrets]

    def redactedby(self, event):
        self.redactor = event.redactor

    def to_json(self):
        show = self.redactor.with_secrets(self.hidden).redact
        sent = self.forwards[-1] if self.forwards else self.request
        return {
            "matched": bool(self.rule), "rule": self.rule or None, "location": self.location or None,
            "credential": self.credential or None, "type": self.type or None, "environment": self.environment or None,
            "why": list(self.why), "notes": [{"label": note.label, "text": show(note.text)} for note in self.notes],
            "needs": self.needs, "statuses": self.statuses, "token": self.token_source or None,
            "fetches": [show(text) for text in self.fetches], "waited_ms": round(self.waited_ms, 1),
            "refused": self.error and {"code": self.error.code, "detail": show(self.error.message), "hint": self.error.hint},
            "request": [sent.method, show(sent.url), [[name, show(value)] for name, value in sent.headers]],
        }  # fmt: skip


TEXT = st.sampled_from(["", "alpha", "beta-secret", "gamma=beta-secret", "Bearer alpha-token"])
SECRETS = st.sampled_from(["alpha", "beta-secret", "alpha-token", "x"]).map(Secret)
REQUESTS = st.builds(lambda a, b: GET.with_header("X-A", a).with_target(f"/p?{b}"), TEXT, TEXT)
RESPONSES = st.builds(Response, st.sampled_from([200, 401, 503]))
ERRORS = st.builds(AuthwrightError, TEXT, code=st.just("c"), hint=TEXT)
MOMENTS = st.integers(0, 99).map(lambda seconds: NOON + timedelta(seconds=seconds))
WHY = st.lists(TEXT, max_size=2).map(tuple)
EVENTS = st.one_of(
    st.builds(ev.Because, WHY),
    st.builds(ev.Sent, REQUESTS, MOMENTS),
    st.builds(ev.Answered, RESPONSES, MOMENTS),
    st.builds(Note, TEXT, TEXT),
    st.builds(ev.Asked, REQUESTS, RESPONSES, MOMENTS, st.floats(0, 1e4)),
    st.builds(ev.Needed, TEXT),
    st.builds(ev.TokenTaken, st.sampled_from(["cached", "fetched"])),
    st.builds(ev.Waited, st.floats(0, 1e4)),
    st.builds(ev.Failed, ERRORS),
    st.builds(ev.BodyRead, REQUESTS, MOMENTS),
    st.builds(ev.Hidden, st.lists(SECRETS, max_size=2).map(tuple)),
    st.builds(ev.RedactedBy, st.lists(SECRETS, max_size=2).map(lambda some: Redactor([each.reveal() for each in some]))),
)
DECIDED = st.builds(ev.Decided, st.sampled_from(["", "r"]), TEXT, TEXT, TEXT, WHY)


ENDED = st.builds(ev.Ended, MOMENTS, st.none() | ERRORS)


@given(
    began=st.builds(ev.Began, REQUESTS, MOMENTS, TEXT),
    decided=st.lists(DECIDED, max_size=1),
    events=st.lists(EVENTS, max_size=12),
    ended=st.lists(ENDED, max_size=1),
)
def test_the_fold_shows_what_an_exchange_filled_in_on_its_way(began, decided, events, ended):
    filled = Filled(began)
    events = (*decided, *events, *ended)
    for event in events:
        name = type(event).__name__.lower()
        getattr(filled, "hidden_" if name == "hidden" else name)(event)
    shown = Trace.of([began, *events]).to_json()
    request = shown["request"]
    shown["request"] = [request["method"], request["url"], request["headers"]]
    assert {name: shown[name] for name in filled.to_json()} == filled.to_json()
