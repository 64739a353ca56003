"""The CA's folder is the user's alone: whoever put a key there could read what the clients trust the proxy for."""

import os
from pathlib import Path

import pytest

from authwright.errors import AuthwrightError
from authwright.proxy.server import ca

KEY = "mitmproxy-ca.pem"


@pytest.fixture
def planted(tmp_path: Path) -> Path:
    """A folder with a CA that somebody else made, which all can write to."""
    folder = ca.prepare(tmp_path / "elsewhere")
    folder.chmod(0o777)
    (tmp_path / "home").mkdir(mode=0o700)
    return folder


def test_a_link_to_another_folder_is_refused_and_its_key_is_not_used(tmp_path: Path, planted: Path) -> None:
    (tmp_path / "home" / "ca").symlink_to(planted)
    with pytest.raises(AuthwrightError, match="is not a folder of its own") as caught:
        ca.prepare(tmp_path / "home")
    assert caught.value.code == "ca_folder"
    assert planted.stat().st_mode & 0o777 == 0o777, "nothing was changed there"


def test_a_link_in_the_folder_is_refused(tmp_path: Path, planted: Path) -> None:
    (tmp_path / "home" / "ca").mkdir()
    (tmp_path / "home" / "ca" / KEY).symlink_to(planted / KEY)
    with pytest.raises(AuthwrightError, match="is not a file of its own"):
        ca.prepare(tmp_path / "home")


@pytest.mark.timeout(20)
def test_a_named_pipe_in_the_folder_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    (tmp_path / "home" / "ca").mkdir(parents=True)
    os.mkfifo(tmp_path / "home" / "ca" / KEY)
    with pytest.raises(AuthwrightError, match="is not a file of its own"):
        ca.prepare(tmp_path / "home")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_another_users_key_is_refused(tmp_path: Path) -> None:
    folder = ca.prepare(tmp_path / "home")
    os.chown(folder / KEY, 65534, 65534)
    with pytest.raises(AuthwrightError, match="belongs to somebody else"):
        ca.prepare(tmp_path / "home")


def test_a_folder_of_ones_own_is_made_private(tmp_path: Path) -> None:
    folder = ca.prepare(tmp_path / "home")
    folder.chmod(0o755)
    assert ca.prepare(tmp_path / "home").stat().st_mode & 0o777 == 0o700
