"""The stored tokens, listed once or whenever something changed."""

import json
import re
from contextlib import closing
from dataclasses import replace

from tests.cli.test_token_table import RECORD
from tests.live.process import until

from authwright.assembly import open_store


def test_tokens_lists_it_without_showing_it(authwright, demo_servers):
    token = authwright("token", "orders").stdout.strip()
    header, row = authwright("tokens").stdout.splitlines()
    assert header.split() == ["name", "environment", "grant", "from", "expires", "refresh", "last", "used"]
    assert row.split()[:3] == ["orders", "-", "client_credentials"]
    assert re.split("  +", row)[-2] == "no"
    assert re.fullmatch(r"\d+ s ago", re.split("  +", row)[-1])
    assert " in 59 m " in row
    assert token not in authwright("tokens", "--json").stdout
    assert json.loads(authwright("tokens", "orders", "--reveal", "--json").stdout)[0]["access_token"] == token


def test_an_empty_store_is_said_and_not_made(authwright, tmp_path):
    done = authwright("tokens")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "No tokens are stored.\n")
    assert authwright("tokens", "--json").stdout == "[]\n"
    assert authwright("logout", "--all").stderr == "There was no such token.\n"
    assert not (tmp_path / "home").exists()


def test_it_is_watched_until_ctrl_c(start_authwright, tmp_path):
    home = tmp_path / "home"
    with closing(open_store(home)) as store:
        store.save(RECORD)
    process = start_authwright("tokens", "--watch")
    assert process.stdout.readline().split()[0] == "name"
    assert process.stdout.readline().split()[0] == "box"
    with closing(open_store(home)) as store:
        store.save(replace(RECORD, key="k2", label=replace(RECORD.label, credential="other")))
    until(lambda: process.stdout.readline().startswith("other"), "the new token", process)
    process.send_signal(2)
    assert process.wait(30) == 130


def test_with_v_the_parts_of_a_json_web_token_follow(authwright, tmp_path):
    with closing(open_store(tmp_path / "home")) as store:
        store.save(RECORD)
    assert authwright("tokens", "-v").stdout.splitlines()[-1] == '    claims: {"sub": "änn", "exp": 1}'
