"""``authwright exec``: a command as a child process, behind a proxy of its own."""

from __future__ import annotations

import asyncio
import os
import secrets
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from .. import core_dumps
from ..engine.signin import OpenAgent
from ..errors import AuthwrightError
from ..outbound import ca_bundle
from ..proxy.server import ca
from ..record.recorder import UNHEARD, Level, Recorder
from ..secret import Secret
from .ca_ending import warn_of_ca
from .child_environment import environment_of_child, own_bundles
from .configuration import LoadedConfiguration, load_configuration
from .failure import PROXY_NOT_STARTED
from .failure import report as report_failure
from .listeners import lines_on_stderr
from .local_proxy import proxy
from .log_messages import log_to_stderr
from .output import notice
from .sign_in import agent_of
from .signals import passed_on
from .verb import Everywhere

CANNOT_BE_RUN: Final = 126
NOT_FOUND: Final = 127


def run(common: Everywhere, argv: Sequence[str], settings: Mapping[str, str], *, interactive: bool = False) -> int:
    """Run *argv* behind a proxy of its own; the exit code of ``exec``.

    Args:
        common: the flags that stand everywhere.
        argv: the command.
        settings: settings to use instead of the file's.
        interactive: whether a browser is opened where a request needs a user to sign in.
    """
    log_to_stderr()
    password = secrets.token_urlsafe(24)
    warn_of_ca(common)
    try:
        configuration = load_configuration(common, {**settings, "password": Secret(password)})
        if not common.quiet:
            notice(f"uses {configuration.file}")
        return asyncio.run(_run(common, configuration, argv, password, agent_of if interactive else None))
    except (AuthwrightError, OSError) as error:
        report_failure(error, as_json=common.json)  # the command has not begun: stdout is still ours
        return PROXY_NOT_STARTED


async def _run(
    common: Everywhere, configuration: LoadedConfiguration, argv: Sequence[str], password: str, open_agent: OpenAgent | None
) -> int:
    level = Level.OUTCOMES if common.verbose and not common.quiet else Level.NOTHING
    recorder = UNHEARD if common.quiet and not common.verbose else Recorder(lines_on_stderr(common, level))
    with tempfile.TemporaryDirectory(prefix="authwright-") as name:
        folder = Path(name)
        async with proxy(configuration, recorder=recorder, open_agent=open_agent) as address:
            environment = environment_of_child(
                os.environ, address=address, password=password, bundle=_bundle(configuration.home, folder), folder=folder
            )
            return await _child(argv, environment)


async def _child(argv: Sequence[str], environment: dict[str, str]) -> int:
    """Run the command to its end; its exit code as a shell would say it."""
    try:
        with core_dumps.allowed_to_children():
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
    return ca_bundle.write(folder / "ca.pem", ca_bundle.client_pem("\n".join(filter(None, (own, ca.certificate(home))))))
