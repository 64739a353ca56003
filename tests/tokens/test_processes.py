"""Several processes on one store, a real socket between them and the token endpoint, and kill -9."""

import asyncio
import sys
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.grants.authorization_server import AuthorizationServer
from tests.tokens.process import grant

from authwright.flow.token import Token
from authwright.message import Request
from authwright.secret import Secret
from authwright.tokens.key import key_of
from authwright.tokens.store import Label, Record
from authwright.tokens.stores.sqlite import SqliteStore

PACKAGE = Path(__file__).parents[2] / "addons"
PROGRAM = Path(__file__).with_name("process.py")


@asynccontextmanager
async def token_endpoint(server):
    async def serve(reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        body = await reader.readexactly(int(head.split(b"Content-Length:")[1].split()[0]))
        await asyncio.sleep(0.05)  # long enough for every process to be at the door
        request = Request.of("POST", "http://127.0.0.1/token", [("Authorization", "Basic aWQ6cw==")], body)
        response = server.serve(request)
        writer.write(f"HTTP/1.0 {response.status} X\r\n\r\n".encode() + response.body)
        await writer.drain()
        writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with listening:
        yield listening.sockets[0].getsockname()[1]


async def start(home, port, *more):
    return await asyncio.create_subprocess_exec(
        sys.executable, PROGRAM, home, str(port), *more, stdout=asyncio.subprocess.PIPE, env={"PYTHONPATH": str(PACKAGE)}
    )


async def said(process):
    output, _ = await asyncio.wait_for(process.communicate(), 60)
    return output.decode().strip()


def store_of(home):
    return SqliteStore(home / "tokens.db", key_of(home))


def server(*refresh_tokens):
    return AuthorizationServer(client=("id", "s"), refresh_tokens=set(refresh_tokens), gives_refresh_token=True)


async def test_four_processes_of_twenty_requests_make_one_token_request(tmp_path):
    authorization_server = server("first")
    async with token_endpoint(authorization_server) as port:
        processes = [await start(tmp_path / "home", port) for _ in range(4)]
        words = [await said(process) for process in processes]
    assert (words, len(authorization_server.requests)) == (["access-1"] * 4, 1)


async def test_four_processes_on_an_ended_token_spend_its_refresh_token_once(tmp_path):
    authorization_server = server("stored")
    async with token_endpoint(authorization_server) as port:
        ended = datetime.now(UTC) - timedelta(minutes=1)  # noqa: TID251 - several processes share one real clock
        token = Token(Secret("old"), ended, ended - timedelta(hours=1), Secret("stored"))
        store = store_of(tmp_path / "home")
        store.save(Record(grant(port).key, Label("orders", "dev", "refresh_token", "x"), token))
        store.close()
        processes = [await start(tmp_path / "home", port) for _ in range(4)]
        words = [await said(process) for process in processes]
    assert words == ["access-1"] * 4
    assert [form["refresh_token"] for form in authorization_server.requests] == ["stored"]


@pytest.mark.parametrize(
    ("where", "word", "requests"),
    [("in-request", "access-1", 1), ("before-save", "grant_invalid", 2)],
    ids=["killed before the server heard of it", "killed between the answer and the save, by a server that rotates at once"],
)
async def test_a_killed_process_leaves_a_whole_store_and_a_free_lock(tmp_path, where, word, requests):
    authorization_server = server("first")
    async with token_endpoint(authorization_server) as port:
        victim = await start(tmp_path / "home", port, where)
        assert await asyncio.wait_for(victim.stdout.readline(), 60) == b"here\n"
        waiting = await start(tmp_path / "home", port)
        victim.kill()
        await victim.communicate()
        answer = await said(waiting)
    assert (answer, len(authorization_server.requests)) == (word, requests)
