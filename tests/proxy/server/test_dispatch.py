"""Hooks are called in the chain's order, at once where that can be, and none is called twice."""

import asyncio
from types import SimpleNamespace

import pytest
from mitmproxy import exceptions, hooks
from mitmproxy.options import Options

from authwright.proxy.server.dispatch import Dispatch

HOOK = hooks.DoneHook()


class Addon:
    def __init__(self, name, seen, *, waits=False, error=None):
        self.name = name
        self._seen, self._waits, self._error = seen, waits, error

    def done(self):
        self._seen.append(self.name)
        if self._error:
            raise self._error
        return self._wait() if self._waits else None

    async def _wait(self):
        await asyncio.sleep(0)
        self._seen.append(f"{self.name} waited")


def dispatch(*addons):
    found = Dispatch(SimpleNamespace(options=Options()))
    found.chain = list(addons)
    return found


def test_what_need_not_wait_is_done_at_once():
    seen = []
    assert dispatch(Addon("a", seen), Addon("b", seen)).call_now(HOOK)
    assert seen == ["a", "b"]


async def test_what_must_wait_is_taken_up_where_it_was_left():
    seen = []
    found = dispatch(
        Addon("a", seen), Addon("b", seen, waits=True), Addon("c", seen), Addon("d", seen, waits=True), Addon("e", seen)
    )
    event = hooks.DoneHook()
    assert not found.call_now(event)
    assert seen == ["a", "b"]
    await found.handle_lifecycle(event)
    assert seen == ["a", "b", "b waited", "c", "d", "d waited", "e"]


async def test_without_a_first_try_everything_is_called():
    seen = []
    await dispatch(Addon("a", seen, waits=True), Addon("b", seen)).handle_lifecycle(HOOK)
    assert seen == ["a", "a waited", "b"]


@pytest.mark.parametrize(("error", "expected"), [(RuntimeError("s3cr3t"), ["a", "b"]), (exceptions.AddonHalt(), ["a"])])
def test_an_addon_that_fails_does_not_stop_the_others_but_one_that_says_so_does(error, expected, caplog):
    seen = []
    assert dispatch(Addon("a", seen, error=error), Addon("b", seen)).call_now(HOOK)
    assert (seen, "s3cr3t" in caplog.text) == (expected, False)
