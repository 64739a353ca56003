"""A process of its own refreshes and saves, whatever becomes of the one that wanted it."""

import asyncio
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.live.process import refreshers, until
from tests.live.rotating import RotatingServer, Rotation
from tests.tokens.brokers import LABEL

from authwright import refresher
from authwright.ambient import SystemAmbient
from authwright.errors import AuthwrightError
from authwright.flow.protocols import SourceCredential
from authwright.flow.token import Token
from authwright.grants.refresh_token import RefreshToken
from authwright.grants.token_exchange import TokenExchange
from authwright.secret import Secret
from authwright.tokens.attempt import Attempt, Obtained
from authwright.tokens.backoff import Failure
from authwright.tokens.broker import Broker
from authwright.tokens.detached import child as module
from authwright.tokens.detached.child import Refresher, RefresherSetup
from authwright.tokens.detached.detached import Detached
from authwright.tokens.flight import Flight, FlightMeans
from authwright.tokens.key import key_of
from authwright.tokens.store import Record
from authwright.tokens.stores.opening import Opening

PASSWORD = "the-clients-secret"


@pytest.fixture
def rotation():
    return Rotation()


@pytest.fixture
def server(rotation):
    with RotatingServer(rotation) as running:
        yield running


@pytest.fixture
def ground(tmp_path):
    return RefresherSetup(Opening("sqlite", str(tmp_path / "home" / "tokens.db"), key_of(tmp_path / "home")))


@pytest.fixture
def store(ground):
    with closing(ground.opening.open()) as opened:
        yield opened


@pytest.fixture
def attempt(server, rotation):
    grant = RefreshToken(
        token_endpoint=f"http://{server.address}/token",
        client_id="id",
        client_secret=Secret(PASSWORD),
        refresh_token=Secret(rotation.seed()),
    )
    return Attempt(grant, LABEL)


@asynccontextmanager
async def running(ground):
    detached = Detached(ground)
    try:
        yield detached
    finally:
        await detached.close()


async def run(detached, attempt):
    heard, warnings = [], []
    return await detached.run(attempt, heard.append, warnings.append), heard, warnings


async def test_the_token_is_saved_before_it_comes_back_and_its_request_is_told(ground, store, attempt, server):
    async with running(ground) as detached:
        outcome, heard, warnings = await run(detached, attempt)
    assert isinstance(outcome, Obtained)
    assert store.load(attempt.grant.key).token == outcome.token
    assert [each.sentence.partition(": 200 in ")[0] for each in heard] == [f"POST http://{server.address}/token"]
    assert warnings == []


async def test_one_process_runs_one_attempt_after_another(ground, store, attempt):
    async with running(ground) as detached:
        first, *_ = await run(detached, attempt)
        [process] = detached._idle
        second, *_ = await run(detached, replace(attempt, rejected=first.token.access_token))
        assert detached._idle == [process]
    assert [outcome.token.access_token for outcome in (first, second)] == [Secret("access-2"), Secret("access-3")]


async def test_what_another_process_obtained_meanwhile_is_used(ground, store, attempt, rotation):
    store.save(Record(attempt.grant.key, LABEL, Token(Secret("theirs"), refresh_token=Secret("x"))))
    async with running(ground) as detached:
        outcome, *_ = await run(detached, attempt)
    assert (outcome, rotation.requests) == (Obtained(Token(Secret("theirs"), refresh_token=Secret("x"))), 0)


async def test_a_refusal_comes_back_as_it_was_said(ground, attempt, rotation):
    rotation.seed()
    async with running(ground) as detached:
        outcome, *_ = await run(detached, attempt)
    assert isinstance(outcome, Failure)
    assert (outcome.error.code, outcome.presented) == ("grant_invalid", attempt.grant.refresh_token)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
async def test_signals_for_whoever_started_it_do_not_end_it(ground, attempt, rotation, number):
    rotation.tail = 0.3
    async with running(ground) as detached:
        task = asyncio.create_task(run(detached, attempt))
        await asyncio.to_thread(until, lambda: rotation.requests, "the token request")
        [pid] = ours()
        os.kill(pid, number)
        outcome, *_ = await task
    assert (outcome.token.access_token, rotation.requests) == (Secret("access-2"), 1)


async def test_killed_within_a_refresh_it_is_followed_by_one_that_tries_the_old_token_once(ground, store, attempt, rotation):
    rotation.kind, rotation.tail = "first_use", 1
    async with running(ground) as detached:
        task = asyncio.create_task(run(detached, attempt))
        await asyncio.to_thread(until, lambda: rotation.requests, "the token request")
        [pid] = ours()
        rotation.tail = 0
        os.kill(pid, signal.SIGKILL)
        outcome, *_ = await task
    assert (outcome.token.access_token, rotation.requests, rotation.reused) == (Secret("access-3"), 2, 0)


async def test_killed_twice_the_outcome_is_said_to_be_unknown_and_stays_written_down(ground, store, attempt, rotation):
    rotation.kind, rotation.tail = "first_use", 5
    broker = Broker(store, SystemAmbient(), elsewhere=Detached(ground))

    async def nowhere(flow):
        raise AssertionError("a refresh token was spent in this process")

    task = asyncio.create_task(broker.obtain(attempt.grant, nowhere, label=LABEL))
    for count in (1, 2):
        await asyncio.to_thread(until, lambda count=count: rotation.requests == count, "a token request")
        os.kill(ours()[0], signal.SIGKILL)
    with pytest.raises(AuthwrightError) as caught:
        await task
    await broker.close()
    assert (caught.value.code, store.load(attempt.grant.key).refreshing_since is not None) == ("refresh_cut_off", True)


async def test_it_goes_on_when_whoever_wanted_it_is_gone(ground, store, attempt, rotation):
    rotation.tail = 0.3
    process = await asyncio.to_thread(Refresher, ground)
    task = asyncio.create_task(asyncio.to_thread(process.run, attempt))
    await asyncio.to_thread(until, lambda: rotation.requests, "the token request")
    process._to.close()
    await task
    process._from.close()
    process._process.wait(30)
    assert store.load(attempt.grant.key).token.refresh_token == Secret("refresh-2")


async def test_it_inherits_no_socket_and_no_secret_is_in_its_arguments_or_environment(ground, attempt, rotation):
    rotation.tail = 0.5
    async with running(ground) as detached:
        task = asyncio.create_task(run(detached, attempt))
        await asyncio.to_thread(until, lambda: rotation.requests, "the token request")
        [pid] = ours()
        place = Path(f"/proc/{pid}")
        seen = (place / "cmdline").read_bytes() + (place / "environ").read_bytes()
        sockets = [link for fd in (place / "fd").iterdir() if (link := str(fd.readlink())).startswith("socket:")]
        session = os.getsid(pid)
        await task
    assert [word for word in (PASSWORD, "refresh-1") if word.encode() in seen] == []
    assert len(sockets) <= 3, "the connection to the token endpoint, and the event loop's own pair"
    assert session == pid


async def test_a_store_that_cannot_be_used_is_said_so(ground, attempt):
    Path(ground.opening.place).parent.chmod(0o755)
    async with running(ground) as detached:
        outcome, *_ = await run(detached, attempt)
    Path(ground.opening.place).parent.chmod(0o700)
    assert outcome.error.code == "store_unusable"


def no_more_processes(monkeypatch):
    def refuse(*_, **__):
        raise OSError("no more processes")

    monkeypatch.setattr(module.subprocess, "Popen", refuse)


def frozen(monkeypatch):
    monkeypatch.setattr(module.sys, "frozen", True, raising=False)


@pytest.mark.parametrize("hindrance", [no_more_processes, frozen])
async def test_where_no_process_can_be_started_the_attempt_is_run_here(ground, attempt, monkeypatch, hindrance):
    hindrance(monkeypatch)
    async with running(ground) as detached:
        assert (await run(detached, attempt))[0] is attempt


async def test_what_needs_another_credentials_token_comes_back_with_the_refused_refresh_token(ground, store, attempt, rotation):
    grant = TokenExchange(
        token_endpoint=attempt.grant.token_endpoint,
        client_id="id",
        client_secret=Secret(PASSWORD),
        source_credential=SourceCredential("login", attempt.grant),
    )
    now = datetime.now(UTC)  # noqa: TID251 - a moment to be over
    store.save(Record(grant.key, LABEL, Token(Secret("old"), now, now, Secret("spent"))))
    asked = Attempt(grant, LABEL)
    async with running(ground) as detached:
        outcome, heard, _ = await run(detached, asked)
    assert (outcome, len(heard), rotation.requests) == (replace(asked, spent=Secret("spent")), 1, 1)


async def test_what_came_back_is_run_here_without_the_refused_refresh_token(ground, store, attempt):
    seen = []

    class Exchange(type(attempt.grant)):
        def obtain(self, previous, ambient):
            seen.append(previous.refresh_token)
            return iter(())

    async def here(flow):
        return Token(Secret("exchanged"))

    now = datetime.now(UTC)  # noqa: TID251 - a moment to be over
    grant = Exchange(token_endpoint="http://127.0.0.1/", client_id="i", client_secret=Secret("s"), refresh_token=Secret("spent"))
    store.save(Record(grant.key, LABEL, Token(Secret("old"), now, now, Secret("spent"))))
    with ThreadPoolExecutor(1) as threads:
        means = FlightMeans(store, SystemAmbient(), threads, print)
        outcome = await Flight(means, Attempt(grant, LABEL, spent=Secret("spent")), here).run()
    assert (outcome, seen) == (Obtained(Token(Secret("exchanged"))), [None])


async def test_a_token_that_nobody_waits_for_any_more_is_saved_once_there_is_room(ground, store, attempt, monkeypatch):
    now = datetime.now(UTC)  # noqa: TID251 - a moment to compare
    record = Record(attempt.grant.key, LABEL, Token(Secret("late"), now))
    Path(ground.opening.place).parent.chmod(0o755)
    monkeypatch.setattr(refresher.time, "sleep", lambda _: Path(ground.opening.place).parent.chmod(0o700))
    await asyncio.to_thread(refresher._save_late, ground, record)
    assert store.load(attempt.grant.key) == record


def ours():
    """The process numbers of this process' refreshers."""
    return refreshers(os.getpid())
