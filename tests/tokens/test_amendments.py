"""What an origin changes is in memory at once, in the store soon, and never lost between processes."""

import asyncio
from dataclasses import replace

from tests.ambients import Clock
from tests.configurations import Vending

from authwright.errors import AuthwrightError
from authwright.flow.token import Token
from authwright.secret import Secret
from authwright.tokens.broker import Broker
from authwright.tokens.store import Label, Record
from authwright.tokens.stores.memory import MemoryStore

GRANT = Vending()
LABEL = Label("app", "dev", "cookie_jar", "")


def adding(text):
    def change(token):
        return replace(token, cookies=Secret((token.cookies.reveal() if token.cookies else "") + text))

    return change


def stored(store):
    return store.load(GRANT.key).token.cookies.reveal()


async def held(store, warnings=None):
    store.save(Record(GRANT.key, LABEL, Token(Secret("name"), cookies=Secret(""))))
    broker = Broker(store, Clock(), warn=(warnings if warnings is not None else []).append)
    await broker.obtain(GRANT, None, label=LABEL)
    return broker


async def test_a_change_is_in_memory_at_once_and_in_the_store_after_the_end():
    store = MemoryStore()
    broker = await held(store)
    for letter in "abc":
        broker.amend(GRANT, adding(letter))
    assert broker.held(GRANT).cookies.reveal() == "abc"
    await broker.close()
    assert stored(store) == "abc"


async def test_two_processes_that_learn_at_once_lose_nothing():
    store = MemoryStore()
    one, other = await held(store), await held(store)
    one.amend(GRANT, adding("a"))
    other.amend(GRANT, adding("b"))
    await asyncio.gather(one.close(), other.close())
    assert sorted(stored(store)) == ["a", "b"]


async def test_a_change_that_changes_nothing_is_not_saved():
    class Counting(MemoryStore):
        saves = 0

        def save(self, record):
            self.saves += 1
            super().save(record)

    store = Counting()
    broker = await held(store)
    before = store.saves
    broker.amend(GRANT, lambda token: token)
    await broker.close()
    assert store.saves == before


async def test_a_full_disk_is_told_and_memory_goes_on():
    class Full(MemoryStore):
        full = False

        def save(self, record):
            if self.full:
                raise AuthwrightError("The disk is full.", code="store_unusable")
            super().save(record)

    store, warnings = Full(), []
    broker = await held(store, warnings)
    store.full = True
    broker.amend(GRANT, adding("a"))
    await broker.close()
    assert broker.held(GRANT).cookies.reveal() == "a"
    assert warnings == ["What a server changed is kept in memory only: The disk is full."]


async def test_what_nobody_holds_is_not_changed():
    broker = Broker(MemoryStore(), Clock())
    broker.amend(GRANT, adding("a"))
    await broker.close()
    assert broker.held(GRANT) is None
