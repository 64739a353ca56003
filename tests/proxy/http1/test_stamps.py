"""A head that was seen before makes no difference but in time: what is signed for it is what a flow would sign."""

from datetime import timedelta
from itertools import count
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.ambients import NOON, Clock
from tests.configurations import ruleset
from tests.proxy import running as proxy_setup
from tests.proxy.http1.test_layer import answers, request, talk
from tests.proxy.running import CANARY, origin, proxy, rule, status

from authwright.engine.engine import Engine
from authwright.engine.memory import Memory, Past
from authwright.origin import Origin
from authwright.proxy.http1 import outgoing
from authwright.proxy.http1.head import read_request
from authwright.proxy.http1.ready_cache import ReadyCache, request_of
from authwright.record.recorder import Level
from authwright.schemes.aws_sigv4 import AwsSigV4
from authwright.secret import Secret
from authwright.wire.head import lines_of

ORIGIN = Origin("https", "api.example.com", 443)
KEYS = {"access_key_id": "AKIDEXAMPLE", "secret_access_key": Secret(CANARY), "region": "eu-west-1"}
SIGNING = AwsSigV4(**KEYS, service="execute-api")
SCHEMES = {
    "an API": SIGNING,
    "S3": AwsSigV4(**KEYS, service="s3"),
    "a hash in a header": AwsSigV4(**KEYS, service="glacier"),
    "temporary keys": AwsSigV4(**KEYS, service="iotdevicegateway", session_token=Secret("t0ken/+=")),
    "what the client says": AwsSigV4(access_key_id="AKIDEXAMPLE", secret_access_key=Secret(CANARY)),
    "an unsigned body": AwsSigV4(**KEYS, service="execute-api", payload="unsigned"),
    "in the query": AwsSigV4(**KEYS, service="execute-api", placement="query"),
}
OWN = "AWS4-HMAC-SHA256 Credential=AKID/20260101/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=0"


def services(scheme, **options):
    rules = ruleset(proxy_setup.credential(scheme), **options)
    return SimpleNamespace(rules=SimpleNamespace(current=rules), engine=Engine(SimpleNamespace(), SimpleNamespace(), Clock()))


NAMES = st.sampled_from(
    ["Authorization", "x-amz-date", "X-Amz-Content-Sha256", "x_amz_date", "X-A", "x-a", "User-Agent", "Origin"]
)
VALUES = st.sampled_from(["", "a  b", "é", OWN, "Bearer own", "e" * 64, "UNSIGNED-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"])
TARGETS = st.sampled_from(["/", "/x?y", "/a//b/../%41?b=2&a=1", "/?X-Amz-Credential=AKID%2F20260101%2Fr%2Fs%2Faws4_request"])


@pytest.mark.parametrize("name", SCHEMES)
@pytest.mark.parametrize("on_existing", ["replace", "keep", "refuse"])
@given(
    given_fields=st.lists(st.tuples(NAMES, VALUES), max_size=4),
    target=TARGETS,
    body=st.binary(max_size=3),
    minor=st.sampled_from("01"),
)
def test_a_stamp_gives_the_bytes_of_the_flow(name, on_existing, given_fields, target, body, minor):
    where = services(SCHEMES[name], on_existing=on_existing)
    ready = ReadyCache(SimpleNamespace(services=where))
    block = "".join(f"{key}: {value}\r\n" for key, value in given_fields)
    length = f"Content-Length: {len(body)}\r\n" if body else ""
    head = read_request(f"POST {target} HTTP/1.{minor}\r\nHost: api.example.com\r\n{length}{block}\r\n".encode())
    plan = ready.plan(ready.rules(), ORIGIN, head)
    assert ready.stamp(plan, ORIGIN, head, b"") is None
    stamped = ready.stamp(plan, ORIGIN, head, b"")
    if stamped is None:
        return
    line = b"POST %b HTTP/1.%b\r\n" % (target.encode(), minor.encode())
    quick = line + stamped.lines + lines_of(stamped.stamp.fields(body, NOON)) + b"\r\n"
    step = where.engine.begin(where.rules.current, plan, request_of(head, ORIGIN).with_body(body)).start()
    assert quick == outgoing.head_of(step, head, body, chunked=False)


def seen_twice(scheme, head, **options):
    where = services(scheme, **options)
    ready = ReadyCache(SimpleNamespace(services=where))
    plan = ready.plan(ready.rules(), ORIGIN, head)
    ready.stamp(plan, ORIGIN, head, b"")
    return ready.stamp(plan, ORIGIN, head, b"")


def head_with(fields="", method="GET"):
    return read_request(f"{method} / HTTP/1.1\r\nHost: api.example.com\r\n{fields}\r\n".encode())


@pytest.mark.parametrize("name", ["an API", "S3", "a hash in a header", "temporary keys"])
def test_what_signs_the_body_in_a_header_has_a_stamp(name):
    assert seen_twice(SCHEMES[name], head_with("Content-Length: 1\r\n")) is not None


@pytest.mark.parametrize(
    ("fields", "options"),
    [
        ("Transfer-Encoding: chunked\r\n", {}),
        ("Sec-Fetch-Site: same-origin\r\n", {}),
        (f"Authorization: {OWN}\r\n", {"on_existing": "keep"}),
        (f"Authorization: {OWN}\r\n", {"on_existing": "refuse"}),
        (f"X-A: {'a' * 5000}\r\n", {}),
    ],
)
def test_what_is_decided_anew_for_each_request_has_none(fields, options):
    assert seen_twice(SIGNING, head_with(fields), **options) is None


def test_a_stamp_is_forgotten_with_its_rules():
    where = services(SIGNING)
    ready, head = ReadyCache(SimpleNamespace(services=where)), head_with()
    for _ in range(2):
        found = ready.stamp(ready.plan(ready.rules(), ORIGIN, head), ORIGIN, head, b"")
    assert found is not None
    where.rules.current = ruleset(proxy_setup.credential(SCHEMES["an unsigned body"]))
    assert ready.stamp(ready.plan(ready.rules(), ORIGIN, head), ORIGIN, head, b"") is None


def test_the_clock_of_the_past_shows_it_once():
    past = Past(Memory(Clock()).of(rule("a"), SIGNING, ORIGIN, ""), NOON - timedelta(hours=1))
    assert [past.now(), past.now(), past.nonce()] == [NOON - timedelta(hours=1), NOON, "n0nce"]


# -- through the proxy


@pytest.fixture
def exchanges(monkeypatch):
    """Nobody looks; each exchange that there was."""
    begun = []
    begin = Engine.begin

    def counted(*args, **more):
        begun.append(begin(*args, **more))
        return begun[-1]

    monkeypatch.setattr(proxy_setup, "LEVEL", Level.NOTHING)
    monkeypatch.setattr(Engine, "begin", counted)
    return begun


def post(port, body):
    return request(port, "POST", fields=f"Content-Length: {len(body)}\r\n", body=body)


def signatures(there):
    return [head.partition(b"Signature=")[2][:64] for head in there.heads]


async def test_only_the_first_request_of_a_head_needs_an_exchange(tmp_path, exchanges):
    async with origin() as there, proxy([rule("127.0.0.1", SIGNING)], tmp_path) as running, talk(running) as (reader, writer):
        for body in (b"abc", b"abc", b"abd"):
            writer.write(post(there.port, body))
            assert status((await answers(reader, 1))[0]) == 200
    first, second, third = signatures(there)
    assert (len(exchanges), running.traces) == (1, [])
    assert first == second != third
    assert there.received.count(b"\r\n\r\nabc") == 2


async def test_an_origin_whose_clock_differs_is_believed(tmp_path, exchanges):
    strict = []

    def reply(head):
        if strict and b"X-Amz-Date: 20260101T060000Z" not in head:
            return b"HTTP/1.1 403 No\r\nDate: Thu, 01 Jan 2026 06:00:00 GMT\r\nContent-Length: 0\r\n\r\n"
        return b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

    async with (
        origin(reply) as there,
        proxy([rule("127.0.0.1", SIGNING)], tmp_path) as running,
        talk(running) as (reader, writer),
    ):
        for sends in (1, 3, 4):
            writer.write(post(there.port, b"abc"))
            assert (status((await answers(reader, 1))[0]), len(there.heads)) == (200, sends)
            strict.append(True)
    assert (len(exchanges), there.received.count(b"\r\n\r\nabc")) == (2, 4)


async def test_what_fails_after_it_was_signed_leaves_the_notes_of_that_signature(tmp_path, exchanges, monkeypatch):
    times = count()
    monkeypatch.setattr(proxy_setup.Clock, "now", lambda _: NOON + timedelta(seconds=next(times)))
    broken = []
    reply = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    async with (
        origin(lambda _: b"nonsense\r\n\r\n" if broken else reply) as there,
        proxy([rule("127.0.0.1", SIGNING)], tmp_path) as running,
        talk(running) as (reader, writer),
    ):
        for expected in (200, 502):
            writer.write(post(there.port, b"abc"))
            assert status((await answers(reader, 1))[0]) == expected
            broken.append(True)
    (trace,), (_, sent) = running.traces, there.heads
    notes = {note.label: note.text for note in trace.notes}
    assert (list(notes), trace.error.code) == (["canonical request", "string to sign"], "remote_error")
    assert f"X-Amz-Date: {notes['string to sign'].split()[1]}\r\n".encode() in sent
    assert trace.sent.headers.get("Authorization").encode() in sent
    assert signatures(there)[1].decode() not in str(trace.to_json())


@pytest.mark.parametrize(
    "step",
    [
        "proxy.http1.ready_cache:ReadyCache.stamp",
        "engine.shortcuts.signed_head:SignedHead._sign",
        "engine.shortcuts.signed_head:lines_of",
        "proxy.http1.request:outgoing",
        "proxy.http1.request:send",
    ],
)
async def test_a_step_that_breaks_sends_nothing(step, tmp_path, exchanges, monkeypatch):
    async with origin() as there, proxy([rule("127.0.0.1", SIGNING)], tmp_path) as running, talk(running) as (reader, writer):
        for expected in (200, 502):
            writer.write(post(there.port, b"abc"))
            assert status((await answers(reader, 1))[0]) == expected
            monkeypatch.setattr(f"authwright.{step.replace(':', '.')}", broken)
    assert (len(there.heads), len(exchanges)) == (1, 2 if step.startswith("proxy.http1.request:") else 1)


def broken(*_given, **_named):
    raise RuntimeError(CANARY)
