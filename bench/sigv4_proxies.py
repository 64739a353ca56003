"""An AWS signature on each POST of 1 KB, put there by proxies: requests a second and processor time, turn by turn.

Before they are measured, each must put a signature on a request that botocore makes of it, too. Then the origin is nginx, which
answers 401 where there is none.

Run: ``python bench/sigv4_proxies.py [--seconds 3] [--rounds 5] [--only mitmdump,run] [--clients 1,16]``
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import os
import re
import shutil
import tempfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from botocore.awsrequest import AWSRequest

import contestants
import nginx
import place
import throughput
from botocore_addon import KEYS, REGION, SERVICE, signer
from generators import Shape

NAMES = ("mitmdump", "stock", "run", "aws-sigv4-proxy")
"""The addon of ``botocore_addon.py``, ours twice, and the proxy written in Go for this alone, where it is installed."""
BODY = 1024
RULES = f"""\
version: 1
rules:
- match: {{host: 127.0.0.1, port: "*"}}
  auth: {{type: aws_sigv4, access_key_id: {KEYS[0]}, secret_access_key: {KEYS[1]}, service: {SERVICE}, region: {REGION}}}
"""
_SIGNATURE = re.compile(rf"AWS4-HMAC-SHA256 Credential={KEYS[0]}/[^,]*, ?SignedHeaders=([^,]*), ?Signature=([0-9a-f]{{64}})")


def started(name: str, ground: contestants.Ground) -> contextlib.AbstractContextManager[place.Running]:
    """A proxy that takes connections."""
    if name != "aws-sigv4-proxy":
        return contestants.contestant(name, ground)
    port = place.free_port()
    flags = ["--port", f"127.0.0.1:{port}", "--upstream-url-scheme", "http", "--name", SERVICE, "--region", REGION]
    keys = {"AWS_ACCESS_KEY_ID": KEYS[0], "AWS_SECRET_ACCESS_KEY": KEYS[1]}
    return place.listening(name, [name, *flags], ground.folder / name, port, where=place.cores(place.PROXY), **keys)


class Verifier(BaseHTTPRequestHandler):
    """An origin that answers 200 to a request with the signature that botocore makes of it, else 403."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200 if self.signed(body) else 403)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def signed(self, body: bytes) -> bool:
        found = _SIGNATURE.fullmatch(self.headers.get("Authorization", ""))
        if found is None:
            return False
        headers = {name: self.headers[name] for name in found[1].split(";")}
        request = AWSRequest("POST", f"http://{self.headers['Host']}{self.path}", headers=headers, data=body)
        request.context["timestamp"] = self.headers["X-Amz-Date"]
        text = signer.string_to_sign(request, signer.canonical_request(request))
        return signer.signature(text, request) == found[2]

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def verifying() -> Iterator[int]:
    """The port of a :class:`Verifier`."""
    with HTTPServer(("127.0.0.1", 0), Verifier) as server:
        threading.Thread(target=server.serve_forever).start()
        yield server.server_port
        server.shutdown()


def check(name: str, proxy: place.Running, origin: int) -> None:
    """End the program if what *proxy* sends is not signed as it should be."""
    connection = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=place.PATIENCE)
    host = f"127.0.0.1:{origin}"
    fields = {"Host": host, "Content-Type": "application/json"}
    connection.request("POST", f"http://{host}/a/b?c=d", b"x" * BODY, fields)
    status = connection.getresponse().status
    connection.close()
    print(f"{name}: the signature is {'as botocore makes it' if status == 200 else f'wrong ({status})'}", flush=True)
    if status != 200:
        raise SystemExit(1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=3.0, help="length of a turn (3)")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each proxy (5)")
    parser.add_argument("--only", default=",".join(NAMES), help="proxies, the first is compared with")
    parser.add_argument("--clients", default="1,16", help="clients at once (1,16)")
    asked = parser.parse_args()
    names = asked.only.split(",")
    if "aws-sigv4-proxy" in names and not shutil.which("aws-sigv4-proxy"):
        print("aws-sigv4-proxy is left out: it is not on the PATH.")
        names.remove("aws-sigv4-proxy")
    with tempfile.TemporaryDirectory(prefix="authwright-bench-") as made, contextlib.ExitStack() as stack:
        folder = Path(made)
        ca, certificate = place.authority(folder)
        origin = stack.enter_context(nginx.origin(folder, certificate, nginx.NO_SIGNATURE))
        config = folder / "authwright.yaml"
        config.write_text(RULES)
        ground = contestants.Ground(folder, config, ca, origin.ports, addon=place.BENCH / "botocore_addon.py")
        proxies = {name: stack.enter_context(started(name, ground)) for name in names}
        with verifying() as port:
            for name, proxy in proxies.items():
                check(name, proxy, port)
        measure(throughput.Field(origin, dict(proxies)), asked)


def measure(field: throughput.Field, asked: argparse.Namespace) -> None:
    """Every number of clients, everybody in turn."""
    names = tuple(field.proxies)
    shapes = {f"sigv4-post-{clients}": Shape(int(clients), body=BODY) for clients in asked.clients.split(",")}
    for name in names:
        field.turn(name, Shape(body=BODY), 1)  # warm
    print(f"load average {os.getloadavg()[0]:.2f}")
    throughput.heading()
    for each in shapes:
        medians = throughput.scenario(each, field, names, asked.seconds, asked.rounds, shapes)
        first = medians[names[0]]
        for name, seen in medians.items():
            cost = first["us"] / seen["us"]
            print(f"{each} {name}: {seen['rps'] / first['rps']:.1f} times the requests, 1/{cost:.1f} of the processor time")


if __name__ == "__main__":
    main()
