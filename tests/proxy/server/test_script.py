"""``mitmdump -s addons/inject.py``, the process that a user of mitmproxy starts."""

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from mitmproxy import ctx, exceptions, hooks
from tests.proxy.foreign_mitmproxy import mitmproxy
from tests.proxy.running import CANARY, Origin, origin, read_response, status, until

from authwright import assembly
from authwright.config import reach_at
from authwright.config.consent import Consents
from authwright.config.reload import Watch
from authwright.errors import AuthwrightError
from authwright.proxy.server.hooks import AuthInjector
from authwright.proxy.server.script import PASSED_ON, ScriptAddon, ScriptOptions
from authwright.proxy.stock.flows import Flows

CHECKOUT = Path(__file__).parents[3]
SOUND = f"""
version: 1
rules:
  - name: api
    match: "127.0.0.1:*"
    auth: {{type: bearer, token: {CANARY}}}
"""
BROKEN = SOUND.replace("bearer", "baerer")


@contextlib.asynccontextmanager
async def mitmdump(
    folder: Path, *more: str, found: bool = False
) -> AsyncIterator[tuple[int, bytearray, asyncio.subprocess.Process]]:
    """The port it listens on, what it prints, and the process."""
    settings = {"authwright_config": folder / "authwright.yaml", "authwright_home": folder / "home", "confdir": folder / "conf"}
    if found:
        del settings["authwright_config"]
    argv = [str(Path(sys.executable).with_name("mitmdump")), "-s", str(CHECKOUT / "addons/inject.py")]
    argv += ["--listen-host", "127.0.0.1", "--listen-port", "0", *more]
    argv += [word for name, value in settings.items() for word in ("--set", f"{name}={value}")]
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONUNBUFFERED": "1", "NO_COLOR": "1"}
    process = await asyncio.create_subprocess_exec(
        *argv,
        cwd=folder,
        env=environment,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    printed = bytearray()

    async def read() -> None:
        assert process.stdout is not None
        while data := await process.stdout.read(4096):
            printed.extend(data)

    reading = asyncio.create_task(read())
    mark = b"listening at 127.0.0.1:"
    try:
        await until(lambda: mark in printed or process.returncode is not None)
        assert mark in printed, printed.decode()
        await until(lambda: b"\n" in printed.partition(mark)[2])
        yield int(printed.partition(mark)[2].partition(b"\n")[0].rstrip(b". \r")), printed, process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), 15)
        except TimeoutError:
            process.kill()
            await process.wait()
        await reading


async def ask(port: int, there: Origin, body: bytes = b"") -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        head = (
            f"POST http://127.0.0.1:{there.port}/ HTTP/1.1\r\nHost: 127.0.0.1:{there.port}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        writer.write(head.encode() + body)
        return await asyncio.wait_for(read_response(reader), 10)
    finally:
        writer.close()


@pytest.mark.parametrize("engine", ["stock", "auto"])
async def test_a_rules_credential_is_injected_and_the_file_is_followed(engine: str, tmp_path: Path) -> None:
    file = tmp_path / "authwright.yaml"
    file.write_text(SOUND)
    options = ("--set", "authwright_annotate=true", "--set", f"authwright_engine={engine}")
    async with origin() as there, mitmdump(tmp_path, *options) as (port, printed, _):
        answer = await ask(port, there, b"body")
        assert (status(answer), b"\r\nAuthwright-Rule: api\r\n" in answer) == (200, True)
        assert there.received.endswith(b"\r\nAuthorization: Bearer " + CANARY.encode() + b"\r\n\r\nbody")
        file.write_text(BROKEN)
        await until(lambda: b"the old rules stay in force" in printed)
        await ask(port, there)
        file.write_text(SOUND.replace(CANARY, "another-canary"))
        async with asyncio.timeout(20):
            while b"Bearer another-canary\r\n" not in there.received:
                await ask(port, there)
        assert there.received.count(b" HTTP/1.1\r\n") == there.received.count(b"\r\nAuthorization: Bearer ")
        assert CANARY.encode() not in printed
        assert (f"POST http://127.0.0.1:{there.port}/".encode() in printed) == (engine == "stock"), "flows are shown, or none is"


@pytest.mark.parametrize("document", [BROKEN, "", None])
async def test_mitmdump_ends_when_there_are_no_sound_rules_and_sends_nothing_until_then(
    document: str | None, tmp_path: Path
) -> None:
    if document is not None:
        (tmp_path / "authwright.yaml").write_text(document)
    async with origin() as there, mitmdump(tmp_path) as (port, printed, process):
        with contextlib.suppress(OSError):
            assert status(await ask(port, there, b"body")) in (0, 502)
        assert await asyncio.wait_for(process.wait(), 20) == 1
        assert there.received == b""
    assert b"Every request is refused" in printed
    assert CANARY.encode() not in printed


async def test_a_script_that_cannot_be_set_up_refuses_every_request(tmp_path: Path) -> None:
    """As in mitmweb, where options change while requests come."""

    def build(asked: ScriptOptions) -> Any:
        raise RuntimeError(CANARY) if asked.config else AuthwrightError("There is none.", code="config_invalid")

    async with mitmproxy(tmp_path, ScriptAddon(build)) as (port, opts), origin() as there:
        answers = [await ask(port, there, b"body")]
        for config in ("a", ""):
            with contextlib.suppress(exceptions.OptionsError):
                opts.update(authwright_config=config, authwright_annotate=True)
            answers.append(await ask(port, there, b"body"))
        assert [(status(each), CANARY.encode() in each) for each in answers] == [(502, False)] * 3
        assert {json.loads(a.partition(b"\r\n\r\n")[2])["code"] for a in answers} <= {"config_invalid", "internal_error"}
        assert there.received == b""


async def test_a_configuration_that_was_found_is_used_after_consent_and_until_then_every_request_is_refused(
    tmp_path: Path,
) -> None:
    file = tmp_path / "authwright.yaml"
    file.write_text(SOUND)
    async with origin() as there, mitmdump(tmp_path, found=True) as (port, printed, _):
        answer = await ask(port, there, b"body")
        problem = json.loads(answer.partition(b"\r\n\r\n")[2])
        assert (status(answer), problem["code"], problem["hint"]) == (502, "untrusted", f"authwright trust {file}")
        assert there.received == b""
        assert f"authwright trust {file}".encode() in printed
        Consents(tmp_path / "home").allow(file, reach_at(file))
        async with asyncio.timeout(20):
            while status(await ask(port, there)) != 200:
                pass
        assert there.received.count(b"\r\nAuthorization: Bearer ") == there.received.count(b" HTTP/1.1\r\n") == 1


GRANTED = """
version: 1
rules:
  - match: "127.0.0.1:{api}"
    auth: {{type: oauth2, grant: client_credentials, token_endpoint: "http://127.0.0.1:{idp}/token", client_id: me,
            client_secret: {secret}}}
"""


@pytest.mark.parametrize("engine", ["stock", "auto"])
async def test_a_token_is_waited_for(engine: str, tmp_path: Path) -> None:
    def granting(_head: bytes) -> bytes:
        token = json.dumps({"access_token": CANARY, "token_type": "Bearer"}).encode()
        return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(token), token)

    def build(asked: ScriptOptions) -> Any:
        watch = Watch(tmp_path / "authwright.yaml")
        return assembly.build(watch, watch.current.settings, home=tmp_path / "home")

    async with origin(granting) as idp, origin() as there:
        (tmp_path / "authwright.yaml").write_text(GRANTED.format(api=there.port, idp=idp.port, secret=CANARY))
        async with mitmproxy(tmp_path, ScriptAddon(build)) as (port, opts):
            opts.update(authwright_engine=engine, authwright_annotate=True)
            assert [status(await ask(port, there, b"body")) for _ in range(2)] == [200, 200]
        assert (len(idp.heads), there.received.count(b"Authorization: Bearer " + CANARY.encode())) == (1, 2)


def test_the_script_passes_every_hook_on() -> None:
    """All but that of SOCKS passwords: there somebody else's mitmproxy has one of its own."""
    events = {*hooks.all_hooks, "authwright_wait", "authwright_answer", "authwright_resend"}
    ours = {name for name in (*vars(AuthInjector), *vars(Flows)) if name in events}
    assert {name for name in ours if not hasattr(ScriptAddon, name) and name not in PASSED_ON} == {"socks5_auth"}


@pytest.mark.parametrize("chosen", ["", "127.0.0.1"])
async def test_it_listens_on_this_machine_alone_where_nobody_chose_an_address(chosen: str, tmp_path: Path) -> None:
    async with mitmproxy(tmp_path, ScriptAddon(lambda _: sound(tmp_path)), listen_host=chosen):
        assert {host for host, *_ in ctx.master.addons.get("proxyserver").listen_addrs()} == {"127.0.0.1"}


@pytest.mark.parametrize("engine", ["stock", "auto"])
@pytest.mark.parametrize(
    ("more", "expected"), [("", 403), ("settings: {password: pa}\n", 200)], ids=["no password", "a password"]
)
async def test_on_a_port_that_others_can_reach_no_rule_is_served_without_a_password(
    more: str, expected: int, engine: str, tmp_path: Path
) -> None:
    chosen = {"listen_host": "0.0.0.0", "authwright_engine": engine}
    async with origin() as there, mitmproxy(tmp_path, ScriptAddon(lambda _: sound(tmp_path, more)), **chosen) as (port, _):
        given = b"Proxy-Authorization: Basic eDpwYQ==\r\n" if more else b""
        for method in (b"GET", b"POST"):
            host = b"127.0.0.1:%d" % there.port
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"%b http://%b/ HTTP/1.1\r\nHost: %b\r\nContent-Length: 0\r\n%b\r\n" % (method, host, host, given))
            answer = await asyncio.wait_for(read_response(reader), 10)
            writer.close()
            assert (expected, not more) == (status(answer), b"Authwright-Error: open_listener\r\n" in answer)
        assert there.received.count(CANARY.encode()) == (2 if more else 0)
        assert more or there.received == b""


def sound(folder: Path, more: str = "") -> Any:
    (folder / "authwright.yaml").write_text(SOUND + more)
    watch = Watch(folder / "authwright.yaml")
    return assembly.build(watch, watch.current.settings, home=folder / "home")
