"""Our own command, again and again, without the second that importing the proxy takes: each start is a fork of this process.

A line of JSON on standard input is the arguments of one; its process number is the answer. What the command prints on
standard output follows. The forks are the command itself, with a session of their own; nothing else is shared.
"""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from pathlib import Path

from tests.live.process import PATIENCE, kill, of_authwright

ROOT = Path(__file__).parents[2]


class CommandForks:
    """Starts commands whose home is in *folder*."""

    def __init__(self, folder):
        self._folder = folder

    def __enter__(self):
        environment = of_authwright(self._folder)
        environment["PYTHONPATH"] = f"{environment['PYTHONPATH']}{os.pathsep}{ROOT}"
        with (self._folder / "err").open("w") as log:  # through a pipe: a command may be kept from writing files
            self._log = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=log)
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.live.command_forks"],
                env=environment,
                cwd=self._folder,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._log.stdin,
            )
        self._lines = queue.SimpleQueue()
        self._reading = threading.Thread(target=self._read)
        self._reading.start()
        return self

    def __exit__(self, *_):
        self._process.stdin.close()
        self._process.wait(PATIENCE)
        self._reading.join()
        self._process.stdout.close()
        self._log.stdin.close()
        self._log.wait(10)

    def _read(self):
        """All the time: whoever writes to a pipe that nobody reads stops."""
        for line in self._process.stdout:
            if b'"pid"' in line or b'"listening"' in line:
                self._lines.put(json.loads(line))

    def start(self, *arguments):
        """Start the command; its process number."""
        self._process.stdin.write(json.dumps(arguments).encode() + b"\n")
        self._process.stdin.flush()
        return self.said("pid")

    def said(self, name):
        """What the next object with *name* says of it; a proxy also prints what its requests came to."""
        while name not in (found := self._lines.get(timeout=PATIENCE)):
            pass
        return found[name]


def main():
    import httpx2  # noqa: F401 - only so that no fork imports it again

    from authwright.cli import entry

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel buries the dead
    born = []
    for line in sys.stdin:
        arguments = json.loads(line)
        child = os.fork()
        if child == 0:
            os.setsid()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            sys.stdin.close()
            os.open(os.devnull, os.O_RDONLY)
            os._exit(entry.run(arguments))
        born.append(child)
        print(json.dumps({"pid": child}), flush=True)
    for child in born:  # whoever asked for them is gone, or done
        kill(child)
    os._exit(0)


if __name__ == "__main__":
    main()
