"""A day in a minute: short tokens, two clients, environments switched, the proxy restarted, the configuration changed."""

import asyncio
import contextlib
import os
import signal
import time
from collections import Counter
from pathlib import Path

import pytest
from tests.live import many_requests
from tests.live.command_forks import CommandForks
from tests.live.process import PATIENCE, free_port, kill, until
from tests.live.rotating import RotatingServer, Rotation

pytestmark = [pytest.mark.live, pytest.mark.timeout(300)]

LIFETIME = 2
CONFIGURATION = """\
version: 1
environment: {active}
environments:
  dev: {{idp: "http://{dev}", first: dev-first}}
  prod: {{idp: "http://{prod}", first: prod-first}}
credentials:
  api: {{type: oauth2, grant: refresh_token, token_endpoint: "${{idp}}/token", client_id: c, client_secret: s, refresh_token: "${{first}}"}}
rules:
  - {{match: "{api}", auth: api}}
# {remark}
"""


class Both:
    """The API's side: takes the tokens of either environment, and says whose it was."""

    def __init__(self, rotations):
        self.rotations = rotations

    def call(self, access_token):
        name = access_token.partition("-")[0]
        return self.rotations[name].call(access_token) if name in self.rotations else 401


class Day:
    """The proxy, its configuration, and what two clients saw; who is *active* decides what they should see."""

    def __init__(self, folder, forks, rotations, addresses):
        self.folder, self.forks, self.rotations, self.addresses = folder, forks, rotations, addresses
        self.file, self.port = folder / "authwright.yaml", free_port()
        self.proxy = f"127.0.0.1:{self.port}"
        self.seen, self.open = Counter(), asyncio.Event()

    def write(self, active, remark):
        self.active = active
        text = CONFIGURATION.format(active=active, remark=remark, **self.addresses)
        draft = self.file.with_suffix(".draft")
        draft.write_text(text)
        draft.replace(self.file)

    async def start(self):
        arguments = ("run", "--listen", self.proxy, "--config", str(self.file), "-q", "--json")
        self.process = self.forks.start(*arguments)
        await asyncio.to_thread(self.forks.said, "listening")
        self.open.set()

    async def restart(self):
        os.kill(self.process, signal.SIGTERM)
        await asyncio.to_thread(until, lambda: not Path(f"/proc/{self.process}").exists(), "the proxy's end")
        await self.start()

    async def switch(self, active, remark):
        """Change the environment in the file, and wait until requests show it; meanwhile the clients are still."""
        self.open.clear()
        await asyncio.gather(*(self.idle.acquire() for _ in range(2)))
        self.write(active, remark)
        end = time.monotonic() + PATIENCE
        while await self.whose() != active:
            assert time.monotonic() < end, f"the environment is not {active} yet"
            await asyncio.sleep(0.05)
        for _ in range(2):
            self.idle.release()
        self.open.set()

    async def whose(self):
        """The environment of the token that a request got."""
        status, body = await many_requests.answer_of(self.proxy, self.addresses["api"])
        return body.removeprefix("Bearer ").partition("-")[0] if status == 200 else f"status {status}"

    async def client(self):
        while True:
            await self.open.wait()
            async with self.idle:
                with contextlib.suppress(OSError, IndexError):  # nobody listens while it restarts
                    found = await self.whose()
                    self.seen["right" if found == self.active else found] += 1
            await asyncio.sleep(0.02)

    async def while_tokens_end(self, count=2):
        """Until the active environment's token was renewed *count* times."""
        rotation = self.rotations[self.active]
        until_then = rotation.requests + count
        await asyncio.to_thread(until, lambda: rotation.requests >= until_then, "the next token")

    async def pass_by(self):
        self.idle = asyncio.Semaphore(2)
        clients = [asyncio.create_task(self.client()) for _ in range(2)]
        await self.while_tokens_end()
        await self.restart()
        await self.while_tokens_end()
        await self.switch("prod", "switched")
        await self.while_tokens_end()
        await self.restart()
        self.write("prod", "reloaded")
        await self.while_tokens_end()
        await self.switch("dev", "and back")
        await self.while_tokens_end()
        await self.restart()
        await self.while_tokens_end(1)
        for client in clients:
            client.cancel()
        await asyncio.gather(*clients, return_exceptions=True)


async def test_a_day_in_a_minute(tmp_path):
    rotations = {name: Rotation(name=f"{name}-", lifetime=LIFETIME, leeway=1) for name in ("dev", "prod")}
    for name, rotation in rotations.items():
        rotation.seed(f"{name}-first")
    with (
        RotatingServer(rotations["dev"]) as dev,
        RotatingServer(rotations["prod"]) as prod,
        RotatingServer(Both(rotations)) as api,
        CommandForks(tmp_path) as forks,
    ):
        day = Day(tmp_path, forks, rotations, {"dev": dev.address, "prod": prod.address, "api": api.address})
        day.write("dev", "morning")
        await day.start()
        await day.pass_by()
        kill(day.process)
    assert set(day.seen) == {"right"}, day.seen
    assert [rotation.unauthorized for rotation in rotations.values()] == [0, 0]
    assert [rotation.reused for rotation in rotations.values()] == [0, 0]
    for name, rotation in rotations.items():
        print(f"{name}: {rotation.requests} token requests, {rotation.api} calls of the API")
        assert min(many_requests.gaps(rotation.times)) >= 0.9 * LIFETIME, "a token was replaced while it was good"
