"""What a token is bound to covers what is narrower, and nothing else."""

import pytest

from authwright.config import load
from authwright.rules.binding import Binding, on_host
from authwright.rules.hosts import HostPattern


def patterns(*texts):
    return tuple(map(HostPattern.parse, texts))


@pytest.mark.parametrize(
    ("bound", "needed", "lacking"),
    [
        (["api.example"], ["api.example"], []),
        (["api.example"], ["evil.example"], ["evil.example"]),
        (["**.example"], ["*.example", "a.b.example"], []),
        (["*.example"], ["**.example"], ["**.example"]),
        (["a.example", "b.example"], ["b.example", "c.example"], ["c.example"]),
        ([], ["a.example"], ["a.example"]),
        ([], [], []),
        (["box.com"], ["evil-box.com", "box.com.evil.com"], ["evil-box.com", "box.com.evil.com"]),
    ],
)
def test_a_host_that_is_not_among_them_is_lacking(bound, needed, lacking):
    assert Binding(patterns(*bound)).lacking(patterns(*needed)) == patterns(*lacking)


@pytest.mark.parametrize("host", ["api.example", "127.0.0.1", "::1"])
def test_one_host_is_allowed_by_itself_alone(host):
    assert Binding(on_host(host)).allows(host)
    assert not Binding(on_host(host)).allows(f"x{host}")


@pytest.mark.parametrize(
    ("then", "now", "trusted"), [((), (), True), (("a",), (), True), (("a", "b"), ("b",), True), ((), ("a",), False)]
)
def test_a_certificate_that_was_added_is_not_trusted(then, now, trusted):
    assert Binding(trust=then).trusts(now) == trusted


TEXT = """\
version: 1
variables: {host: api.example}
credentials:
  declared: {type: bearer, token: "${env:T:-t}", hosts: ["*.example", other.test]}
  used: {type: bearer, token: "${env:T:-t}"}
  source: {type: oauth2, grant: client_credentials, issuer: "https://as.example", client_id: i, client_auth: none}
  taker: {type: oauth2, grant: token_exchange, token_endpoint: "https://as2.example/t", client_auth: none, source_credential: source}
rules:
  - {match: a.example, auth: declared}
  - {match: "${host}", auth: used}
  - match: {host: [b.test, "**.c.test"]}
    auth: used
    rules:
      - {match: {host: b.test, path: /x}, auth: inherit}
  - {match: d.test, auth: taker}
"""


@pytest.mark.parametrize(
    ("name", "hosts"),
    [
        ("declared", ["*.example", "other.test"]),
        ("used", ["api.example", "b.test", "**.c.test"]),
        ("source", ["as2.example"]),
        ("taker", ["d.test"]),
    ],
)
def test_a_credential_goes_to_its_declared_hosts_else_to_those_of_what_uses_it(name, hosts):
    rules = load(TEXT)
    assert rules.hosts_of(rules.credentials[name]) == patterns(*hosts)
