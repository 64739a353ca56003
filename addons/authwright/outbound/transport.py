"""Our own requests, to token endpoints: bounded in time and size, never redirected, never through another proxy.

A token endpoint that redirects wants a secret to be sent elsewhere (RFC 9700 section 4.11), so a redirect is an answer
like any other. The deadline is for the whole answer: a server that sends a byte a second does not hold a request for long.
"""

from __future__ import annotations

import asyncio
import ssl
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, Final

from ..errors import TransportError
from ..flow.commands import ClientCertificate
from ..message import Headers, Request, Response
from ..octets import bytes_of, text_of
from ..secret import Secret
from . import ca_bundle, loopback_names
from .client_certificate import present
from .unreachable import unreachable

DEADLINE: Final = 15.0
"""Seconds for connecting, sending and the whole answer."""
LARGEST: Final = 1 << 20
"""Bytes of an answer's body, decoded."""


class HttpTransport:
    """Sends requests of our own with httpx2, which is imported when the first one is sent.

    Args:
        upstream_ca: a PEM file of CAs that are trusted beside the system's.
        deadline: seconds for one request.
    """

    def __init__(self, *, upstream_ca: str | Secret | None = None, deadline: float = DEADLINE) -> None:
        self._upstream_ca = upstream_ca
        self._deadline = deadline
        self._clients: dict[ClientCertificate | None, Any] = {}

    async def send(self, request: Request, certificate: ClientCertificate | None = None) -> Response:
        """Send *request* and read the whole answer; a connection belongs to one *certificate* alone.

        Raises:
            TransportError: ``unreachable`` (nothing was sent), ``interrupted`` (it may have been), ``timeout``, or
                ``remote_error``; the sentence names the server and the cause only.
            AuthwrightError: ``client_certificate``, it cannot be used.
        """
        import httpx2

        loopback_names.pin()
        client = self._clients.get(certificate) or self._open(httpx2, certificate)
        where = str(request.origin)
        try:
            async with asyncio.timeout(self._deadline):
                return await self._exchange(client, request)
        except (TimeoutError, httpx2.TimeoutException) as error:
            raise TransportError(
                f"{where} did not answer within {self._deadline:g} seconds.",
                code="timeout",
                hint="Try again, or see that the server is up.",
            ) from error
        except (httpx2.ConnectError, httpx2.InvalidURL) as error:
            raise unreachable(where, str(error) or type(error).__name__) from error
        except httpx2.DecodingError as error:
            raise TransportError(f"{where} answered what cannot be decoded.", code="remote_error") from error
        except (httpx2.HTTPError, OSError) as error:
            raise TransportError(
                f"{where} broke off the connection: {str(error).rstrip('.') or 'it was reset'}.",
                code="interrupted",
                hint="Try again, or see what the server's log says.",
            ) from error

    async def close(self) -> None:
        """Close every connection."""
        while self._clients:
            await self._clients.popitem()[1].aclose()

    def _open(self, httpx2: Any, certificate: ClientCertificate | None) -> Any:
        context = ssl.create_default_context(cadata=ca_bundle.upstream_pem(str(self._upstream_ca or "")))
        if certificate is not None:
            present(context, certificate)
        client = httpx2.AsyncClient(
            verify=context, trust_env=False, follow_redirects=False, timeout=self._deadline, cookies=_no_cookies()
        )
        self._clients[certificate] = client
        return client

    async def _exchange(self, client: Any, request: Request) -> Response:
        headers = [(name.encode(), bytes_of(value)) for name, value in request.headers]
        url = f"{request.origin}{request.target}"
        async with client.stream(request.method, url, headers=headers, content=request.body) as response:
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > LARGEST:
                    raise TransportError(f"{request.origin} answered with more than {LARGEST >> 20} MiB.", code="remote_error")
            fields = [(name.decode("latin-1"), text_of(value)) for name, value in response.headers.raw]
            return Response(response.status_code, Headers.of(fields), bytes(body))


def _no_cookies() -> CookieJar:
    """A jar that takes nothing: one credential's session must not go along with another's request."""
    return CookieJar(DefaultCookiePolicy(allowed_domains=()))
