"""Token endpoints that are broken or hostile, on raw sockets: what each does, and what must come of it (SECURITY of the docs)."""

import asyncio
import contextlib
import gzip
import socket
import ssl
import struct
import zlib
from collections import Counter
from typing import NamedTuple

SECRET = "s3cret-of-the-client"
JSON = "application/json"


def answer(body, status="200 OK", kind=JSON, *fields):
    raw = body if isinstance(body, bytes) else body.encode()
    head = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", f"Content-Length: {len(raw)}", "Connection: close", *fields, "", ""]
    return "\r\n".join(head).encode() + raw


def token(members):
    return answer(f'{{"access_token": "tok", "token_type": "Bearer"{members}}}')


def refusal(error, status="400 Bad Request", more=""):
    return answer(f'{{"error": "{error}"{more}}}', status)


async def endless(writer):
    """A gigabyte, unless somebody stops it."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
    for _ in range(1 << 14):
        writer.write(b" " * (1 << 16))
        await writer.drain()


async def drip(writer):
    """A byte at a time, so that no single wait is long."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 10000\r\n\r\n")
    while True:
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.2)


async def endless_head(writer):
    writer.write(b"HTTP/1.1 200 OK\r\n")
    for number in range(1 << 20):
        writer.write(b"X-%d: %s\r\n" % (number, b"y" * 1000))
        await writer.drain()


async def silence(writer):
    await asyncio.sleep(60)


async def reset(writer):
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


BOMB = gzip.compress(b" " * (64 << 20), 9)
ZIPPED = zlib.compress(b"{}")


class Fault(NamedTuple):
    """What a token endpoint does, and what a client gets: the status, the error's code, and words of its sentence."""

    does: object
    status: int
    code: str = ""
    says: str = ""


FAULTS = {
    "a page instead of JSON": Fault(
        answer("<html>Sign in</html>", kind="text/html"), 502, "token_endpoint_malformed", "text/html"
    ),
    "a page that says not found": Fault(answer("<h1>404", "404 Not Found", "text/html"), 502, "token_endpoint_refused", "404"),
    "a gigabyte": Fault(endless, 502, "remote_error", "more than 1 MiB"),
    "a head without end": Fault(endless_head, 502, "interrupted", "broke off"),
    "a drip": Fault(drip, 504, "timeout", "within 15 seconds"),
    "no answer": Fault(silence, 504, "timeout", "within 15 seconds"),
    "expires_in -1": Fault(token(', "expires_in": -1'), 200),
    "expires_in 0": Fault(token(', "expires_in": 0'), 200),
    "expires_in 1e308": Fault(token(', "expires_in": 1e308'), 200),
    "expires_in missing": Fault(token(""), 200),
    "expires_in a word": Fault(token(', "expires_in": "abc"'), 502, "token_endpoint_malformed", "expires_in"),
    "expires_in NaN": Fault(token(', "expires_in": NaN'), 502, "token_endpoint_malformed", "NaN"),
    "a redirect": Fault(
        answer("", "307 Temporary Redirect", JSON, "Location: http://evil.example/t?x=1"),
        502,
        "token_endpoint_malformed",
        "http://evil.example/t, which is never followed",
    ),
    "a line break in the token": Fault(
        answer('{"access_token": "a\\r\\nX-Evil: 1", "token_type": "Bearer"}'),
        502,
        "token_endpoint_malformed",
        "no token may hold",
    ),
    "a NUL in the token": Fault(
        answer('{"access_token": "a\\u0000", "token_type": "Bearer"}'), 502, "token_endpoint_malformed", "no token may hold"
    ),
    "a compressed bomb": Fault(answer(BOMB, "200 OK", JSON, "Content-Encoding: gzip"), 502, "remote_error", "more than 1 MiB"),
    "compressed, it says": Fault(answer(b"{}", "200 OK", JSON, "Content-Encoding: gzip"), 502, "remote_error", "decoded"),
    "cut short": Fault(
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n{", 502, "interrupted", "broke off"
    ),
    "a token that is a number": Fault(
        answer('{"access_token": 1, "token_type": "Bearer"}'), 502, "token_endpoint_malformed", "not a string"
    ),
    "a list": Fault(answer("[]"), 502, "token_endpoint_malformed", "not an object"),
    "an empty body": Fault(answer(""), 502, "token_endpoint_malformed", "empty"),
    "a name twice": Fault(
        answer('{"access_token": "a", "access_token": "b", "token_type": "Bearer"}'), 502, "token_endpoint_malformed", "twice"
    ),
    "not UTF-8": Fault(answer('{"access_token": "ü"}'.encode("utf-16")), 502, "token_endpoint_malformed", "UTF-8"),
    "nested too deeply": Fault(answer("[" * 100_000), 502, "token_endpoint_malformed", "not a token"),
    "another token type": Fault(answer('{"access_token": "a", "token_type": "mac"}'), 502, "token_endpoint_malformed", "mac"),
    "no token at all": Fault(answer("{}"), 502, "token_endpoint_malformed", "no access_token"),
    "too many requests": Fault(
        answer("{}", "429 Too Many Requests", JSON, "Retry-After: 77"), 503, "token_endpoint_unavailable", "429"
    ),
    "500": Fault(
        answer("oops", "500 Internal Server Error", "text/plain"), 503, "token_endpoint_unavailable", "500 (text/plain)"
    ),
    "503": Fault(answer("{}", "503 Service Unavailable"), 503, "token_endpoint_unavailable", "503"),
    "a reset": Fault(reset, 502, "interrupted", "it was reset"),
    "not HTTP": Fault(b"SSH-2.0-OpenSSH\r\n", 502, "interrupted", "broke off"),
    "200 with an error": Fault(refusal("invalid_client", "200 OK"), 502, "token_endpoint_refused", "invalid_client"),
    "invalid_client": Fault(refusal("invalid_client", "401 Unauthorized"), 502, "token_endpoint_refused", "invalid_client"),
    "invalid_grant": Fault(refusal("invalid_grant"), 502, "grant_invalid", "invalid_grant"),
    "temporarily_unavailable": Fault(
        refusal("temporarily_unavailable"), 503, "token_endpoint_unavailable", "temporarily_unavailable"
    ),
    "an echo of the secret": Fault(
        refusal("invalid_request", more=f', "error_description": "you sent {SECRET}"'), 502, "token_endpoint_refused", "<hidden>"
    ),
    "a terminal's escapes": Fault(
        refusal("invalid_request", more=', "error_description": "\\u001b[2J"'), 502, "token_endpoint_refused", "\\x1b"
    ),
    "an untrusted certificate": Fault("TLS", 502, "unreachable", "is not trusted"),
    "nobody there": Fault("", 502, "unreachable", "cannot be reached"),
}


class Endpoints:
    """Every fault behind a path of its number; the API that takes any bearer token; and how often each was asked."""

    def __init__(self):
        self.calls = Counter()

    @contextlib.asynccontextmanager
    async def listening(self, certificate):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        servers = [
            await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=1 << 17),
            await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=context),
        ]
        self.port, self.tls_port = (server.sockets[0].getsockname()[1] for server in servers)
        try:
            yield self
        finally:
            for server in servers:
                server.close()

    def url(self, number, fault):
        """Where the fault's token endpoint is."""
        if fault.does == "TLS":
            return f"https://127.0.0.1:{self.tls_port}/token/{number}"
        return f"http://127.0.0.1:{1 if fault.does == '' else self.port}/token/{number}"

    async def _serve(self, reader, writer):
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            method, path, _ = head.partition("\r\n")[0].split()
            if method == "GET":
                authorized = "authorization: bearer tok" in head.lower()
                writer.write(answer("", "200 OK" if authorized else "401 Unauthorized"))
            else:
                number = int(path.rpartition("/")[2])
                self.calls[number] += 1
                does = list(FAULTS.values())[number].does
                if isinstance(does, bytes):
                    writer.write(does)
                else:
                    await does(writer)
            await writer.drain()
        writer.close()
