"""Many requests at once, and many proxies on one store."""

import asyncio
import contextlib
import itertools
import time
from collections import Counter

from tests.live.command_forks import CommandForks
from tests.live.process import kill


async def status_of(proxy, address, path="/"):
    """The status of a GET through *proxy*."""
    return (await answer_of(proxy, address, path))[0]


async def answer_of(proxy, address, path="/"):
    """The status and the body of a GET through *proxy*."""
    host, _, port = proxy.rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        writer.write(f"GET http://{address}{path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n".encode())
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
        return int(head.split()[1]), body.decode()
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def at_once(count, proxy, address):
    """How many of *count* requests at once got which status."""
    return Counter(await asyncio.gather(*(status_of(proxy, address, f"/{number}") for number in range(count))))


@contextlib.contextmanager
def proxies(count, login, folder):
    """*count* proxies on the store of *login*; their addresses."""
    processes, addresses = [], []
    with CommandForks(folder) as forks:
        try:
            for _ in range(count):
                processes.append(forks.start("run", "--listen", "127.0.0.1:0", "--config", str(login.file), "-q", "--json"))
                addresses.append(forks.said("listening")[0])
            yield addresses
        finally:
            for process in processes:
                kill(process)


async def once(status, proxy, address, patience=60):
    """Ask until the answer has *status*, as it has once a back-off is over; whether it came to that."""
    end = time.monotonic() + patience
    while await status_of(proxy, address) != status:
        if time.monotonic() > end:
            return False
        await asyncio.sleep(0.1)
    return True


async def until_asked(count, login, addresses, patience=60):
    """Send requests through every proxy until the token endpoint was asked *count* times; the statuses they got."""
    statuses, end = Counter(), time.monotonic() + patience

    async def one(proxy):
        while login.rotation.requests < count and time.monotonic() < end:
            statuses[await status_of(proxy, login.address)] += 1
            await asyncio.sleep(0.03)

    await asyncio.gather(*(one(proxy) for proxy in addresses))
    return statuses


def gaps(times):
    """The seconds between each and the next."""
    return [later - earlier for earlier, later in itertools.pairwise(times)]
