"""For all tests: live ones run where their servers are installed, in CI always; and none depends on the machine's speed."""

import os

import pytest
from hypothesis import HealthCheck, settings
from tests.live.needs import missing

settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")

_LEFT_OUT = pytest.StashKey[int]()


def pytest_collection_modifyitems(config, items):
    """Leave the live tests out where their servers are not installed; in CI keep them, so that they fail."""
    if os.environ.get("CI") or not missing():
        return
    live = [item for item in items if item.get_closest_marker("live")]
    items[:] = [item for item in items if not item.get_closest_marker("live")]
    config.stash[_LEFT_OUT] = len(live)
    if live:
        config.hook.pytest_deselected(items=live)


def pytest_terminal_summary(terminalreporter, config):
    """Say what was left out, and what to type."""
    if count := config.stash.get(_LEFT_OUT, 0):
        terminalreporter.write_line(f"{count} live tests were left out. {missing()}", yellow=True)
