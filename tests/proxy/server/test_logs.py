"""The log while the system has no file descriptor left: a line a second, and the proxy serves again afterwards."""

import asyncio
import contextlib
import resource
import socket
from pathlib import Path

import pytest
from tests.proxy.running import origin, proxy, rule, status, until


@pytest.mark.usefixtures("engine")
async def test_a_proxy_without_file_descriptors_says_so_once_a_second_and_serves_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with origin() as there, proxy([rule("127.0.0.1")], tmp_path) as running:
        limits, loop = resource.getrlimit(resource.RLIMIT_NOFILE), asyncio.get_running_loop()
        sockets = [socket.socket() for _ in range(40)]
        resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors() + 10, limits[1]))
        try:
            began = loop.time()
            for each in sockets:
                each.setblocking(False)
                with contextlib.suppress(BlockingIOError):
                    each.connect(("127.0.0.1", running.port))
            await until(lambda: len(caplog.records) >= 2)
            lines, took = len(caplog.records), loop.time() - began
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, limits)
            for each in sockets:
                each.close()
        assert lines <= took + 1
        assert {record.message for record in caplog.records} == {
            "no connection can be opened: Too many open files; trying again every second"
        }
        host = f"127.0.0.1:{there.port}"
        assert status(await running.send(f"GET http://{host}/ HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())) == 200


def descriptors() -> int:
    return len(tuple(Path("/proc/self/fd").iterdir()))
