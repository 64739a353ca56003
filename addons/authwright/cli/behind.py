"""A command behind a proxy of its own: what ``exec`` does."""

from __future__ import annotations

import asyncio
import os
import secrets
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from ..assembly import home_dir
from ..errors import AuthwrightError
from ..proxy import ca, trust
from ..proxy.conduct import Report
from ..secret import Secret
from .child import environment_of_child, own_bundles
from .configuration import find_file
from .failure import PROXY_NOT_STARTED, report
from .proxying import log_to_stderr, notice, proxy, reporter
from .signals import passed_on
from .verb import Everywhere

CANNOT_BE_RUN: Final = 126
NOT_FOUND: Final = 127


def run(common: Everywhere, argv: Sequence[str], settings: Mapping[str, str]) -> int:
    """Run *argv* behind a proxy with *settings* instead of the file's; the exit code of ``exec``."""
    log_to_stderr()
    try:
        return asyncio.run(_run(common, argv, settings))
    except (AuthwrightError, OSError) as error:
        report(error, as_json=False)
        return PROXY_NOT_STARTED


async def _run(common: Everywhere, argv: Sequence[str], settings: Mapping[str, str]) -> int:
    home, password = home_dir(), secrets.token_urlsafe(24)
    told = reporter(common) if common.verbose else _only_errors(common)
    with tempfile.TemporaryDirectory(prefix="authwright-") as name:
        folder = Path(name)
        file, secret = find_file(common), Secret(password)
        async with proxy(file, home=home, report=told, environment=common.env, password=secret, **settings) as address:
            environment = environment_of_child(
                os.environ, address=address, password=password, bundle=_bundle(home, folder), folder=folder
            )
            return await _child(argv, environment)


async def _child(argv: Sequence[str], environment: dict[str, str]) -> int:
    """Run the command to its end; its exit code as a shell would say it."""
    try:
        process = await asyncio.create_subprocess_exec(*argv, env=environment)
    except FileNotFoundError:
        notice(f"There is no command {argv[0]!r}.")
        return NOT_FOUND
    except OSError as error:
        notice(f"{argv[0]!r} cannot be run: {error.strerror}.")
        return CANNOT_BE_RUN

    def send(number: int) -> None:
        with suppress(ProcessLookupError):
            process.send_signal(number)

    with passed_on(send):
        code = await process.wait()
    return 128 - code if code < 0 else code


def _bundle(home: Path, folder: Path) -> Path:
    """The CAs the child trusts: the system's, what its own variables name, and ours."""
    own = "\n".join(path.read_text("ascii", "ignore") for path in own_bundles(os.environ))
    return trust.write(folder / "ca.pem", trust.client_pem("\n".join(filter(None, (own, ca.certificate(home))))))


def _only_errors(common: Everywhere) -> Report:
    tell = reporter(common)
    return Report(tell.tell if not common.quiet else lambda _: None, only_errors=True)
