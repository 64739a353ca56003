"""What keeps a stored token from being ended, or asked about, at the server: then it stays where it is."""

import json

import pytest


@pytest.fixture
def token(authwright, demo_servers):
    return authwright("token", "orders").stdout.strip()


@pytest.mark.parametrize(
    ("words", "parameter"),
    [(("logout", "orders", "--revoke"), "revocation_endpoint"), (("tokens", "orders", "--introspect"), "introspection_endpoint")],
)
def test_without_the_endpoint_the_hint_says_what_to_add(authwright, token, words, parameter):
    done = authwright(*words)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"authwright: There is no {parameter}.\n  hint: Add {parameter} to the credential, or issuer\n"
    assert len(json.loads(authwright("tokens", "--json").stdout)) == 1


def test_a_token_of_another_configuration_cannot_be_ended(authwright, token, tmp_path):
    file = tmp_path / "authwright.yaml"
    file.write_text(file.read_text().replace("client_id: demo", "client_id: other"))
    done = authwright("logout", "orders", "--revoke")
    assert (done.returncode, token in done.stderr) == (1, False)
    assert done.stderr.splitlines() == [
        "authwright: The configuration no longer says how the token of orders was obtained.",
        "  hint: authwright logout orders forgets it",
    ]
