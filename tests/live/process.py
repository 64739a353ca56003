"""Servers and commands as processes: started in a group of their own, waited for, and ended with that group."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

ADDONS = Path(__file__).parents[2] / "addons"
PATIENCE = 30.0
"""How many seconds a server may take to start, or a client to end."""


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def until(found, what, process=None):
    """What *found* gives once it is true; fails when *process* ends or :data:`PATIENCE` does."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if result := found():
            return result
        if process and process.poll() is not None:
            raise AssertionError(f"{what} ended with {process.returncode}")
        time.sleep(0.02)
    raise AssertionError(f"{what} was not ready within {PATIENCE:.0f} s")


def listens(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


@contextlib.contextmanager
def started(argv, folder, *, env=None, cwd=None):
    """A process whose output goes to the files ``out`` and ``err`` of *folder*; ended with its group."""
    with (folder / "out").open("wb") as out, (folder / "err").open("wb") as err:
        process = subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=env, cwd=cwd, start_new_session=True
        )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            pass
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)


def first_line(folder):
    """The first whole line of a started process' output; empty while there is none."""
    line, end, _ = (folder / "out").read_text().partition("\n")
    return line if end else ""


def bare_environment(folder, **more):
    """An environment that knows no proxy and no CA, with *folder* as the home of everything."""
    return {"PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8", "GIT_TERMINAL_PROMPT": "0", **more}


def authwright(*arguments):
    return [sys.executable, "-m", "authwright", *arguments]


def of_authwright(folder, **secrets):
    """The environment of our own command: this checkout's package, a home of the test's own, and the engine that was asked for."""
    paths = os.pathsep.join(filter(None, (str(ADDONS), os.environ.get("PYTHONPATH", ""))))
    engine = {name: value for name, value in os.environ.items() if name == "AUTHWRIGHT_ENGINE"}
    return bare_environment(folder, PYTHONPATH=paths, AUTHWRIGHT_HOME=str(folder / "home"), **{**engine, **secrets})


def kill(pid):
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def refreshers(pid):
    """The processes that refresh tokens for the process *pid*, by number; any of its threads may have started them."""
    found = []
    for tasks in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found += [int(word) for word in tasks.read_text().split()]
    return [child for child in found if b"authwright.refresher" in _command(child)]


def _command(pid):
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
