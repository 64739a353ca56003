"""The reach of one credential: the servers that it asks, and what goes to them and to a rule's hosts."""

from pathlib import Path

import pytest

from authwright.config.document import parse
from authwright.config.reach_credential import reached
from authwright.config.reach_values import views

OAUTH2 = "{type: oauth2, grant: client_credentials, token_endpoint: 'https://IDP.example/token', client_id: c, client_secret: '${env:S}'}"


def reach(text, other=None):
    """The lines that always hold, and what goes to the hosts."""
    document, problems = parse(f"credential: {text}\n" + (f"other: {other}\n" if other else ""), "f")
    assert problems == []
    [view] = views(document, {"f": Path("/folder")})
    found = reached(view, document.get("credential"), lambda name: document.get(name) if name else None)
    return {fact.line for fact in found.always}, set(found.to_hosts)


@pytest.mark.parametrize(
    ("text", "always", "to_hosts"),
    [
        ("{type: bearer, token: '${env:T}'}", set(), {"${env:T}"}),
        ("{type: basic, username: me, password: '${command:pass x}'}", {"runs pass x"}, {"${command:pass x}"}),
        (
            OAUTH2,
            {"asks https://idp.example/token", "sends ${env:S} to idp.example"},
            {"a token of https://idp.example/token"},
        ),
        ("{type: aws_sigv4, service: s3, region: r, profile: dev}", set(), {"signatures by the AWS keys of profile dev"}),
        ("{type: aws_sigv4, service: s3, region: r}", set(), {"signatures by your AWS keys"}),
        ("{type: ntlm}", set(), {"your Kerberos ticket"}),
    ],
)
def test_the_reach_of_a_credential(text, always, to_hosts):
    assert reach(text) == (always, to_hosts)


def test_a_token_that_is_taken_over_goes_to_the_takers_server():
    text = (
        "{type: oauth2, grant: token_exchange, token_endpoint: 'https://other.example/t', client_id: c, client_auth: none, "
        "source_credential: other}"
    )
    assert "sends a token of https://idp.example/token to other.example" in reach(text, OAUTH2)[0]


@pytest.mark.parametrize(
    ("target", "line"),
    [("https://evil.example/cb", "lets sign-ins end at https://evil.example/cb"), ("http://127.0.0.1/cb", None)],
)
def test_a_sign_in_that_ends_on_another_machine_is_part_of_the_reach(target, line):
    always, _ = reach(
        f"{{type: oauth2, grant: authorization_code, issuer: 'https://i.example', client_id: c, redirect_uri: '{target}'}}"
    )
    assert {each for each in always if each.startswith("lets")} == ({line} if line else set())
