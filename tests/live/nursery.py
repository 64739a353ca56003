"""Our own command, again and again, without the second that importing the proxy takes: each start is a fork of this process.

A line of JSON on standard input is the arguments of one; its process number is the answer. What the command prints on
standard output follows. The forks are the command itself, with a session of their own; nothing else is shared.
"""

import json
import os
import signal
import sys


def main():
    import httpx2  # noqa: F401 - only so that no fork imports it again

    from authwright.cli import entry

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel buries the dead
    for line in sys.stdin:
        arguments = json.loads(line)
        child = os.fork()
        if child == 0:
            os.setsid()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            sys.stdin.close()
            os.open(os.devnull, os.O_RDONLY)
            os._exit(entry.run(arguments))
        print(json.dumps({"pid": child}), flush=True)


if __name__ == "__main__":
    main()
