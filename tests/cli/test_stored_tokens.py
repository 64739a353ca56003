"""A token's life by hand: obtained, listed, used again, replaced, forgotten."""

import json
import re

import pytest

from authwright.cli.demo_servers import World, running


@pytest.fixture
def world(tmp_path):
    world = World()
    with running(world) as addresses:
        (tmp_path / "authwright.yaml").write_text(f"""\
version: 1
credentials:
  orders:
    type: oauth2
    grant: client_credentials
    token_endpoint: http://127.0.0.1:{addresses.idp}/token
    client_id: demo
    client_secret: {world.client_secret}
rules:
  - {{match: api.example.com, auth: orders}}
""")
        yield world


def test_token_prints_the_token_alone_and_asks_for_it_once(authwright, world):
    first, second = authwright("token", "orders"), authwright("token", "orders")
    assert (first.returncode, first.stderr, {first.stdout.strip()}) == (0, "", world.tokens)
    assert (second.stdout, world.token_requests) == (first.stdout, 1)


def test_tokens_lists_it_without_showing_it(authwright, world):
    token = authwright("token", "orders").stdout.strip()
    header, row = authwright("tokens").stdout.splitlines()
    assert header.split() == ["name", "environment", "grant", "from", "expires", "refresh", "last", "used"]
    assert row.split()[:3] == ["orders", "-", "client_credentials"]
    assert re.split("  +", row)[-2] == "no"
    assert re.fullmatch(r"\d+ s ago", re.split("  +", row)[-1])
    assert " in 59 m " in row
    assert token not in authwright("tokens", "--json").stdout
    assert json.loads(authwright("tokens", "orders", "--reveal", "--json").stdout)[0]["access_token"] == token


def test_explain_uses_the_stored_token_and_hides_it(authwright, world):
    assert "needs    token: client_credentials from http://127.0.0.1:" in authwright("explain", "https://api.example.com/").stdout
    token = authwright("token", "orders").stdout.strip()
    assert "sends    + Authorization: Bearer <hidden>" in authwright("explain", "https://api.example.com/").stdout
    assert f"Bearer {token}" in authwright("explain", "--reveal", "https://api.example.com/").stdout


def test_refresh_replaces_it(authwright, world):
    old = authwright("token", "orders").stdout
    done = authwright("refresh", "orders")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "orders has a new token, good for 59 m.\n")
    assert authwright("token", "orders").stdout != old
    assert world.token_requests == 2


def test_logout_forgets_it(authwright, world):
    authwright("token", "orders")
    assert (
        authwright("logout", "ordres").stderr.splitlines()[0]
        == "authwright: There is no credential called 'ordres'. Did you mean 'orders'?"
    )
    assert authwright("logout", "orders").stderr == "1 token forgotten.\n"
    assert authwright("tokens").stderr == "No tokens are stored.\n"


def test_a_token_endpoint_that_is_not_there_is_exit_code_5(authwright, world, tmp_path):
    file = tmp_path / "authwright.yaml"
    file.write_text(
        "\n".join(
            line.partition("http:")[0] + "http://127.0.0.1:1/token" if "endpoint" in line else line
            for line in file.read_text().split("\n")
        )
    )
    done = authwright("token", "orders")
    assert (done.returncode, done.stdout) == (5, "")
