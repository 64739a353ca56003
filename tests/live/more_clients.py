"""Further clients beside those of ``clients``: aiohttp, Rust's reqwest and Go's net/http."""

import re

from tests.live.needs import in_venv, program

_AIOHTTP = """
import asyncio, sys, aiohttp
async def ask():
    async with aiohttp.ClientSession(trust_env=True) as session:
        async with session.post(sys.argv[1], data=open(sys.argv[2], 'rb')) as answer:
            answer.raise_for_status()
            sys.stdout.buffer.write(await answer.read())
asyncio.run(ask())
"""

_REQWEST = """
import os, pathlib, sys
from pyreqwest.client import SyncClientBuilder
from pyreqwest.proxy import ProxyBuilder
builder = SyncClientBuilder().error_for_status(True).http1_only().proxy(ProxyBuilder.all(os.environ['http_proxy']))
bundle = pathlib.Path(os.environ['SSL_CERT_FILE']).read_text()
for part in bundle.split('-----BEGIN CERTIFICATE-----')[-1:]:
    builder = builder.add_root_certificate_pem(('-----BEGIN CERTIFICATE-----' + part).encode())
with builder.build() as client:
    answer = client.post(sys.argv[1]).body_bytes(pathlib.Path(sys.argv[2]).read_bytes()).build().send()
    sys.stdout.buffer.write(bytes(answer.bytes()))
"""


def _in_engines(source):
    return lambda url, body: [in_venv("engines", "python"), "-c", source, url, str(body)]


def _hey(url, body):
    return [
        *(program("hey"), "-n", "1", "-c", "1", "-m", "POST", "-T", "text/plain"),
        *("-x", "http://{proxy}", "-disable-compression", "-D", str(body), url),
    ]


MORE = {
    "aiohttp": (_in_engines(_AIOHTTP), ("http", "https")),
    "reqwest (Rust)": (_in_engines(_REQWEST), ("http", "https")),
    "hey (Go)": (_hey, ("http",)),  # names the port in the handshake, too, and gets 421
}
"""By name: the command for a URL and a file, and the schemes it speaks through a proxy; ``{proxy}`` is the proxy's address."""


def what_counts(output: bytes) -> bytes:
    """A client's output without what is another each time: of hey's report only how many answers had which status and size."""
    kept = re.findall(rb"^ *(?:\[\d+\]\s+\d+ responses|Size/request:.*|Total data:.*)$", output, re.MULTILINE)
    return b"\n".join(kept) if b"Slowest:" in output else output
