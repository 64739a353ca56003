"""What arrives goes to the layer at once while it may, and always in the order in which it came."""

import asyncio
from types import SimpleNamespace
from unittest.mock import Mock

import pytest
from mitmproxy.connection import ConnectionState, Server

from authwright.proxy.server.eager_reader import EagerReader


class Writer:
    """A writer with so many bytes that have not left."""

    def __init__(self):
        self.waiting = 0
        self.transport = SimpleNamespace(is_closing=lambda: False, get_write_buffer_size=lambda: self.waiting)


class Handler:
    """Takes events as mitmproxy's does, behind a lock; *loop* is what its loop got by asking."""

    def __init__(self):
        self.client = None
        self.silent = False
        self.writer = Writer()
        self.lock = asyncio.Lock()
        self.taken, self.asked = [], []

    def receivers(self, source):
        return [SimpleNamespace(writer=self.writer)]

    async def server_event(self, event):
        async with self.lock:
            self.taken.append(event.data)

    async def loop(self, reader):
        while data := await reader.read(65535):
            self.asked.append(data)
            self.taken.append(data)


@pytest.fixture
async def wired():
    handler, reader = Handler(), asyncio.StreamReader()
    connection = Server(address=None, state=ConnectionState.OPEN)
    transport = Mock(is_closing=lambda: False)
    reader.set_transport(transport)
    reader.feed_data(b"before ")
    pushing = EagerReader(reader, transport, handler, connection)
    looping = asyncio.create_task(handler.loop(pushing))
    await asyncio.sleep(0)
    yield SimpleNamespace(handler=handler, reader=reader, connection=connection, pushing=pushing, transport=transport)
    reader.feed_eof()
    await looping


async def turn():
    for _ in range(3):
        await asyncio.sleep(0)


async def test_what_arrives_goes_to_the_layer_without_the_loop(wired):
    wired.reader.feed_data(b"one ")
    wired.reader.feed_data(b"two")
    assert (wired.handler.taken, wired.handler.asked) == ([b"before ", b"one ", b"two"], [b"before "])


async def test_what_arrives_while_there_is_no_room_is_kept_in_its_order(wired):
    wired.handler.writer.waiting = 1 << 20
    wired.reader.feed_data(b"one ")
    wired.handler.writer.waiting = 0
    wired.reader.feed_data(b"two ")
    assert wired.handler.taken == [b"before "]
    await turn()
    wired.reader.feed_data(b"three")
    assert (wired.handler.taken, wired.handler.asked) == ([b"before ", b"one two ", b"three"], [b"before ", b"one two "])


async def test_what_arrives_while_another_event_waits_is_behind_it(wired):
    handler = wired.handler
    await handler.lock.acquire()
    waiting = asyncio.create_task(handler.server_event(SimpleNamespace(data=b"another ")))
    await asyncio.sleep(0)
    handler.lock.release()
    wired.reader.feed_data(b"one")
    assert handler.taken == [b"before "]
    await waiting
    await turn()
    assert handler.taken == [b"before ", b"another ", b"one"]


@pytest.mark.parametrize("change", ["closed", "silent"])
async def test_the_loop_has_it_where_the_connection_is_closed_or_the_client_new(wired, change):
    if change == "closed":
        wired.connection.state = ConnectionState.CLOSED
    else:
        wired.handler.silent = True
        wired.handler.writer.waiting = 1 << 20
        wired.reader.feed_data(b"first ")
        wired.handler.writer.waiting = 0
        await turn()
    wired.reader.feed_data(b"one")
    assert b"one" not in wired.handler.taken
    await turn()
    assert wired.handler.asked[-1] == b"one"


async def test_what_was_kept_does_not_start_a_transport_again_that_is_held(wired):
    """asyncio's reader stops it when it has kept much, and starts it when that is taken."""
    wired.handler.writer.waiting = 1 << 20
    wired.reader.feed_data(b"x" * (1 << 20))
    wired.pushing.hold()
    await turn()
    assert [name for name, *_ in wired.transport.mock_calls][-2:] == ["resume_reading", "pause_reading"]
    wired.pushing.release()
    assert wired.transport.mock_calls[-1][0] == "resume_reading"


@pytest.mark.parametrize(("seconds", "size", "rests"), [(0.03, 64 << 10, True), (0.001, 64 << 10, False), (0.03, 100, False)])
async def test_a_connection_whose_piece_took_long_rests_for_as_long(wired, monkeypatch, seconds, size, rests):
    moments, later = iter([0.0, seconds]), []
    loop = SimpleNamespace(time=lambda: next(moments), call_later=lambda *given: later.append(given))
    monkeypatch.setattr(wired.pushing, "_loop", loop)
    wired.transport.reset_mock()
    wired.reader.feed_data(bytes(size))
    assert wired.handler.taken[-1] == bytes(size)
    assert (wired.transport.pause_reading.called, [given[0] for given in later]) == (rests, [seconds] * rests)
    for _, rested in later:
        rested()
        wired.transport.resume_reading.assert_called_once()


async def test_a_rest_ends_no_hold_and_a_release_ends_no_rest(wired):
    wired.transport.reset_mock()
    wired.pushing._rest(60)
    wired.pushing.hold()
    wired.pushing.release()
    assert not wired.transport.resume_reading.called
    wired.pushing.hold()
    wired.pushing._rested()
    assert not wired.transport.resume_reading.called
    wired.pushing.release()
    wired.transport.resume_reading.assert_called_once()
