"""Kill -9 in the middle of refreshing, again and again, against a server that rotates: what is lost, what is corrupt?

`bench/kills.py` does it a thousand times. Each round starts the command on the same store, sends it requests that each need a refresh, and kills one process at a
random moment: the proxy, or any of the proxy, the ``token`` command and their refreshers. Then, under the store's own
lock, it looks at what the store holds and whether the server still takes it.
"""

import contextlib
import queue
import random
import socket
import threading
import time
from collections import Counter

from tests.live.command_forks import CommandForks
from tests.live.login import Login
from tests.live.process import kill, refreshers
from tests.live.rotating import RotatingServer, Rotation

from authwright.errors import AuthwrightError

LONGEST = 1.2
"""Seconds after which a victim is killed at the latest, when nothing else says when."""
WITHIN = 0.1
"""Seconds after a token request reached the server, for every second kill: refresh, save and first use fall into them."""


def judge(login, found):
    """Whether the store is whole, and the server still takes what it holds; sign in again where not."""
    try:
        kept = login.kept().refresh_token.reveal()
    except AuthwrightError as error:
        found["corrupt"] += 1
        found[error.message] += 1
        for path in login.home.glob("tokens.*"):
            path.unlink()
        login.sign_in()
        return
    if not login.rotation.is_good(kept):
        found["lost"] += 1
        login.sign_in()


def pester(proxy, address, stop):
    """Send requests through *proxy* until it is gone."""
    host, _, port = proxy.rpartition(":")
    request = f"GET http://{address}/ HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n".encode()
    while not stop.is_set():
        with contextlib.suppress(OSError), socket.create_connection((host, int(port)), timeout=20) as connection:
            connection.sendall(request)
            while connection.recv(65536):
                pass


def a_round(login, found, forks, victim, chance):
    """Start, wait for a random moment, kill."""
    verb = chance.choice(("run", "run", "token")) if victim == "any" else "run"
    stop = threading.Event()
    common = ("--config", str(login.file), "-q", "--json")
    if verb == "run":
        pid = forks.start("run", "--listen", "127.0.0.1:0", *common)
        proxy = forks.said("listening")[0]
        client = threading.Thread(target=pester, args=(proxy, login.address, stop))
        client.start()
    else:
        pid = forks.start("refresh", "box", *common)
        client = None
    _wait(login.rotation, chance)
    theirs = refreshers(pid)
    killed = chance.choice([[pid], theirs or [pid], [pid, *theirs]]) if victim == "any" else [pid]
    for each in killed:
        kill(each)
    found["refreshers killed"] += bool(set(killed) & set(theirs))
    kill(pid)
    stop.set()
    if client:
        client.join()


def _wait(rotation, chance):
    """For a random while, or into the middle of a refresh."""
    if chance.random() < 0.5:
        time.sleep(chance.uniform(0, LONGEST))
        return
    before, end = rotation.requests, time.monotonic() + 3 * LONGEST
    while rotation.requests == before and time.monotonic() < end:
        time.sleep(0.001)
    time.sleep(chance.uniform(0, WITHIN))


def run(kills, victim, kind, folder, say=lambda _: None, seed=None):
    """Kill *kills* times; what was found, and the server's own count."""
    chance = random.Random(seed)
    rotation = Rotation(kind, lifetime=0, before=0.03)
    found = Counter(lost=0, corrupt=0)
    with RotatingServer(rotation) as server, CommandForks(folder) as forks:
        login = Login(folder, rotation, server.address)
        for number in range(1, kills + 1):
            try:
                a_round(login, found, forks, victim, chance)
            except queue.Empty:  # an overloaded machine: what was started is killed all the same
                found["not started in time"] += 1
                continue
            judge(login, found)
            if number % 50 == 0:
                say(f"{number} kills: {dict(found)}, {rotation.requests} token requests, {rotation.reused} refused")
    return {"kills": kills - found["not started in time"], **found, "refreshes": rotation.requests, "reused": rotation.reused}
