"""The proxy's own certificate authority, under its home and never under ``~/.mitmproxy``.

Whoever has its key can read all that the clients trust it for, so the folder and its files are the owner's alone. The
certificate says ``keyUsage: keyCertSign`` (RFC 5280 section 4.2.1.3), which Python since 3.13 insists on.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Final

from mitmproxy.certs import CertStore
from mitmproxy.options import CONF_BASENAME

from ...errors import AuthwrightError

_KEY_SIZE: Final = 2048


def prepare(home: Path) -> Path:
    """The folder of the CA, made when it is not there yet.

    Raises:
        AuthwrightError: it is not the owner's alone, or cannot be made.
    """
    folder = home / "ca"
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)  # a mode is not for the parents that mkdir makes
        folder.mkdir(mode=0o700, exist_ok=True)
        _check(folder, stat.S_ISDIR, "folder")
        if folder.lstat().st_mode & 0o077:
            folder.chmod(0o700)
        for file in folder.iterdir():
            _check(file, stat.S_ISREG, "file")
        if not (folder / f"{CONF_BASENAME}-ca.pem").exists():
            with CertStore.umask_secret():
                CertStore.create_store(folder, CONF_BASENAME, _KEY_SIZE, organization="authwright", cn="authwright local CA")
        for file in folder.iterdir():
            file.chmod(0o600)
    except OSError as error:
        raise AuthwrightError(
            f"The CA's folder {folder} cannot be used: {error.strerror}.", code="ca_folder", hint="Set AUTHWRIGHT_HOME."
        ) from error
    return folder


def _check(path: Path, of_kind: Callable[[int], bool], kind: str) -> None:
    """Refuse what another user could have put there: a link, a file or folder of another user's, a pipe."""
    status = path.lstat()
    if not of_kind(status.st_mode):
        raise AuthwrightError(
            f"{path} is not a {kind} of its own.",
            code="ca_folder",
            hint="Move it away, or set AUTHWRIGHT_HOME to another folder.",
        )
    if hasattr(os, "geteuid") and status.st_uid != os.geteuid():
        raise AuthwrightError(
            f"{path} belongs to somebody else.", code="ca_folder", hint="Set AUTHWRIGHT_HOME to a folder of your own."
        )


def certificate(home: Path) -> str:
    """The CA's certificate, as PEM."""
    return (prepare(home) / f"{CONF_BASENAME}-ca-cert.pem").read_text("ascii")
