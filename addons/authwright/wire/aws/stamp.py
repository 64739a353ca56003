"""Signatures of requests that differ in their body and their time alone. The common part is made once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final, NamedTuple

from ...message import Headers, Request
from .access_keys import AccessKeys
from .clock import ServerClock
from .signature import Scope, amz_date_of, sha256, signature, string_to_sign
from .signer import SignedFields, Signer

_PAYLOAD: Final = "\0payload\0"
_DATE: Final = "\0date\0"
"""Placeholders of the body's hash and the time. No header of a client has a NUL."""


class SigV4Stamp(NamedTuple):
    """See :class:`~authwright.flow.protocols.Stamp`."""

    headers: Headers
    keys: AccessKeys
    region: str
    service: str
    says_payload: bool
    clock: Callable[[], ServerClock]
    names: str
    canonical: str

    @classmethod
    def of(cls, bare: Request, signer: Signer, clock: Callable[[], ServerClock]) -> SigV4Stamp:
        """A stamp that signs *bare* as *signer* does, with any body and at any time."""
        signed = signer._replace(amz_date=_DATE, payload=_PAYLOAD).in_header(bare)
        (_, region, service), names = signer.scope, signed.canonical_request.rsplit("\n", 2)[1]
        return cls(bare.headers, signer.keys, region, service, signer.says_payload, clock, names, signed.canonical_request)

    def fields(self, body: bytes, now: datetime) -> SignedFields:
        """See :class:`~authwright.flow.protocols.Stamp`."""
        amz_date, payload = amz_date_of(self.clock().time(now)), sha256(body)
        scope = Scope(amz_date[:8], self.region, self.service)
        signer = Signer(self.keys, scope, amz_date, payload, self.says_payload)
        text = string_to_sign(amz_date, scope, self.canonical.replace(_PAYLOAD, payload).replace(_DATE, amz_date))
        return (*signer.fields, signer.authorization(self.names, signature(signer.key, text)))
