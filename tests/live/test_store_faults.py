"""A full disk, a spoiled store, a clock that jumps: a clear sentence, nothing lost, and nothing sent that should not be."""

import asyncio
import json
import os
import resource
import signal
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.live import many_requests
from tests.live.command_forks import CommandForks
from tests.live.process import authwright, kill, of_authwright, refreshers, until

from authwright.flow.token import Token
from authwright.secret import Secret
from authwright.tokens.store import Label, Record

pytestmark = [pytest.mark.live, pytest.mark.timeout(200)]


def limit(process, size):
    """How large a file may become that *process* or one of its refreshers writes."""
    for each in (process, *refreshers(process)):
        resource.prlimit(each, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


async def test_a_full_disk_is_found_before_the_refresh_token_is_spent(login, rotation, tmp_path):
    with CommandForks(tmp_path) as forks:
        process = forks.start("run", "--listen", "127.0.0.1:0", "--config", str(login.file), "-q", "--json")
        proxy = forks.said("listening")[0]
        limit(process, 0)
        answers = [await many_requests.answer_of(proxy, login.address) for _ in range(5)]
        spent = rotation.requests
        limit(process, resource.RLIM_INFINITY)
        recovered = await many_requests.once(200, proxy, login.address)
        kill(process)
    assert ({status for status, _ in answers}, spent) == ({502}, 0)
    assert "tokens.db cannot be used: " in json.loads(answers[0][1])["detail"]
    assert (recovered, rotation.requests, rotation.reused) == (True, 1, 0)
    assert rotation.is_good(login.kept().refresh_token.reveal())


async def test_a_disk_that_fills_up_within_a_refresh_loses_nothing(login, rotation, tmp_path):
    rotation.tail = 1
    with CommandForks(tmp_path) as forks:
        process = forks.start("run", "--listen", "127.0.0.1:0", "--config", str(login.file), "-q", "--json")
        proxy = forks.said("listening")[0]
        waiting = asyncio.create_task(many_requests.status_of(proxy, login.address))
        await asyncio.to_thread(until, lambda: rotation.requests, "the token request")
        limit(process, 0)
        statuses = [await waiting, await many_requests.status_of(proxy, login.address)]
        limit(process, resource.RLIM_INFINITY)
        os.kill(process, signal.SIGTERM)
        await asyncio.to_thread(until, lambda: not Path(f"/proc/{process}").exists(), "the proxy's end")
    assert (statuses, rotation.requests) == ([200, 200], 1)
    assert rotation.is_good(login.kept().refresh_token.reveal())


def token(login, folder, **more):
    """What ``authwright token box`` comes to."""
    argv = authwright("token", "box", "--config", str(login.file))
    environment = of_authwright(folder, **more)
    return subprocess.run(argv, env=environment, cwd=folder, capture_output=True, text=True, timeout=60, check=False)


def cut(home):
    path = home / "tokens.db"
    path.write_bytes(path.read_bytes()[:5000])


def flipped(home):
    path = home / "tokens.db"
    content = bytearray(path.read_bytes())
    content[4096 + 50 :: 97] = bytes(byte ^ 1 for byte in content[4096 + 50 :: 97])
    path.write_bytes(content)


def another_key(home):
    (home / "tokens.key").write_bytes(os.urandom(32))


def open_to_others(home):
    (home / "tokens.db").chmod(0o644)


def a_link(home):
    (home / "tokens.db").rename(home / "elsewhere.db")
    (home / "tokens.db").symlink_to(home / "elsewhere.db")


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (cut, "tokens.db is damaged."),
        (flipped, "tokens.db is damaged."),
        (another_key, "tokens.db was encrypted with another key than the one beside it."),
        (open_to_others, "tokens.db can be reached by other users."),
        (a_link, "tokens.db cannot be used: Too many levels of symbolic links."),
    ],
)
def test_a_spoiled_store_is_said_so_left_alone_and_nothing_is_sent(login, rotation, tmp_path, spoil, sentence):
    with login.store() as store:
        store._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    spoil(login.home)
    before = (login.home / "tokens.db").read_bytes()
    done = token(login, tmp_path)
    first, hint, *more = done.stderr.splitlines()
    assert (done.returncode, done.stdout, first.endswith(sentence), more) == (1, "", True, []), done.stderr
    assert hint.startswith("  hint: ")
    assert ((login.home / "tokens.db").read_bytes(), rotation.requests) == (before, 0)


def test_another_passphrase_is_said_so(login, rotation, tmp_path):
    for path in login.home.glob("tokens.*"):
        path.unlink()
    first = token(login, tmp_path, AUTHWRIGHT_PASSPHRASE="the first")
    done = token(login, tmp_path, AUTHWRIGHT_PASSPHRASE="the second")
    assert "grant_invalid" in first.stderr or "invalid_grant" in first.stderr
    assert (done.returncode, "another key than the one that AUTHWRIGHT_PASSPHRASE makes" in done.stderr) == (1, True)
    assert rotation.requests == 1


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_clock_that_was_an_hour_off_costs_one_refresh_and_no_failure(login, rotation, tmp_path, hours):
    then = datetime.now(UTC) + timedelta(hours=hours)
    with login.store() as store:
        store.save(
            Record(
                login.key,
                Label("box", "", "refresh_token", login.address),
                Token(Secret("old"), then + timedelta(minutes=59), then, Secret(rotation.seed())),
            )
        )
    done = [token(login, tmp_path) for _ in range(2)]
    assert ([each.returncode for each in done], rotation.requests, rotation.reused) == ([0, 0], 1, 0)
    assert done[0].stdout == done[1].stdout != "old\n"
