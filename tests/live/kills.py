"""Kill -9 in the middle of refreshing, again and again, against a server that rotates: what is lost, what is corrupt?

`bench/kills.py` does it a thousand times. Each round starts the command on the same store, sends it requests that each need a refresh, and kills one process at a
random moment: the proxy, or any of the proxy, the ``token`` command and their refreshers. Then, under the store's own
lock, it looks at what the store holds and whether the server still takes it.
"""

import contextlib
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from tests.live.process import of_authwright, refreshers
from tests.live.rotating import RotatingServer, Rotation

from authwright.assembly import open_store
from authwright.config import load
from authwright.errors import AuthwrightError
from authwright.flow import Token
from authwright.secret import Secret
from authwright.tokens.store import Label, Record

ROOT = Path(__file__).parents[2]
LONGEST = 1.2
"""Seconds after which a victim is killed at the latest: a refresher is at work by then, and has often finished."""
CONFIGURATION = """\
version: 1
credentials:
  box:
    type: oauth2
    grant: refresh_token
    token_endpoint: http://{address}/token
    client_id: kills
    client_secret: s
    refresh_token: the-very-first
rules:
  - {{match: "{address}", auth: box}}
"""


class Ground:
    """A server, a store with a login in it, and a nursery of commands."""

    def __init__(self, folder, rotation, address):
        self.folder, self.rotation, self.home = folder, rotation, folder / "home"
        self.file = folder / "authwright.yaml"
        self.file.write_text(CONFIGURATION.format(address=address))
        self.key = load(self.file).credentials["box"].scheme().grant.key
        self.address = address
        self.found = Counter()
        self.login()

    def login(self):
        """Put a first refresh token into the store, as signing in does."""
        now = datetime.now(UTC)
        token = Token(Secret("none"), now, now, Secret(self.rotation.seed()))
        with contextlib.closing(open_store(self.home)) as store, store.lock(self.key):
            store.save(Record(self.key, Label("box", "", "refresh_token", self.address), token))

    def judge(self):
        """Whether the store is whole, and the server still takes what it holds; sign in again where not."""
        try:
            with contextlib.closing(open_store(self.home)) as store, store.lock(self.key):
                kept = store.load(self.key).token.refresh_token.reveal()
        except AuthwrightError as error:
            self.found[error.message] += 1
            self.found["corrupt"] += 1
            for path in self.home.glob("tokens.*"):
                path.unlink()
            self.login()
            return
        if not self.rotation.is_good(kept):
            self.found["lost"] += 1
            self.login()


@contextlib.contextmanager
def nursery(folder):
    """Starts commands; gives a function that does, and one that hears what they say."""
    environment = of_authwright(folder)
    environment["PYTHONPATH"] = f"{environment['PYTHONPATH']}{os.pathsep}{ROOT}"
    with (folder / "err").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.live.nursery"],
            env=environment,
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )

    def said(name):
        """The next object that has *name*; a proxy also prints what its requests came to."""
        while name not in (found := json.loads(process.stdout.readline())):
            pass
        return found[name]

    def start(*arguments):
        process.stdin.write(json.dumps(arguments) + "\n")
        process.stdin.flush()
        return said("pid")

    try:
        yield start, said
    finally:
        process.stdin.close()
        process.wait(10)
        process.stdout.close()


def pester(proxy, address, stop):
    """Send requests through *proxy* until it is gone."""
    host, _, port = proxy.rpartition(":")
    request = f"GET http://{address}/ HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n".encode()
    while not stop.is_set():
        with contextlib.suppress(OSError), socket.create_connection((host, int(port)), timeout=20) as connection:
            connection.sendall(request)
            while connection.recv(65536):
                pass


def kill(pid):
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def a_round(ground, start, said, victim, chance):
    """Start, wait for a random moment, kill."""
    verb = chance.choice(("run", "run", "token")) if victim == "any" else "run"
    stop = threading.Event()
    common = ("--config", str(ground.file), "-q", "--json")
    if verb == "run":
        pid = start("run", "--listen", "127.0.0.1:0", *common)
        proxy = said("listening")[0]
        client = threading.Thread(target=pester, args=(proxy, ground.address, stop))
        client.start()
    else:
        pid = start("refresh", "box", "--config", str(ground.file), "-q")
        client = None
    time.sleep(chance.uniform(0, LONGEST))
    theirs = refreshers(pid)
    killed = chance.choice([[pid], theirs or [pid], [pid, *theirs]]) if victim == "any" else [pid]
    for each in killed:
        kill(each)
    ground.found["refresher killed"] += bool(set(killed) & set(theirs))
    kill(pid)
    stop.set()
    if client:
        client.join()


def run(kills, victim, kind, folder, say=lambda _: None, seed=None):
    """Kill *kills* times; what was found, and the server's own count."""
    chance = random.Random(seed)
    rotation = Rotation(kind, lifetime=0, before=0.03)
    with RotatingServer(rotation) as server, nursery(folder) as (start, said):
        ground = Ground(folder, rotation, server.address)
        for number in range(1, kills + 1):
            a_round(ground, start, said, victim, chance)
            ground.judge()
            if number % 50 == 0:
                say(f"{number} kills: {dict(ground.found)}, {rotation.requests} token requests, {rotation.reused} refused")
    found = {"kills": kills, "lost": ground.found["lost"], "corrupt": ground.found["corrupt"]}
    return {
        **found,
        "refreshers killed": ground.found["refresher killed"],
        "refreshes": rotation.requests,
        "reused": rotation.reused,
    }
