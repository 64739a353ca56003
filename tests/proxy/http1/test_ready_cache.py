"""What is ready makes no difference but in time: a request leaves with the bytes that a flow would give it."""

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.ambients import Clock
from tests.configurations import Vending, ruleset
from tests.proxy import running as proxy_setup

from authwright.engine.engine import Engine
from authwright.flow.token import Token
from authwright.message import Request
from authwright.origin import Origin
from authwright.proxy.http1 import outgoing
from authwright.proxy.http1.head import read_request
from authwright.proxy.http1.ready_cache import ReadyCache, request_of
from authwright.schemes.api_key import ApiKey
from authwright.schemes.basic import Basic
from authwright.schemes.bearer import Bearer
from authwright.schemes.oauth2 import OAuth2
from authwright.secret import Secret

ORIGIN = Origin("https", "api.example.com", 443)
TOKEN = Token(Secret("t0k3n"))
SCHEMES = {
    "bearer": Bearer(token=Secret("s3cr3t")),
    "bare token": Bearer(token=Secret("s3cr3t"), prefix=""),
    "basic": Basic(username="ä", password=Secret("p:w")),
    "api key": ApiKey(name="X-Api-Key", value=Secret("s3cr3t")),
    "oauth2": OAuth2(grant=Vending()),
}


def services(scheme, **options):
    tokens = SimpleNamespace(held=lambda grant, rejected=None, host="": TOKEN)
    rules = ruleset(proxy_setup.credential(scheme), **options)
    return SimpleNamespace(rules=SimpleNamespace(current=rules), engine=Engine(SimpleNamespace(), tokens, Clock()))


NAMES = st.sampled_from(["Authorization", "authorization", "X-Api-Key", "x_api_key", "Accept", "Cookie", "X-A", "Origin"])
FIELDS = st.lists(st.tuples(NAMES, st.sampled_from(["", "1", "Bearer own", "a, b"])), max_size=6)


@pytest.mark.parametrize("name", SCHEMES)
@pytest.mark.parametrize("on_existing", ["replace", "keep", "refuse"])
@given(FIELDS)
def test_a_ready_line_gives_the_bytes_of_the_flow(name, on_existing, given_fields):
    where = services(SCHEMES[name], on_existing=on_existing)
    ready = ReadyCache(SimpleNamespace(services=where))
    block = "".join(f"{key}: {value}\r\n" for key, value in given_fields)
    head = read_request(f"GET /x?y HTTP/1.1\r\nHost: api.example.com\r\n{block}\r\n".encode())
    plan = ready.plan(ready.rules(), ORIGIN, head)
    ready = ready.header(plan, ORIGIN, head)
    if ready is None:
        return
    replaced = ready.folded if ready.folded in head.fields.folded else ""
    quick = b"GET /x?y HTTP/1.1\r\n" + head.fields.block(replaced) + ready.line + b"\r\n"
    request = request_of(head, ORIGIN)
    step = where.engine.begin(where.rules.current, plan, request).start()
    assert isinstance(step, Request)
    assert outgoing.head_of(step, head, b"", chunked=False) == quick


@pytest.mark.parametrize("name", SCHEMES)
def test_the_schemes_that_stand_are_ready_for_a_plain_request(name):
    ready = ReadyCache(SimpleNamespace(services=services(SCHEMES[name])))
    head = read_request(b"GET / HTTP/1.1\r\nHost: api.example.com\r\n\r\n")
    assert ready.header(ready.plan(ready.rules(), ORIGIN, head), ORIGIN, head) is not None


def test_where_the_rule_forbids_it_nothing_is_ready():
    ready = ReadyCache(SimpleNamespace(services=services(SCHEMES["bearer"])))
    head = read_request(b"GET / HTTP/1.1\r\nHost: api.example.com\r\n\r\n")
    plain = ORIGIN._replace(scheme="http", port=80)
    assert ready.header(ready.plan(ready.rules(), plain, head), plain, head) is None


def test_another_token_is_another_line():
    where = services(SCHEMES["oauth2"])
    ready = ReadyCache(SimpleNamespace(services=where))
    head = read_request(b"GET / HTTP/1.1\r\nHost: api.example.com\r\n\r\n")
    plan = ready.plan(ready.rules(), ORIGIN, head)
    assert ready.header(plan, ORIGIN, head).line == b"Authorization: Bearer t0k3n\r\n"
    where.engine.broker.held = lambda grant, rejected=None, host="": Token(Secret("next"))
    assert ready.header(plan, ORIGIN, head).line == b"Authorization: Bearer next\r\n"
    where.engine.broker.held = lambda grant, rejected=None, host="": None
    assert ready.header(plan, ORIGIN, head) is None


def test_no_line_is_ready_for_a_host_that_the_token_is_not_bound_to():
    where = services(SCHEMES["oauth2"])
    where.engine.broker.held = lambda grant, rejected=None, host="": TOKEN if host == "elsewhere.example" else None
    ready = ReadyCache(SimpleNamespace(services=where))
    head = read_request(b"GET / HTTP/1.1\r\nHost: api.example.com\r\n\r\n")
    plan = ready.plan(ready.rules(), ORIGIN, head)
    assert ready.header(plan, ORIGIN, head) is None
    assert ready.header(plan, Origin("https", "elsewhere.example", 443), head).token is TOKEN


def test_other_rules_are_other_plans():
    where = services(SCHEMES["bearer"])
    ready = ReadyCache(SimpleNamespace(services=where))
    head = read_request(b"GET / HTTP/1.1\r\nHost: api.example.com\r\n\r\n")
    assert ready.plan(ready.rules(), ORIGIN, head) is not None
    where.rules.current = ruleset(proxy_setup.credential(SCHEMES["bearer"]), host="other.example.com")
    assert ready.plan(ready.rules(), ORIGIN, head) is None
