"""The folder of all state is the one that the user names, else the platform's."""

from pathlib import Path

import platformdirs
import pytest

from authwright.home import home_dir


@pytest.mark.parametrize(
    ("named", "folder"),
    [
        ("/srv/state", Path("/srv/state")),
        ("~/state", Path("/users/me/state")),
        ("state", Path.cwd() / "state"),
        ("", Path(platformdirs.user_data_dir("authwright", appauthor=False))),
    ],
)
def test_the_folder_of_all_state(named, folder, monkeypatch):
    if named.startswith("~"):
        monkeypatch.setenv("HOME", "/users/me")
    monkeypatch.setenv("AUTHWRIGHT_HOME", named)
    assert home_dir() == folder
