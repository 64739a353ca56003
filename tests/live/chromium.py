"""A real browser without a window: Debian's Chromium, steered over the DevTools protocol."""

import base64
import contextlib
import itertools
import json
import urllib.request
from pathlib import Path

from tests.live.needs import program
from tests.live.process import bare_environment, started, until
from websockets.sync.client import connect

_FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--remote-debugging-port=0"),
    *("--no-proxy-server", "--window-size=900,640"),
)


class Tab:
    """One tab. What its pages complain of (a policy that was broken, a script that failed) is in ``complaints``."""

    def __init__(self, socket):
        self._socket, self._numbers = socket, itertools.count(1)
        self.complaints = []
        for domain in ("Page", "Runtime", "Log"):
            self.ask(f"{domain}.enable")

    def ask(self, method, **parameters):
        number = next(self._numbers)
        self._socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            said = json.loads(self._socket.recv(timeout=30))
            if said.get("method") in ("Log.entryAdded", "Runtime.exceptionThrown"):
                self.complaints.append(said["params"])
            if said.get("id") == number:
                assert "error" not in said, said
                return said["result"]

    def go(self, url):
        self.ask("Page.navigate", url=url)

    def value(self, expression):
        """What *expression* is in the page, a promise's value too."""
        said = self.ask("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        return said["result"].get("value")

    def shows(self, text):
        """Wait until the page's text holds *text*."""
        until(lambda: text in (self.value("document.body ? document.body.innerText : ''") or ""), f"a page that says {text!r}")

    def screenshot(self, path):
        Path(path).write_bytes(base64.b64decode(self.ask("Page.captureScreenshot", format="png")["data"]))


@contextlib.contextmanager
def tab(folder):
    """A fresh Chromium with one tab."""
    folder.mkdir()
    profile = folder / "profile"
    argv = [program("chromium"), *_FLAGS, f"--user-data-dir={profile}", "about:blank"]
    with started(argv, folder, env=bare_environment(folder)) as process:
        port = until(lambda: _port(profile), "Chromium", process)
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(
            f"http://127.0.0.1:{port}/json", timeout=10
        ) as listed:
            page = next(target for target in json.load(listed) if target["type"] == "page")
        with connect(page["webSocketDebuggerUrl"], max_size=None, proxy=None) as socket:
            yield Tab(socket)


def _port(profile):
    """The port that Chromium wrote down; 0 while the file is not there, or not whole."""
    with contextlib.suppress(OSError):
        port, end, _ = (profile / "DevToolsActivePort").read_text().partition("\n")
        return int(port) if end else 0
    return 0
