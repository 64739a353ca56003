"""Keys are got once for however many ask, renewed while the old ones are used, and never on the event loop."""

import asyncio
import threading
from datetime import timedelta

import pytest
from tests.ambients import NOON, Clock

from authwright.access_keys.profiles import Profiles
from authwright.access_keys.ring import KeyRing, in_thread
from authwright.errors import SecretError, TransportError
from authwright.secret import Secret
from authwright.wire.aws.access_keys import AccessKeys


class Service:
    """A chain that gives the next keys whenever it is asked, or fails; *gate* holds its answers back."""

    def __init__(self, lifetime=None):
        self.lifetime = lifetime
        self.asked = 0
        self.threads = set()
        self.gate = threading.Event()
        self.gate.set()
        self.error = None
        self.clock = Clock()
        self.forgotten = 0

    def load(self, profile):
        self.threads.add(threading.current_thread())
        assert self.gate.wait(20)
        self.asked += 1
        if self.error:
            raise self.error
        ends = self.lifetime and self.clock.at + self.lifetime
        return AccessKeys(f"{profile}-{self.asked}", Secret("s"), expires_at=ends)

    def forget(self):
        self.forgotten += 1


def ring(service, tmp_path, **more):
    files = {"AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials"), "AWS_CONFIG_FILE": str(tmp_path / "config")}
    return KeyRing(service.clock, Profiles(files), service, **more)


async def test_many_who_ask_at_once_get_the_answer_to_one_question(tmp_path):
    service = Service()
    service.gate.clear()
    keys = ring(service, tmp_path)
    waiting = [asyncio.ensure_future(keys.obtain("dev")) for _ in range(100)]
    await asyncio.sleep(0)
    assert keys.held("dev") is None
    service.gate.set()
    assert {found.access_key_id for found in await asyncio.gather(*waiting)} == {"dev-1"}
    assert (service.asked, keys.held("dev").access_key_id) == (1, "dev-1")
    assert threading.main_thread() not in service.threads


async def test_who_stops_waiting_does_not_stop_the_others(tmp_path):
    service = Service()
    service.gate.clear()
    keys = ring(service, tmp_path)
    first, second = asyncio.ensure_future(keys.obtain("dev")), asyncio.ensure_future(keys.obtain("dev"))
    await asyncio.sleep(0)
    first.cancel()
    service.gate.set()
    assert (await second).access_key_id == "dev-1"


async def test_keys_that_end_soon_are_used_while_others_are_sent_for(tmp_path):
    service = Service(timedelta(hours=1))
    keys = ring(service, tmp_path)
    await keys.obtain("")
    service.clock.at = NOON + timedelta(minutes=44)
    assert (keys.held("").access_key_id, service.asked) == ("-1", 1)
    service.clock.at = NOON + timedelta(minutes=46)
    assert keys.held("").access_key_id == "-1"
    assert (await keys.obtain("")).access_key_id == "-2"
    assert keys.held("").access_key_id == "-2"


async def test_keys_are_used_while_they_are_good_though_no_others_come(tmp_path):
    service = Service(timedelta(hours=1))
    keys = ring(service, tmp_path)
    await keys.obtain("")
    service.error = SecretError("No.")
    service.clock.at = NOON + timedelta(minutes=50)
    assert keys.held("").access_key_id == "-1"
    await keys.obtain("")
    assert (keys.held("").access_key_id, service.asked) == ("-1", 2)
    service.clock.at += timedelta(seconds=29)
    assert (keys.held("").access_key_id, service.asked) == ("-1", 2)
    service.clock.at = NOON + timedelta(minutes=59, seconds=31)
    assert keys.held("") is None
    with pytest.raises(SecretError):
        await keys.obtain("")


async def test_after_a_failure_requests_fail_at_once_and_then_it_is_tried_again(tmp_path):
    service = Service()
    service.error = SecretError("No keys.")
    keys = ring(service, tmp_path)
    for _ in range(3):
        with pytest.raises(SecretError, match="No keys"):
            await keys.obtain("")
    assert service.asked == 1
    service.clock.at += timedelta(seconds=5)
    service.error = None
    assert (await keys.obtain("")).access_key_id == "-2"


async def test_who_waits_waits_no_longer_than_that(tmp_path):
    service = Service()
    service.gate.clear()
    keys = ring(service, tmp_path, deadline=0.05)
    with pytest.raises(TransportError) as caught:
        await keys.obtain("")
    assert caught.value.code == "timeout"
    service.gate.set()
    assert (await ring(service, tmp_path).obtain("")).access_key_id.startswith("-")


async def test_a_file_that_changes_is_read_again(tmp_path):
    service = Service()
    keys = ring(service, tmp_path)
    assert keys.held("") is None
    await keys.obtain("")
    (tmp_path / "credentials").write_text("[default]\naws_access_key_id = A\naws_secret_access_key = S\n")
    assert keys.held("").access_key_id == "-1"
    service.clock.at += timedelta(seconds=1)
    assert keys.held("") is None
    assert (await keys.obtain("")).access_key_id == "A"
    assert service.forgotten == 1


async def test_what_goes_wrong_in_the_thread_is_raised_where_it_is_waited_for():
    def fail():
        raise ValueError("inside")

    with pytest.raises(ValueError, match="inside"):
        await in_thread(fail)


async def test_a_failure_of_our_own_is_told_to_who_waits(tmp_path):
    service = Service()
    service.error = ValueError("a bug")
    with pytest.raises(Exception, match=r"failed inside authwright \(ValueError\)") as caught:
        await ring(service, tmp_path).obtain("")
    assert "a bug" not in str(caught.value)
