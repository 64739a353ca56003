"""A refused request leaves nothing behind."""

import asyncio
import gc
from collections.abc import Callable, Coroutine
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any

import pytest
from mitmproxy import http
from tests.certificates import Pki
from tests.proxy.multiplexed import h2_ask
from tests.proxy.running import Running, origin, proxy, read_response, rule, status, tls_tunnel

from authwright.errors import AuthwrightError, ConfigError, Problem, TokenEndpointError, kept
from authwright.flow.bases import SchemeBase
from authwright.proxy.stock.request_state import RequestState

REFUSALS = 1000


class Refusing(SchemeBase):
    """A scheme whose every request fails."""

    type = "refusing"
    places = ()

    def authorize(self, request: Any, ambient: Any) -> Any:
        raise RuntimeError
        yield


pytestmark = pytest.mark.usefixtures("engine")


def left() -> int:
    """Requests, their states, and frames and tracebacks that are alive."""
    gc.collect()
    return sum(isinstance(each, http.Request | RequestState | FrameType | TracebackType) for each in gc.get_objects())


async def leaves_nothing(refuse: Callable[[int], Coroutine[Any, Any, None]]) -> None:
    await refuse(100)
    before = left()
    await refuse(REFUSALS)
    assert left() - before < REFUSALS // 10


async def test_over_http1(tmp_path: Path) -> None:
    async with proxy([rule("127.0.0.1", Refusing())], tmp_path) as running:

        async def refuse(count: int) -> None:
            reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
            for _ in range(count):
                writer.write(b"GET http://127.0.0.1/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
                assert status(await read_response(reader)) == 502
            writer.close()

        await leaves_nothing(refuse)


async def test_over_http2(tmp_path: Path, pki: Pki) -> None:
    async with origin(context=pki.server_context()) as there:
        async with proxy([rule("localhost", Refusing())], tmp_path) as running:
            await leaves_nothing(lambda count: refuse_multiplexed(running, f"localhost:{there.port}", count))
        assert there.received == b""


async def refuse_multiplexed(running: Running, authority: str, count: int) -> None:
    for _ in range(count // 50):
        reader, writer = await tls_tunnel(running.port, authority, running.ca(), alpn=["h2"])
        answers = await h2_ask(reader, writer, [b"x"] * 50, authority=authority.encode())
        assert {each[0] for each in answers} == {b"502"}
        writer.close()


@pytest.mark.parametrize(
    "error",
    [
        AuthwrightError("a", code="b", hint="c"),
        TokenEndpointError("a", error="b", status=400),
        ConfigError((Problem("f", 1, 2, "c", "m"),)),
    ],
)
def test_an_error_that_is_kept_says_the_same_and_holds_no_frame(error: AuthwrightError) -> None:
    try:
        raise error from KeyError()
    except AuthwrightError as caught:
        twin = kept(caught)
    assert (twin.__traceback__, twin.__context__, twin.__cause__) == (None, None, None)
    assert (type(twin), twin.args, vars(twin)) == (type(error), error.args, vars(error))
