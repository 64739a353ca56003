"""A listener for tests."""

from dataclasses import dataclass, field

from authwright.record.recorder import Level


@dataclass
class Hearing:
    """A listener that wants everything, and keeps it."""

    level: Level = Level.OUTCOMES
    everything: bool = True
    exchanges: list = field(default_factory=list)

    def heard(self, events):
        self.exchanges.append(tuple(events))

    def lost(self, count):
        raise AssertionError(count)

    def close(self):
        pass
