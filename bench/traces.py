"""What a trace costs: microseconds a request through our own layer, with the trace's part in place and with it taken out.

The layer is driven without sockets (``driven.py``), so that nothing else is in the figures. For each credential, turn by turn:

``none``    the trace's part taken out, here and nowhere else: what is left is the request
``quiet``   as with ``run -q``: nobody looks, only errors are reported
``taken``   somebody takes each trace and does nothing with it
``logged``  somebody makes the log's line of it, as ``run`` does, but for writing it

What is taken out: where the credential stands (``bearer``) the request's last step, which asks whether a trace is wanted. Where a
signature is made by a stamp (``aws_sigv4``, of a head that was seen before) the same. Where an exchange runs (``aws_sigv4`` of a
head that is new each time, ``oauth1``) also the list of events that it fills and the notes that the scheme makes: a list that drops
what it is given takes its place. The texts in the notes are what is signed: they are made in any case.

Run: ``python bench/traces.py [--turns 40]``
"""

from __future__ import annotations

import argparse
import contextlib
import os
from collections import deque
from collections.abc import Iterator
from statistics import median
from time import process_time
from unittest import mock

import driven  # first: it puts authwright on the path
from authwright.ambient import SystemAmbient
from authwright.cli.colour import painter
from authwright.cli.log import lines
from authwright.engine import engine, exchange
from authwright.proxy.http1 import request
from authwright.record.recorder import Level, Recorder, TraceListener
from authwright.schemes import aws_sigv4, oauth1

CALLS = 300
WARM = 100
KEYS = "access_key_id: AKIDEXAMPLE, secret_access_key: wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
SIGNING = f"type: aws_sigv4, {KEYS}, service: execute-api, region: eu-west-1"
OAUTH = "type: oauth1, consumer_key: bench, consumer_secret: kd94hf93k423kf44, token: nnch734d00sl2jdk, token_secret: pfkkdhi9sl3r4s00"
CREDENTIALS = {
    "bearer": ("type: bearer, token: bench-token", False),
    "aws_sigv4": (SIGNING, False),
    "aws_sigv4, new heads": (SIGNING, True),
    "oauth1": (OAUTH, False),
}
"""What authorises, and whether each request has a head of its own."""
WAYS = ("none", "quiet", "taken", "logged")


DROPPING: deque[None] = deque(maxlen=0)


def _no_event(*_given: object) -> None:
    pass


def _no_beginning(*_given: object) -> deque[None]:
    return DROPPING


def _silent(_label: str, _text: str) -> Iterator[None]:
    return iter(())


def _finish(*given: object) -> None:
    """The request's last step without the question for its trace."""
    authorised = given[5]
    if authorised is not None:
        authorised.close()


@contextlib.contextmanager
def taken_out() -> Iterator[None]:
    """Without the trace's part."""
    with contextlib.ExitStack() as patched:
        patched.enter_context(mock.patch.object(engine, "beginning", _no_beginning))
        for event in ("Answered", "Hidden", "RedactedBy", "Sent"):
            patched.enter_context(mock.patch.object(exchange, event, _no_event))
        for scheme in (aws_sigv4, oauth1):
            patched.enter_context(mock.patch.object(scheme, "note", _silent))
        patched.enter_context(mock.patch.object(request, "finish", _finish))
        yield


def recorder(way: str) -> Recorder:
    clock, paint = SystemAmbient(), painter(False)
    if way == "logged":
        return Recorder(TraceListener(lambda trace: [*lines(trace, clock.now(), changes=False, paint=paint)] and None))
    return Recorder(TraceListener(lambda _: None, Level.OUTCOMES if way == "taken" else Level.NOTHING))


class Asking:
    """One client that asks for the same again and again."""

    def __init__(self, auth: str, *, anew: bool, way: str) -> None:
        document = f'version: 1\nrules:\n- match: {{host: 127.0.0.1, port: "*"}}\n  auth: {{{auth}}}\n'
        self._connection = driven.Connection(document, recorder(way))
        self._anew = anew
        self._asked = 0

    def turn(self) -> float:
        """Microseconds a request, once what was taken out or put back has been met a few times."""
        requests, ask = [self._request() for _ in range(CALLS)], self._connection.ask
        for _ in range(WARM):
            ask(self._request())
        began = process_time()
        for each in requests:
            ask(each)
        taken = (process_time() - began) / CALLS * 1e6
        if not self._connection.answered.startswith(b"HTTP/1.1 200"):
            raise SystemExit(self._connection.answered.decode())
        return taken

    def _request(self) -> bytes:
        self._asked += 1
        fields = f"X-Request-Id: {self._asked}\r\n" if self._anew else ""
        head = f"POST http://127.0.0.1:9000/orders HTTP/1.1\r\nHost: 127.0.0.1:9000\r\nContent-Length: 1024\r\n{fields}\r\n"
        return head.encode() + b"x" * 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=40, help=f"turns of {CALLS} requests each (40)")
    parser.add_argument("--raw", action="store_true", help="print every turn")
    asked = parser.parse_args()
    clients = {(name, way): Asking(auth, anew=anew, way=way) for name, (auth, anew) in CREDENTIALS.items() for way in WAYS}
    seen: dict[tuple[str, str], list[float]] = {which: [] for which in clients}
    print(f"load average {os.getloadavg()[0]:.2f}")
    for number in range(asked.turns + 1):
        for which in seen if number % 2 else reversed(seen):
            with taken_out() if which[1] == "none" else contextlib.nullcontext():
                taken = clients[which].turn()
            seen[which] += [taken] if number else []  # the first is to warm up
    for (name, way), times in seen.items():
        more = [one - other for one, other in zip(times, seen[name, "none"], strict=True)]
        least = min(times) - min(seen[name, "none"])
        cost = "" if way == "none" else f"   the trace: median {median(more):5.1f} us, least against least {least:5.1f} us"
        print(f"{name:21} {way:7} median {median(times):6.1f} us   least {min(times):6.1f} us{cost}")
        if asked.raw:
            print("   ", " ".join(f"{each:.1f}" for each in times))


if __name__ == "__main__":
    main()
