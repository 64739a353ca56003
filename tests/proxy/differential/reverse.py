"""The corpus in reverse mode: the client names the proxy and a path, and the proxy stands for one origin."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tests.proxy.differential import corpus, malformed
from tests.proxy.differential.exchange import Exchange, Reply, Way

CLEAR = {"http": Way(reverse=True), "https": Way(reverse=True, origin_tls=True)}
SECURE = {"TLS to http": Way(tls=True, reverse=True), "TLS to https": Way(tls=True, reverse=True, origin_tls=True)}
HOSTS = {
    "the proxy's name without a port": b"localhost",
    "the proxy's name in capitals": b"LOCALHOST:8080",
    "the proxy's address": b"127.0.0.1",
    "an IPv6 address": b"[::1]:80",
    "an address of another machine": b"192.0.2.1",
    "a stranger's name": b"evil.test",
    "a name below localhost": b"app.localhost",
}
"""What a client may have typed to get here; a page of a stranger's name that points here is refused."""
WHOLE_URL = Exchange(
    "a whole URL", (b"GET http://{a}/a?b=c HTTP/1.1\r\nHost: {a}\r\n\r\n",), (Reply([corpus.OK]),), answered=corpus.OK
)
"""Sent on as it is by mitmproxy's own layer, and to the proxy's address: see docs/engines.md."""
_WAITED_FOR = ("field: a length that is too large", "chunk: a huge size", "chunk: a bare LF at the end")
"""Where mitmproxy waits for more, and one exchange waits for the other here."""


def _own() -> Iterator[Exchange]:
    """What concerns a reverse proxy alone."""
    for name, host in HOSTS.items():
        yield Exchange(f"Host: {name}", (b"GET /a HTTP/1.1\r\nHost: %b\r\n\r\n" % host,), (Reply([corpus.OK]),))
    for name, target in {"left alone": b"/bare/a?b=c", "that no rule names": b"/free/a?b=c"}.items():
        yield Exchange(f"a path {name}", (b"GET %b HTTP/1.1\r\nHost: {a}\r\n\r\n" % target,), (Reply([corpus.OK]),))
        sent = b"POST %b HTTP/1.1\r\nHost: {a}\r\nContent-Length: 5\r\n\r\nhello" % target
        yield Exchange(f"a body to a path {name}", (sent,), (Reply([corpus.OK]),), (b"POST",))
    yield Exchange("the whole server", (b"OPTIONS * HTTP/1.1\r\nHost: {a}\r\n\r\n",), (Reply([corpus.OK]),), (b"OPTIONS",))
    yield Exchange("a tunnel", (b"CONNECT {a} HTTP/1.1\r\nHost: {a}\r\n\r\n",), (Reply([corpus.OK]),), (b"CONNECT",))


def exchanges() -> dict[str, Exchange]:
    """Every exchange by its name: all to an origin in the clear, some to one that speaks TLS, and some of clients that do."""
    requests = [each for each in (*_own(), *corpus.requests(), *corpus.interim()) if "no path" not in each.name]
    shapes = [each for each in requests if not each.name.startswith(("request field", "target"))]
    more = [each for each in corpus.pipelines() if "pieces, at" not in each.name]
    chosen = [("http", [*requests, *more, *corpus.responses()]), ("https", [*requests, *more])]
    made = [replace(each, name=f"{kind}, {each.name}", way=CLEAR[kind]) for kind, those in chosen for each in those]
    made += [replace(each, name=f"{kind}, {each.name}", way=way) for kind, way in SECURE.items() for each in shapes]
    made += [replace(WHOLE_URL, name=f"{kind}, {WHOLE_URL.name}", way=way) for kind, way in CLEAR.items()]
    return {each.name: each for each in made}


def heads() -> dict[str, Exchange]:
    """The malformed requests, as a reverse proxy's client sends them where that is another form."""
    made = [
        replace(each, name=f"{kind}, {each.name}", client=tuple(map(_of_a_path, each.client)), way=way)
        for each in malformed.requests()
        for kind, way in CLEAR.items()
        if each.name not in (*malformed.ENDLESS, *_WAITED_FOR)
    ]
    return {each.name: each for each in made}


def _of_a_path(raw: bytes) -> bytes:
    return raw.replace(b"http://{a}/", b"/", 1)
