"""Several processes behind one port: started, watched, replaced when one dies, and ended together.

The processes are forks of this one, made before it has a thread or an event loop: so they share what was loaded, and each
has an event loop, a store and connections of its own. A socket pair joins them: a worker that is ready writes its process
id to it, and one that reads its end knows that this process is gone.
"""

from __future__ import annotations

import os
import selectors
import signal
import socket
import struct
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

from ..error_codes import FAILED
from ..proxy.server.shared_port import SharedPort
from .failure import CTRL_C

_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD)
_PID: Final = struct.Struct("=i")
_FIRST_PAUSE: Final = 0.1
_LONGEST_PAUSE: Final = 5.0
_STEADY: Final = 10.0
"""Seconds after which a worker's end is no longer held against its successor."""

type Work = Callable[[Sequence[socket.socket], socket.socket], int]
"""A worker's life: its sockets, and the one that joins it to us; its exit code. It sends :func:`ready` when it accepts."""


@dataclass
class _Worker:
    """A place for one process, and the process in it."""

    sockets: list[socket.socket]
    pid: int = 0
    ready: bool = False
    began: float = 0.0
    due: float = 0.0
    """When the next process may be started in it."""
    deaths: int = 0


@dataclass
class Workers:
    """The processes.

    Args:
        port: where they listen.
        count: how many there are.
        work: what each does.
        on_ready: called once, when all accept connections.
        notice: told in one sentence when one died.
    """

    port: SharedPort
    count: int
    work: Work
    on_ready: Callable[[], None]
    notice: Callable[[str], None]
    _workers: list[_Worker] = field(default_factory=list)
    _ended: list[_Worker] = field(default_factory=list)
    _came: set[int] = field(default_factory=set)
    _serving: bool = False
    _code: int = 0

    def run(self) -> int:
        """Run them until a signal ends them all; the exit code.

        The first one starts alone: what is made at the first start is made once, and what is wrong is said once.
        """
        self._joined, self._theirs = socket.socketpair()
        with self._joined, self._theirs, _woken() as woken, selectors.DefaultSelector() as waiting:
            waiting.register(self._joined, selectors.EVENT_READ, self._hear)
            waiting.register(woken, selectors.EVENT_READ, lambda: self._signalled(woken))
            self._add()
            while any(worker.pid for worker in self._workers) or not self._stopping:
                for key, _ in waiting.select(self._pause()):
                    key.data()
                self._start_due()
        return self._code or (CTRL_C if signal.SIGINT in self._came else 0)

    @property
    def _stopping(self) -> bool:
        return bool(self._code) or bool(self._came & {signal.SIGTERM, signal.SIGINT})

    def _add(self) -> None:
        self._workers.append(_Worker(self.port.opened()))

    def _pause(self) -> float | None:
        """Seconds until a process is to be started; ``None`` when something else must happen first."""
        due = [worker.due for worker in self._workers if not worker.pid]
        return None if self._stopping or not due else max(min(due) - time.monotonic(), 0)

    def _start_due(self) -> None:
        for worker in self._workers:
            if not (worker.pid or self._stopping) and time.monotonic() >= worker.due:
                self._start(worker)

    def _start(self, worker: _Worker) -> None:
        try:
            worker.sockets = worker.sockets or self.port.opened()
            pid = self._forked()
        except OSError as error:
            self.notice(f"No worker can be started: {error.strerror}.")
            worker.deaths, worker.due = worker.deaths + 1, time.monotonic() + _LONGEST_PAUSE
            return
        if not pid:
            self._become(worker)  # never returns
        worker.pid, worker.ready, worker.began = pid, False, time.monotonic()

    def _forked(self) -> int:
        """As ``fork``; our signals wait until each side can act on them, else a worker could miss its end."""
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        try:
            if not (pid := os.fork()):
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGTERM, signal.SIG_DFL)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                signal.signal(
                    signal.SIGINT, signal.SIG_IGN
                )  # a terminal sends it to us all; the first process says what it means
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
        return pid

    def _become(self, worker: _Worker) -> None:
        """Go on as the worker, and never return."""
        code = FAILED
        try:
            self._joined.close()
            for other in self._workers:
                if other is not worker:
                    _close(other)
            code = self.work(worker.sockets, self._theirs)
        finally:
            with suppress(Exception):
                sys.stdout.flush()
            os._exit(code)

    def _hear(self) -> None:
        """A worker accepts connections."""
        (pid,) = _PID.unpack(self._joined.recv(_PID.size))
        for worker in self._workers:
            worker.ready = worker.ready or worker.pid == pid
        if self._serving or self._stopping:
            return
        if not all(worker.ready for worker in self._workers):
            return
        if len(self._workers) == 1:
            for _ in range(1, self.count):
                self._add()
        else:
            self._serving = True
            self.on_ready()

    def _signalled(self, woken: socket.socket) -> None:
        numbers = set(woken.recv(64))
        if signal.SIGCHLD in numbers:
            self._reap()
        if ending := numbers & {signal.SIGTERM, signal.SIGINT}:
            self._came |= ending
            self._end()

    def _end(self) -> None:
        """Accept no connection any more, and tell every worker to end; told a second time it ends at once."""
        for worker in self._workers:
            _close(worker)
            if worker.pid:
                with suppress(ProcessLookupError):
                    os.kill(worker.pid, signal.SIGTERM)

    def _reap(self) -> None:
        for worker in self._workers:
            if not worker.pid:
                continue
            pid, status = os.waitpid(worker.pid, os.WNOHANG)
            if pid:
                self._died(worker, os.waitstatus_to_exitcode(status))

    def _died(self, worker: _Worker, code: int) -> None:
        pid, worker.pid = worker.pid, 0
        if self._stopping:
            return
        if not self._serving:  # it said why
            self._code = code if code > 0 else FAILED
            self._end()
            return
        now = time.monotonic()
        worker.deaths = 0 if now - worker.began > _STEADY else worker.deaths + 1
        worker.due = now + (min(_FIRST_PAUSE * 2 ** (worker.deaths - 1), _LONGEST_PAUSE) if worker.deaths else 0)
        if not worker.ready:
            _close(worker)  # its successor may fare no better: until one accepts, the others get the connections
        self.notice(f"Worker {pid} {_ending(code)}; another takes its place.")


def ready(joined: socket.socket) -> None:
    """Say, in a worker, that it accepts connections."""
    joined.sendall(_PID.pack(os.getpid()))


def _close(worker: _Worker) -> None:
    for each in worker.sockets:
        each.close()
    worker.sockets = []


def _ending(code: int) -> str:
    return f"ended with {code}" if code >= 0 else f"was ended by {signal.Signals(-code).name}"


@contextmanager
def _woken() -> Iterator[socket.socket]:
    """A socket that gets the number of each of our signals as a byte."""
    reading, writing = socket.socketpair()
    writing.setblocking(False)
    with reading, writing:
        signal.set_wakeup_fd(writing.fileno())
        before = {number: signal.signal(number, lambda *_: None) for number in _SIGNALS}
        try:
            yield reading
        finally:
            signal.set_wakeup_fd(-1)
            for number, action in before.items():
                signal.signal(number, action)
