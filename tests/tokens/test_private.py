"""Files that only their owner can read: made so, and refused otherwise, untouched."""

import os
import socket
import stat
from itertools import product

import pytest

from authwright.errors import AuthwrightError
from authwright.tokens.key import key_of
from authwright.tokens.private import open_private, private_folder, write_new
from authwright.tokens.stores.sqlite import SqliteStore


def mode(path):
    return oct(stat.S_IMODE(path.lstat().st_mode))


def open_home(home):
    return SqliteStore(home / "tokens.db", key_of(home))


@pytest.fixture
def home(tmp_path):
    home = tmp_path / "home"
    open_home(home).close()
    return home


def test_everything_is_the_owners_alone_whatever_the_umask(tmp_path):
    before = os.umask(0)
    try:
        home = tmp_path / "home"
        store = open_home(home)
        found = {path.relative_to(home).as_posix(): mode(path) for path in home.rglob("*")}
        store.close()
    finally:
        os.umask(before)
    assert mode(home) == "0o700"
    assert found.pop("locks") == "0o700"
    assert {name for name in found if not name.startswith("locks/")} >= {
        "tokens.db",
        "tokens.key",
        "tokens.db-wal",
        "tokens.db-shm",
    }
    assert set(found.values()) == {"0o600"}


@pytest.mark.parametrize(
    ("name", "lax"),
    [(".", 0o750), (".", 0o701), ("tokens.db", 0o640), ("tokens.db", 0o604), ("tokens.key", 0o644), ("locks", 0o755)],
)
def test_what_others_can_reach_is_refused_and_left_alone(home, name, lax):
    (home / name).chmod(lax)
    with pytest.raises(AuthwrightError, match="can be reached by other users") as caught:
        open_home(home)
    assert (caught.value.code, caught.value.hint.startswith("chmod ")) == ("store_unusable", True)
    assert mode(home / name) == oct(lax)


@pytest.mark.parametrize("name", ["tokens.db", "tokens.key", "locks"])
def test_a_link_is_not_followed(home, tmp_path, name):
    (home / name).rename(tmp_path / "elsewhere")
    (home / name).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(AuthwrightError) as caught:
        open_home(home)
    assert caught.value.code == "store_unusable"


def test_a_linked_home_is_refused(home, tmp_path):
    (tmp_path / "link").symlink_to(home)
    with pytest.raises(AuthwrightError, match="not a folder of its own"):
        open_home(tmp_path / "link")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
@pytest.mark.parametrize("name", [".", "tokens.db", "tokens.key"])
def test_what_belongs_to_another_user_is_refused(home, name):
    os.chown(home / name, 65534, 65534)
    with pytest.raises(AuthwrightError, match="belongs to another user"):
        open_home(home)


@pytest.mark.parametrize("name", ["tokens.db", "tokens.key"])
def test_a_folder_in_a_files_place_is_refused(home, name):
    (home / name).unlink()
    (home / name).mkdir(mode=0o700)
    with pytest.raises(AuthwrightError) as caught:
        open_home(home)
    assert caught.value.code == "store_unusable"


def test_a_file_in_the_folders_place_is_refused(tmp_path):
    (tmp_path / "home").write_text("")
    with pytest.raises(AuthwrightError) as caught:
        private_folder(tmp_path / "home")
    assert caught.value.code == "store_unusable"


def test_a_new_file_is_whole_or_somebody_elses(tmp_path):
    write_new(tmp_path / "f", b"first")
    with pytest.raises(FileExistsError):
        write_new(tmp_path / "f", b"second")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("f", b"first")]


def test_a_missing_file_is_the_callers_to_judge(tmp_path):
    with pytest.raises(FileNotFoundError):
        open_private(tmp_path / "none", os.O_RDONLY)


FILES = ("tokens.key", "tokens.db", "tokens.db-wal", "tokens.db-shm", "tokens.db-journal")
KINDS = ("named pipe", "link", "link to nothing", "socket")


@pytest.mark.parametrize(("name", "kind"), [*product(FILES, (*KINDS, "folder")), *product(["locks"], KINDS)])
def test_what_is_no_file_of_its_own_is_refused_and_not_waited_for(home, tmp_path, name, kind):
    path = home / name
    if path.is_dir():
        path.rename(tmp_path / "old")
    path.unlink(missing_ok=True)
    match kind:
        case "named pipe":
            os.mkfifo(path, 0o600)
        case "link" | "link to nothing":
            target = tmp_path / "elsewhere"
            if kind == "link":
                target.touch(0o600)
            path.symlink_to(target)
        case "socket":
            with socket.socket(socket.AF_UNIX) as listening:
                listening.bind(str(path))
            path.chmod(0o600)
        case _:
            path.mkdir(0o700)
    with pytest.raises(AuthwrightError) as caught:
        open_home(home)
    assert caught.value.code == "store_unusable"
    assert caught.value.hint


def test_a_lock_that_is_a_named_pipe_is_refused_and_not_waited_for(home):
    store = open_home(home)
    name = next(path.name for path in (home / "locks").iterdir())
    (home / "locks" / name).unlink()
    os.mkfifo(home / "locks" / name, 0o600)
    with pytest.raises(AuthwrightError, match="is not a file of its own"), store.lock("opening"):
        pass
    store.close()
