"""The proxy's own certificate authority, under its home and never under ``~/.mitmproxy``.

Its key opens all TLS of the clients that trust it. So the folder and its files are the owner's alone, and the proxy refuses
what another user could have put there. mitmproxy signs with it; nothing here imports mitmproxy, so that verbs can look at the
certificate cheaply. ``ca_certificate`` makes the certificate.
"""

from __future__ import annotations

import os
import re
import ssl
import stat
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple

from ...ambient import SystemAmbient
from ...errors import AuthwrightError
from ...tokens import private

BASENAME: Final = "mitmproxy"
"""How the files begin: mitmproxy looks for them by this name."""
AHEAD: Final = timedelta(days=90)
"""How long before its end a CA is spoken of."""
RENEW: Final = "authwright ca renew"

_FOLDER: Final = "ca"
_LARGEST: Final = 1 << 16
_CERTIFICATE: Final = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----\n?", re.DOTALL)


class Renewed(NamedTuple):
    """A CA that was made in place of another one.

    Args:
        certificate: the file of its certificate, for clients.
        ends: when it ends.
        before: the folder where the old one is kept; ``None`` when there was none.
    """

    certificate: Path
    ends: datetime
    before: Path | None


class CaExpiry(NamedTuple):
    """The warning about a CA that has ended, or ends soon.

    Args:
        sentence: that, and the command that makes a new one.
        over: whether it has ended already.
    """

    sentence: str
    over: bool


def prepare(home: Path) -> Path:
    """The folder of the CA, made when it is not there yet.

    Raises:
        AuthwrightError: ``ca_folder``; it is not the owner's alone, or cannot be made.
    """
    folder = home / _FOLDER
    try:
        private.private_folder(home)
        _check_folder(folder)
        if not _key_file(folder).exists():
            _write(folder, _made(SystemAmbient().now(), ()))
        _complete(folder)
    except OSError as error:
        raise _unusable(f"The CA's folder {folder} cannot be used: {error.strerror}.", "Set AUTHWRIGHT_HOME") from error
    except AuthwrightError as error:
        raise _unusable(error.message, error.hint) from error
    return folder


def certificate(home: Path) -> str:
    """The CA's certificate, as PEM."""
    return certificate_file(prepare(home)).read_text("ascii")


def certificate_file(folder: Path) -> Path:
    """The file of the certificate in the CA's *folder*."""
    return folder / f"{BASENAME}-ca-cert.pem"


def renew(home: Path, now: datetime, only: Sequence[str] = ()) -> Renewed:
    """Make a new CA; the old one is kept in a folder beside it.

    Args:
        home: the folder of all state.
        now: the time.
        only: the hosts that it may sign for, each with the names below it; any when there are none.

    Raises:
        AuthwrightError: ``ca_folder``; as :func:`prepare`.
        RequestError: one of *only* is no host.
    """
    made = _made(now, only)
    folder, fresh, before = home / _FOLDER, home / f"{_FOLDER}.{os.urandom(4).hex()}", None
    try:
        private.private_folder(home)
        private.private_folder(fresh)
        _write(fresh, made)
        _complete(fresh)
        if os.path.lexists(folder):
            before = home / f"{_FOLDER}.before-{now:%Y%m%dT%H%M%S}-{os.urandom(2).hex()}"
            folder.rename(before)
        fresh.rename(folder)
        private.sync_folder(home)
    except OSError as error:
        raise _unusable(f"The CA cannot be renewed: {error.strerror}.", "Look at the folder, or set AUTHWRIGHT_HOME") from error
    except AuthwrightError as error:
        raise _unusable(error.message, error.hint) from error
    ends = _end(certificate(home))
    assert ends is not None, "it was made just now"
    return Renewed(certificate_file(folder), ends, before)


def ending(home: Path, now: datetime) -> CaExpiry | None:
    """The warning when the CA has ended or ends soon; ``None`` else, and before there is one."""
    try:
        pem = private.read_private(certificate_file(home / _FOLDER), _LARGEST).decode("ascii", "replace")
    except (OSError, AuthwrightError):
        return None  # its user says what is wrong
    ends = _end(pem)
    if ends is None or now < ends - AHEAD:
        return None
    if now >= ends:
        return CaExpiry(f"The proxy's CA ended on {ends:%Y-%m-%d}, and clients refuse it. Make a new one: {RENEW}", over=True)
    days = (ends - now).days
    when = f"on {ends:%Y-%m-%d}, in {days} day{'s' * (days != 1)}"
    return CaExpiry(f"The proxy's CA ends {when}. Make a new one before: {RENEW}", over=False)


def _end(pem: str) -> datetime | None:
    """When the certificate in *pem* ends; ``ssl`` reads it in a tenth of the time that importing ``cryptography`` takes."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_verify_locations(cadata=pem)
        found = context.get_ca_certs()[0]
        return datetime.fromtimestamp(ssl.cert_time_to_seconds(str(found["notAfter"])), UTC)
    except (ssl.SSLError, ValueError, IndexError, KeyError):
        return None


def _check_folder(folder: Path) -> None:
    """The folder and everything in it is the owner's, and no link; only the key's own mode must be right already."""
    private.private_folder(folder)
    private.check_private(_key_file(folder))
    for file in folder.iterdir():
        with suppress(FileNotFoundError):  # another process's draft
            if stat.S_ISREG(file.lstat().st_mode):
                file.chmod(0o600)
            private.check_private(file)


def _made(now: datetime, only: Sequence[str]) -> bytes:
    from .ca_certificate import make  # brings cryptography with it

    return make(now, only)


def _write(folder: Path, made: bytes) -> None:
    with suppress(FileExistsError):  # another process was first: its CA counts
        private.write_new(_key_file(folder), made)


def _complete(folder: Path) -> None:
    """The files that clients and mitmproxy want beside the key."""
    found = _CERTIFICATE.search(private.read_private(_key_file(folder), _LARGEST).decode("ascii", "replace"))
    if found is None:
        raise private.unusable(f"{_key_file(folder)} holds no certificate.", f"Move the folder {folder} away")
    parameters = folder / f"{BASENAME}-dhparam.pem"
    for path, content in ((certificate_file(folder), found[0]), (parameters, "")):
        if not path.exists():
            with suppress(FileExistsError):
                private.write_new(path, content.encode("ascii") or _dh_parameters())


def _dh_parameters() -> bytes:
    """Those of mitmproxy, which would write them with whatever mode the umask leaves."""
    from mitmproxy.certs import DEFAULT_DHPARAM

    return DEFAULT_DHPARAM


def _key_file(folder: Path) -> Path:
    return folder / f"{BASENAME}-ca.pem"


def _unusable(sentence: str, hint: str) -> AuthwrightError:
    return AuthwrightError(sentence, code="ca_folder", hint=hint)
