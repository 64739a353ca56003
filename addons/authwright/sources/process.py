"""One command that prints a secret, run without a shell, bounded in time and output, and ended with all its children."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from ..errors import SecretError


def run(argv: tuple[str, ...], folder: Path, environment: Mapping[str, str], timeout: float, limit: int) -> bytes:
    """Run the command; give what it writes to its standard output.

    Args:
        argv: the program and its arguments.
        folder: where it runs.
        environment: its environment variables.
        timeout: how many seconds it may take.
        limit: how many bytes it may write.

    Raises:
        SecretError: it cannot be started, takes too long, writes too much, or ends with another exit code than 0. The
            error names the program and never what it printed, which could be the secret.
    """
    name = argv[0]
    hint = f"run it yourself to see what it prints: {name}{' …' * (len(argv) > 1)}"
    deadline = time.monotonic() + timeout
    process = _start(argv, folder, environment)
    output = _Output(process.stdout, limit)
    try:
        output.wait(timeout)
        if len(output.data) > limit:
            raise SecretError(f"the command {name} prints more than {limit} bytes", hint=hint)
        code = process.wait(max(deadline - time.monotonic(), 0) if output.ended else 0)
        if not output.ended:
            raise SecretError(f"the command {name} leaves a process behind that keeps its output open", hint=hint)
    except BaseException as error:
        _end(process, output)
        if isinstance(error, subprocess.TimeoutExpired):
            raise SecretError(f"the command {name} takes longer than {timeout:g} s", hint=hint) from None
        raise
    output.close()
    if code:
        raise SecretError(f"the command {name} ended with exit code {code}", hint=hint)
    return output.data


class _Output:
    """Reads a stream in a thread of its own. On every platform a thread can be waited for with a limit."""

    def __init__(self, stream: IO[bytes] | None, limit: int) -> None:
        self.stream = stream
        self.limit = limit
        self.data = b""
        self.thread = threading.Thread(target=self._read, name="secret command", daemon=True)
        self.thread.start()

    @property
    def ended(self) -> bool:
        """True when the stream came to its end, or to the limit."""
        return not self.thread.is_alive()

    def wait(self, timeout: float) -> None:
        """Wait for the end, at most *timeout* seconds."""
        self.thread.join(timeout)

    def close(self) -> None:
        """Let go of the stream, unless a process that left the group still holds it: then closing would block."""
        if self.ended and self.stream:
            self.stream.close()

    def _read(self) -> None:
        if self.stream:
            self.data = self.stream.read(self.limit + 1)


def _start(argv: tuple[str, ...], folder: Path, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """The command as the first process of a session of its own: it cannot ask on the terminal, and ends as a group."""
    try:
        return subprocess.Popen(  # noqa: S603 - no shell; the command is the user's own, from the configuration
            argv,
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not a valid command"
        raise SecretError(
            f"the command {argv[0]} cannot be started: {reason}", hint="install it, or write its whole path"
        ) from None


def _end(process: subprocess.Popen[bytes], output: _Output) -> None:
    """End the process and what it started. Its id is still its own: it was not waited for, or its group lives on."""
    with contextlib.suppress(OSError):
        if os.name == "nt":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    output.wait(1)
    output.close()
