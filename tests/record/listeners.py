"""Listeners for the tests of the recorder and its queue."""

import threading
from dataclasses import dataclass, field

from tests.ambients import NOON

from authwright.message import Request
from authwright.record.events import Began, Ended
from authwright.record.recorder import Level

EVENTS = (Began(Request.of("GET", "https://a.example/"), NOON), Ended(NOON))
PATIENCE = 10


@dataclass
class Hearing:
    """Keeps what it hears; may be held back, or fail."""

    level: Level = Level.OUTCOMES
    everything: bool = False
    error: Exception | None = None
    heard_: list = field(default_factory=list)
    gate: threading.Event = field(default_factory=threading.Event)
    begun: threading.Event = field(default_factory=threading.Event)
    closed: bool = False

    def heard(self, events):
        self.begun.set()
        assert self.gate.wait(PATIENCE)
        if self.error:
            raise self.error
        self.heard_.append(events)

    def lost(self, count):
        self.heard_.append(count)

    def close(self):
        self.closed = True


def hearing(**given):
    made = Hearing(**given)
    made.gate.set()
    return made
