"""``authwright init``: a commented configuration to start from."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from ..config import reach_at
from ..config.start import START
from ..errors import AuthwrightError
from ..ownership import check_folder, check_own
from .output import say
from .trusting import consents
from .verb import Everywhere


def write_first_file(common: Everywhere, *, replace: bool) -> None:
    """Write the file of ``--config``, or ``authwright.yaml`` in the working directory.

    Args:
        common: the flags that stand everywhere.
        replace: whether a file that is there gives way.

    Raises:
        AuthwrightError: there is a file (``file_exists``), or others can write to it or to its folder (``config_ownership``).
        OSError: it cannot be written.
    """
    path = common.config or Path("authwright.yaml")
    flags = os.O_WRONLY | os.O_CREAT | (os.O_TRUNC if _is_there(path) and replace else os.O_EXCL)
    try:
        file = os.open(path, flags, 0o644)
    except FileExistsError:
        hint = "look at it with authwright check, or replace it with authwright init --force"
        raise AuthwrightError(f"{path} is there already and stays as it is.", code="file_exists", hint=hint) from None
    with os.fdopen(file, "w", encoding="utf-8") as out:
        out.write(START)
    with suppress(AuthwrightError):  # then the first use asks
        consents().allow(path, reach_at(START))  # an overlay that lies here may be a stranger's: its reach is asked for
    if not common.quiet:
        say(f"{path} written. Secrets belong elsewhere: ${{env:NAME}}, ${{keyring:service/user}}.")
        say("Your own overlay may stand in authwright.local.yaml: keep it out of git.")
        say(f"  next: edit {path}, then authwright check")


def _is_there(path: Path) -> bool:
    """Tell if there is a file to replace. A file that others could change would not be used, so none is written.

    Raises:
        NotOwn: others can write to the file or to its folder. A link of theirs would lead the new text to another file.
    """
    check_folder(path.absolute().parent)
    try:
        check_own(path)
    except FileNotFoundError:
        return False
    return True
