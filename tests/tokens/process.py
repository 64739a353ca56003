"""One process among several on one store: obtains a token, or stops in the middle; its token endpoint is a real socket.

Usage: python process.py HOME PORT [WHERE]    WHERE: ``in-request`` or ``before-save``: says so, and waits to be killed
"""

import asyncio
import sys
import time
from pathlib import Path

from authwright.ambient import SystemAmbient
from authwright.flow.commands import Fetch
from authwright.grants.refresh_token import RefreshToken
from authwright.message import Headers, Response
from authwright.secret import Secret
from authwright.tokens.broker import Broker
from authwright.tokens.key import key_of
from authwright.tokens.store import Label
from authwright.tokens.stores.sqlite import SqliteStore


class Stopping(SqliteStore):
    def save(self, record):
        if record.refreshing_since is None:
            stop()
        super().save(record)


def stop():
    print("here", flush=True)  # noqa: T201 - how the test is told
    time.sleep(60)


def grant(port):
    return RefreshToken(
        token_endpoint=f"http://127.0.0.1:{port}/token", client_id="id", client_secret=Secret("s"), refresh_token=Secret("first")
    )


async def send(port, request):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = f"POST /token HTTP/1.0\r\nContent-Length: {len(request.body)}\r\n\r\n"
    writer.write(head.encode() + request.body)
    answered = await reader.read()
    writer.close()
    await writer.wait_closed()
    head, _, body = answered.partition(b"\r\n\r\n")
    return Response(int(head.split()[1]), Headers(), body)


async def main(home, port, where=""):
    store = (Stopping if where == "before-save" else SqliteStore)(Path(home) / "tokens.db", key_of(Path(home)))
    broker = Broker(store, SystemAmbient())

    async def run(flow):
        command, answer = next(flow), None
        while True:
            if isinstance(command, Fetch):
                if where == "in-request":
                    stop()
                answer = await send(port, command.request)
            try:
                command = flow.send(answer)
            except StopIteration as done:
                return done.value

    asked = grant(port)
    label = Label("orders", "dev", asked.grant, asked.authorization_server)
    tokens = await asyncio.gather(*(broker.obtain(asked, run, label=label) for _ in range(20)), return_exceptions=True)
    print(",".join(sorted({getattr(token, "code", "") or token.access_token.reveal() for token in tokens})), flush=True)  # noqa: T201 - how the test is told
    await broker.close()
    store.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), *sys.argv[3:]))
