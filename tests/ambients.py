"""Time and chance for tests: a clock that stands still until a test moves it, and one that also keeps what schemes keep."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@dataclass
class Clock:
    """Stands still at *at*, gives the same *chance* for each nonce, and forgets what schemes would keep."""

    at: datetime = NOON
    chance: str = "n0nce"

    def now(self) -> datetime:
        return self.at

    def nonce(self) -> str:
        return self.chance

    def move(self, seconds: float) -> None:
        """Go on by *seconds*, which may be negative."""
        self.at += timedelta(seconds=seconds)

    def recall(self, make: Callable[[], Any]) -> Any:
        return make()


@dataclass
class Remembering(Clock):
    """Keeps one value of each kind, as the engine does for one rule, principal and origin."""

    kept: dict[Callable[[], Any], Any] = field(default_factory=dict)

    def recall(self, make: Callable[[], Any]) -> Any:
        if make not in self.kept:
            self.kept[make] = make()
        return self.kept[make]
