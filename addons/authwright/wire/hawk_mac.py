"""Message authentication codes of Hawk, with the layout of npm's ``hawk`` 9, which is its specification."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Literal, NamedTuple

from ..message import Request
from ..octets import bytes_of
from ..secret import Secret
from .sent import sent_host

type MacKind = Literal["header", "response", "bewit"]


class Artifacts(NamedTuple):
    """The parts of a code. ``ts`` is in seconds (in a bewit, its end); ``resource`` is path and query as sent."""

    ts: str
    nonce: str
    method: str
    resource: str
    host: str
    port: int
    hash: str = ""
    ext: str = ""
    app: str = ""
    dlg: str = ""

    @classmethod
    def of(cls, request: Request, **more: str) -> Artifacts:
        """The artifacts of *request*, with the host that its ``Host`` field names."""
        host, port = sent_host(request), request.origin.port
        return cls(method=request.method, resource=request.target, host=host, port=port, **more)


def normalized(kind: MacKind, artifacts: Artifacts) -> str:
    """The normalized string, one line an artifact; ``dlg`` says who delegated to ``app`` and means nothing without it."""
    a = artifacts
    ext = a.ext.replace("\\", "\\\\")
    lines = [f"hawk.1.{kind}", a.ts, a.nonce, a.method.upper(), a.resource, a.host, str(a.port), a.hash, ext]
    if a.app:
        lines += [a.app, a.dlg]
    return "\n".join([*lines, ""])


def code(key: Secret, algorithm: str, text: str) -> str:
    """HMAC over *text*, in base64."""
    return base64.b64encode(hmac.digest(key.reveal().encode(), bytes_of(text), algorithm)).decode()


def proves(key: Secret, algorithm: str, text: str, claimed: str) -> bool:
    """True when *claimed* is the code of *text*; compared in constant time."""
    return hmac.compare_digest(code(key, algorithm, text).encode(), bytes_of(claimed))


def payload_hash(algorithm: str, media_type: str, body: bytes) -> str:
    """The payload hash, in base64; *media_type* without parameters."""
    head = f"hawk.1.payload\n{media_type}\n".encode()
    return base64.b64encode(hashlib.new(algorithm, head + body + b"\n").digest()).decode()
