"""An event loop answers for ``localhost`` and the names below it by itself, and leaves all others to the resolver."""

import asyncio
import socket
from typing import Any

from authwright.outbound import loopback_names


async def test_every_other_name_is_the_resolvers() -> None:
    loop = asyncio.get_running_loop()
    asked: list[Any] = []

    async def resolve(host: Any, port: Any, **_: Any) -> Any:
        asked.append(host)
        return []

    loop.getaddrinfo = resolve  # type: ignore[assignment,method-assign]  # of this one loop
    loopback_names.pin(loop)
    for name in ("localhost.example", "notlocalhost", b"example.com", None):
        await loop.getaddrinfo(name, 80)  # type: ignore[arg-type]  # asyncio's transports give bytes too
    assert asked == ["localhost.example", "notlocalhost", b"example.com", None]


async def test_a_family_that_is_asked_for_is_the_only_one_given() -> None:
    loop = asyncio.get_running_loop()
    loopback_names.pin(loop)
    for family, expected in ((socket.AF_INET, {"127.0.0.1"}), (socket.AF_INET6, {"::1"}), (0, {"127.0.0.1", "::1"})):
        found = await loop.getaddrinfo("x.localhost", 80, family=family, type=socket.SOCK_STREAM)
        assert {each[4][0] for each in found} == expected
