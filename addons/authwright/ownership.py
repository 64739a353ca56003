"""Files that decide where a credential goes belong to the user or to root, and no other user may write to them.

The checks look at what was opened (``fstat``), at each symbolic link on the way to it, and at the folder of each. A link
of the user's own to a file of the user's own is fine: dotfile managers and mounted secrets consist of such links.

Group-writable files are fine when the group is the private group of the owner (Debian's ``umask 002`` makes such files):
the group has the owner's name, is the owner's primary group, and has no other member. OpenSSH on Debian decides alike.
"""

from __future__ import annotations

import errno
import os
import shlex
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple, Protocol

from .errors import AuthwrightError

CODE: Final = "config_ownership"

_MOST_LINKS: Final = 40
_FLAGS: Final = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_CLOEXEC", 0)
_BINARY: Final = getattr(os, "O_BINARY", 0)
_ACL: Final = "system.posix_acl_access"


class NotOwn(AuthwrightError):
    """A file that other users can write to, or that is no regular file."""

    code = CODE


class NotFile(NotOwn):
    """A named pipe or a device, where a file is wanted."""


class Accounts(Protocol):
    """The user that runs this process, and the private groups."""

    def uid(self) -> int:
        """The effective user id of this process."""

    def is_private(self, gid: int, uid: int) -> bool:
        """Tell if the group *gid* has the user *uid* as its only member."""


class SystemAccounts:
    """The accounts of the operating system."""

    def uid(self) -> int:
        """The effective user id of this process."""
        return os.geteuid()

    def is_private(self, gid: int, uid: int) -> bool:
        """Tell if the group *gid* has the user *uid* as its only member."""
        import grp
        import pwd

        try:
            user, group = pwd.getpwuid(uid), grp.getgrgid(gid)
        except KeyError:
            return False
        named = group.gr_name == user.pw_name and user.pw_gid == gid and set(group.gr_mem) <= {user.pw_name}
        return named and not any(other.pw_gid == gid and other.pw_uid != uid for other in pwd.getpwall())


class Status(NamedTuple):
    """The parts of ``stat_result`` that decide.

    Args:
        mode: type and permissions.
        uid: the owner.
        gid: the group.
        acl: whether an access control list names further users.
    """

    mode: int
    uid: int
    gid: int
    acl: bool = False


def writers(status: Status, accounts: Accounts) -> str:
    """The first reason why another user may write to a file or folder.

    Windows keeps no such bits: there the answer is always the empty text.

    Args:
        status: of the file or folder.
        accounts: the user that runs this process.

    Returns:
        ``owner``, ``others`` or ``group``; the empty text when no other user may write.
    """
    if os.name == "nt":
        return ""
    if status.uid not in (accounts.uid(), 0):
        return "owner"
    if status.mode & stat.S_IWOTH:
        return "others"
    if not status.mode & stat.S_IWGRP:
        return ""
    private = not status.acl and any(accounts.is_private(status.gid, uid) for uid in {status.uid, accounts.uid()})
    return "" if private else "group"


def read_own(path: Path, limit: int, accounts: Accounts | None = None) -> bytes:
    """The content of the file at *path*; a named pipe is not waited for.

    Args:
        path: the file.
        limit: how many bytes to read at most; one more is read, so that the caller sees that there are more.
        accounts: the user that runs this process; the system's accounts when it is not given.

    Raises:
        NotOwn: other users can write to the file, to a link to it or to a folder of one of these; or it is no file.
        OSError: it cannot be opened or read.
    """
    check_own(path, accounts)
    descriptor = os.open(path, _FLAGS | _BINARY)
    try:
        _check_file(path, _of(os.fstat(descriptor), descriptor), accounts or SystemAccounts())
        with os.fdopen(descriptor, "rb", closefd=False) as stream:
            return stream.read(limit + 1)
    finally:
        os.close(descriptor)


def check_own(path: Path, accounts: Accounts | None = None) -> None:
    """Look at the file at *path* without opening it.

    Args:
        path: the file.
        accounts: the user that runs this process; the system's accounts when it is not given.

    Raises:
        NotOwn: as :func:`read_own`.
        OSError: there is no such file, or it cannot be looked at.
    """
    who = accounts or SystemAccounts()
    for hop in _hops(path):
        status = _status(hop)
        check_folder(hop.parent, who)
        if stat.S_ISLNK(status.mode):
            _check_owner(hop, status, who)
        else:
            _check_file(hop, status, who)


def is_own(path: Path, accounts: Accounts | None = None) -> bool:
    """Tell if *path* exists and no other user may write to it. The content of a folder is not looked at."""
    who = accounts or SystemAccounts()
    try:
        itself = _status(path)
        if not stat.S_ISLNK(itself.mode):
            return not writers(itself, who)
        return writers(itself, who) != "owner" and not writers(_of(path.stat(), path), who)
    except OSError:
        return False


def _hops(path: Path) -> Iterator[Path]:
    """*path* and, while it is a symbolic link, what it leads to."""
    hop = path.absolute()
    for _ in range(_MOST_LINKS):
        yield hop
        if not hop.is_symlink():
            return
        hop = Path(os.path.normpath(hop.parent.resolve() / hop.readlink()))
    raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))


def _check_file(path: Path, status: Status, accounts: Accounts) -> None:
    if not stat.S_ISREG(status.mode) and not stat.S_ISDIR(status.mode):
        raise NotFile(f"{path} is not a file.", hint="name a file that can be read again, not a pipe or a device")
    _check_owner(path, status, accounts)
    if writers(status, accounts):
        raise NotOwn(f"Other users of this machine can write to {path}.", hint=f"chmod go-w {shlex.quote(str(path))}")


def _check_owner(path: Path, status: Status, accounts: Accounts) -> None:
    if writers(status, accounts) == "owner":
        hint = f"look at it, then take it over if it is yours: chown {accounts.uid()} {shlex.quote(str(path))}"
        raise NotOwn(f"{path} belongs to another user of this machine.", hint=hint)


def check_folder(folder: Path, accounts: Accounts | None = None) -> None:
    """See that no other user can put another file in the place of one in *folder*. In a sticky one only a file's owner can.

    Args:
        folder: the folder of a file.
        accounts: the user that runs this process; the system's accounts when it is not given.

    Raises:
        NotOwn: another user can.
        OSError: there is no such folder, or it cannot be looked at.
    """
    status = _of(folder.stat(), folder)
    who = writers(status, accounts or SystemAccounts())
    if who == "owner":
        hint = "move the file to a folder of your own"
        raise NotOwn(f"The folder {folder} belongs to another user of this machine.", hint=hint)
    if who and not status.mode & stat.S_ISVTX:
        hint = f"chmod go-w {shlex.quote(str(folder))}"
        raise NotOwn(f"Other users of this machine can write to the folder {folder}.", hint=hint)


def _status(path: Path) -> Status:
    return _of(path.lstat(), path)


def _of(found: os.stat_result, where: Path | int) -> Status:
    return Status(found.st_mode, found.st_uid, found.st_gid, acl=bool(found.st_mode & stat.S_IWGRP) and _has_acl(where))


def _has_acl(where: Path | int) -> bool:
    try:
        return hasattr(os, "listxattr") and _ACL in os.listxattr(where)
    except OSError:
        return False
