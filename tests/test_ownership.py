"""Files that other users can write to are never read, whatever way leads to them."""

import os

import pytest

from authwright import ownership
from authwright.ownership import NotOwn, Status, check_own, is_own, read_own, writers

ME, FRIEND, OTHER = 1000, 1001, 1002


class Accounts:
    """Me, and groups by their number: a private one has the number of its only member."""

    def uid(self):
        return ME

    def is_private(self, gid, uid):
        return gid == uid


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        pytest.param(Status(0o100644, ME, ME), "", id="mine"),
        pytest.param(Status(0o100644, 0, 0), "", id="root's"),
        pytest.param(Status(0o100600, OTHER, OTHER), "owner", id="another user's, though nobody else writes it"),
        pytest.param(Status(0o100646, ME, ME), "others", id="mine, all write"),
        pytest.param(Status(0o100664, ME, ME), "", id="mine, my private group writes"),
        pytest.param(Status(0o100664, ME, FRIEND), "group", id="mine, a friend's group writes"),
        pytest.param(Status(0o100664, ME, 50), "group", id="mine, a group of several writes"),
        pytest.param(Status(0o100664, ME, ME, acl=True), "group", id="mine, an access control list names more"),
        pytest.param(Status(0o100664, 0, ME), "", id="root's, my private group writes"),
        pytest.param(Status(0o100664, 0, 50), "group", id="root's, a group of several writes"),
        pytest.param(Status(0o100666, 0, 0), "others", id="root's, all write"),
    ],
)
def test_who_else_may_write_is_told_by_owner_mode_and_group(status, expected):
    assert writers(status, Accounts()) == expected


def test_on_windows_there_are_no_such_bits(monkeypatch):
    monkeypatch.setattr(ownership.os, "name", "nt")
    assert writers(Status(0o100666, OTHER, OTHER), Accounts()) == ""


@pytest.fixture
def of_another(monkeypatch):
    """Makes paths look like another user's, to whoever runs the tests."""
    theirs = set()
    real = ownership._of

    def of(found, where):
        status = real(found, where)
        return status._replace(uid=os.geteuid() + 4711) if (found.st_dev, found.st_ino) in theirs else status

    def mark(*paths):
        for path in paths:
            found = path.lstat()
            theirs.add((found.st_dev, found.st_ino))

    monkeypatch.setattr(ownership, "_of", of)
    return mark


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "mine").mkdir(mode=0o755)
    (tmp_path / "mine" / "file").write_text("content")
    (tmp_path / "mine" / "file").chmod(0o644)
    return tmp_path / "mine"


def refusal(path):
    with pytest.raises(NotOwn) as caught:
        check_own(path)
    with pytest.raises(NotOwn):
        read_own(path, 100)
    return caught.value.message, caught.value.hint


def test_a_file_of_ones_own_is_read(folder):
    assert read_own(folder / "file", 100) == b"content"


def test_no_more_is_read_than_one_byte_over_the_limit(folder):
    assert read_own(folder / "file", 3) == b"cont"


def test_a_file_of_another_user_is_refused(folder, of_another):
    of_another(folder / "file")
    message, hint = refusal(folder / "file")
    assert message == f"{folder / 'file'} belongs to another user of this machine."
    assert f"chown {os.geteuid()} {folder / 'file'}" in hint


def test_a_file_that_all_can_write_to_is_refused_with_the_command_that_mends_it(folder):
    (folder / "file").chmod(0o646)
    assert refusal(folder / "file") == (
        f"Other users of this machine can write to {folder / 'file'}.",
        f"chmod go-w {folder / 'file'}",
    )


@pytest.mark.parametrize("mode", [0o777, 0o757])
def test_a_folder_that_all_can_write_to_is_refused(folder, mode):
    folder.chmod(mode)
    assert refusal(folder / "file") == (f"Other users of this machine can write to the folder {folder}.", f"chmod go-w {folder}")


def test_in_a_sticky_folder_a_file_of_ones_own_is_read_and_another_users_is_not(folder, of_another):
    folder.chmod(0o1777)
    assert read_own(folder / "file", 100) == b"content"
    of_another(folder / "file")
    assert "belongs to another user" in refusal(folder / "file")[0]


@pytest.mark.parametrize("mode", [0o755, 0o1777])
def test_a_file_in_another_users_folder_is_refused_sticky_or_not(folder, of_another, mode):
    folder.chmod(mode)
    of_another(folder)
    assert refusal(folder / "file")[0] == f"The folder {folder} belongs to another user of this machine."


def test_ones_own_link_to_ones_own_file_is_followed(folder, tmp_path):
    (tmp_path / "link").symlink_to(folder / "file")
    assert read_own(tmp_path / "link", 100) == b"content"


def test_a_mounted_secret_is_read_through_its_links(tmp_path):
    """Kubernetes mounts ``token -> ..data/token`` and ``..data -> ..2026_11_28``."""
    (tmp_path / "..2026_11_28").mkdir()
    (tmp_path / "..2026_11_28" / "token").write_text("content")
    (tmp_path / "..data").symlink_to("..2026_11_28")
    (tmp_path / "token").symlink_to("..data/token")
    assert read_own(tmp_path / "token", 100) == b"content"


def test_another_users_link_to_ones_own_file_is_refused(folder, tmp_path, of_another):
    (tmp_path / "link").symlink_to(folder / "file")
    of_another(tmp_path / "link")
    assert refusal(tmp_path / "link")[0] == f"{tmp_path / 'link'} belongs to another user of this machine."


@pytest.mark.parametrize("where", ["file", "folder"])
def test_ones_own_link_to_what_others_write_is_refused(folder, tmp_path, where):
    (tmp_path / "link").symlink_to(folder / "file")
    (folder / "file" if where == "file" else folder).chmod(0o777)
    assert "Other users of this machine can write to" in refusal(tmp_path / "link")[0]


def test_another_users_link_in_the_middle_is_refused(folder, tmp_path, of_another):
    (tmp_path / "middle").symlink_to(folder / "file")
    (tmp_path / "link").symlink_to("middle")
    of_another(tmp_path / "middle")
    assert str(tmp_path / "middle") in refusal(tmp_path / "link")[0]


def test_links_in_a_circle_come_to_an_end(tmp_path):
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(OSError, match="symbolic link"):
        check_own(tmp_path / "a")


@pytest.mark.timeout(20)
def test_a_named_pipe_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert refusal(tmp_path / "pipe")[0] == f"{tmp_path / 'pipe'} is not a file."


def test_a_device_is_refused():
    assert "is not a file" in refusal(ownership.Path("/dev/zero"))[0]


@pytest.mark.timeout(20)
def test_what_was_opened_counts_when_the_file_is_exchanged_after_the_first_look(folder, monkeypatch):
    """The first look sees a good file, and a pipe stands there when it is opened."""
    monkeypatch.setattr(ownership, "check_own", lambda *_: None)
    (folder / "file").unlink()
    os.mkfifo(folder / "file")
    with pytest.raises(NotOwn):
        read_own(folder / "file", 100)


def test_a_missing_file_is_missing(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_own(tmp_path / "none", 100)


def test_is_own_looks_at_the_thing_itself(tmp_path, of_another):
    (tmp_path / ".git").mkdir()
    assert is_own(tmp_path / ".git")
    of_another(tmp_path / ".git")
    assert not is_own(tmp_path / ".git")
    assert not is_own(tmp_path / "none")


def test_is_own_follows_ones_own_link_and_not_another_users(tmp_path, of_another):
    (tmp_path / "projects").mkdir()
    (tmp_path / ".git").symlink_to("projects")
    assert is_own(tmp_path / ".git")
    (tmp_path / "projects").chmod(0o777)
    assert not is_own(tmp_path / ".git")
    (tmp_path / "projects").chmod(0o755)
    of_another(tmp_path / ".git")
    assert not is_own(tmp_path / ".git")


def test_the_systems_accounts_call_a_group_private_that_has_its_users_name_and_nobody_else(monkeypatch):
    import grp
    import pwd

    user = pwd.struct_passwd(("ada", "x", ME, ME, "", "/", "/bin/sh"))
    twin = pwd.struct_passwd(("bob", "x", FRIEND, ME, "", "/", "/bin/sh"))
    groups = {ME: grp.struct_group(("ada", "x", ME, [])), 50: grp.struct_group(("staff", "x", 50, ["ada"]))}
    users = [user]
    monkeypatch.setattr(pwd, "getpwuid", lambda uid: {ME: user}[uid])
    monkeypatch.setattr(pwd, "getpwall", lambda: users)
    monkeypatch.setattr(grp, "getgrgid", lambda gid: groups[gid])
    system = ownership.SystemAccounts()

    assert [system.is_private(gid, uid) for gid, uid in ((ME, ME), (50, ME), (99, ME), (ME, 7))] == [True, False, False, False]
    groups[ME] = grp.struct_group(("ada", "x", ME, ["ada", "bob"]))
    assert not system.is_private(ME, ME)
    groups[ME] = grp.struct_group(("ada", "x", ME, []))
    users.append(twin)
    assert not system.is_private(ME, ME)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_file_that_really_is_another_users_is_refused(folder):
    os.chown(folder / "file", 65534, 65534)
    assert "belongs to another user" in refusal(folder / "file")[0]
