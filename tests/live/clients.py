"""Real clients: each posts a file's bytes to a URL and prints the body of the answer; proxy and CA come from variables alone."""

import sys

from tests.live.needs import CACHE, program

_REQUESTS = """
import sys, requests
answer = requests.post(sys.argv[1], data=open(sys.argv[2], 'rb'), timeout=20)
answer.raise_for_status()
sys.stdout.buffer.write(answer.content)
"""

_HTTPX2 = """
import pathlib, sys, httpx2
answer = httpx2.post(sys.argv[1], content=pathlib.Path(sys.argv[2]).read_bytes(), timeout=20)
answer.raise_for_status()
sys.stdout.buffer.write(answer.content)
"""

_UNDICI = """
import fs from 'node:fs';
import { createRequire } from 'node:module';
const { EnvHttpProxyAgent, request } = createRequire(process.env.LIVE_MODULES + '/')('undici');
const dispatcher = new EnvHttpProxyAgent();
const { statusCode, body } = await request(process.argv[1], { dispatcher, method: 'POST', body: fs.readFileSync(process.argv[2]) });
process.exitCode = statusCode === 200 ? 0 : 1;
process.stdout.write(Buffer.from(await body.arrayBuffer()));
await dispatcher.close();
"""

_AGENT = """
import fs from 'node:fs';
import https from 'node:https';
import { createRequire } from 'node:module';
const { HttpsProxyAgent } = createRequire(process.env.LIVE_MODULES + '/')('https-proxy-agent');
const request = https.request(process.argv[1], { agent: new HttpsProxyAgent(process.env.https_proxy), method: 'POST' }, (answer) => {
  answer.pipe(process.stdout);
  answer.on('end', () => { process.exitCode = answer.statusCode === 200 ? 0 : 1; });
});
request.end(fs.readFileSync(process.argv[2]));
"""


def _curl(url, body):
    return [
        program("curl"),
        "-sS",
        "--max-time",
        "20",
        "--fail-with-body",
        "-H",
        "Content-Type: text/plain",
        "--data-binary",
        f"@{body}",
        url,
    ]


def _python(source):
    return lambda url, body: [sys.executable, "-c", source, url, str(body)]


def _node(source):
    return lambda url, body: [program("node"), "--no-warnings", "--input-type=module", "-e", source, url, str(body)]


CLIENTS = {
    "curl": (_curl, ("http", "https")),
    "requests": (_python(_REQUESTS), ("http", "https")),
    "httpx2": (_python(_HTTPX2), ("http", "https")),
    "node undici": (_node(_UNDICI), ("http", "https")),  # a tunnel for both schemes
    "node https-proxy-agent": (_node(_AGENT), ("https",)),  # knows no other
}
"""By name: the command for a URL and a file, and the schemes it speaks through a proxy."""

MODULES = {"LIVE_MODULES": str(CACHE)}


def variables(proxy, bundle):
    """What a person sets for all of them to use *proxy* and trust *bundle*."""
    ca = ("SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "GIT_SSL_CAINFO", "NODE_EXTRA_CA_CERTS")
    return {"http_proxy": proxy, "https_proxy": proxy, **dict.fromkeys(ca, str(bundle))}
