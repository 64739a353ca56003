"""A lock on a file is held by one process at a time, and given up in time."""

import pytest

from authwright.errors import AuthwrightError
from authwright.tokens.filelock import locked


def test_a_lock_that_is_never_released_is_given_up(tmp_path):
    with locked(tmp_path / "l"), pytest.raises(AuthwrightError) as caught, locked(tmp_path / "l", longest_wait=0.05):
        pass
    assert caught.value.code == "store_busy"
