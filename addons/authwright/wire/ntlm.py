"""The messages of NTLM (MS-NLMP sections 2.2.1 and 3.3.2), with NTLMv2 responses alone.

The messages are made of pyspnego's building blocks. Its context would take the clock, chance and this machine's name from the
system, and takes no other workstation.
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ..errors import ChallengeError
from ..secret import Secret

if TYPE_CHECKING:
    from spnego._ntlm_raw.messages import Challenge


@dataclass(frozen=True, slots=True)
class Account:
    """A Windows account and its workstation. A user principal name stands in ``user``, without a domain."""

    user: str
    password: Secret
    domain: str = ""
    workstation: str = ""


def negotiate() -> bytes:
    """NEGOTIATE_MESSAGE. It has the Version field, without which gss-ntlmssp refuses it."""
    from spnego._ntlm_raw.messages import Negotiate, NegotiateFlags, Version

    wanted = (
        NegotiateFlags.unicode
        | NegotiateFlags.request_target
        | NegotiateFlags.ntlm
        | NegotiateFlags.always_sign
        | NegotiateFlags.extended_session_security
        | NegotiateFlags.key_128
        | NegotiateFlags.key_56
    )
    return Negotiate(wanted, version=Version.get_current()).pack()


def challenge(message: bytes) -> Challenge:
    """CHALLENGE_MESSAGE, read.

    Raises:
        ChallengeError: it is none.
    """
    from spnego._ntlm_raw.messages import Challenge

    try:
        read = Challenge.unpack(message)
        _ = read.target_info, read.server_challenge, read.target_name  # pyspnego reads these lazily
    except (ValueError, TypeError, LookupError, struct.error) as error:
        raise ChallengeError("The origin's NTLM challenge cannot be read.") from error
    return read


def authenticate(sent: bytes, received: bytes, account: Account, spn: str, now: datetime, nonce: bytes) -> bytes:
    """AUTHENTICATE_MESSAGE.

    Args:
        sent: the NEGOTIATE_MESSAGE.
        received: the CHALLENGE_MESSAGE.
        account: the user's account.
        spn: the server's service principal name, as ``HTTP/host``.
        now: the time, for a server that does not send its own.
        nonce: the client's challenge, eight bytes.

    Raises:
        ChallengeError: *received* is no challenge.
    """
    from spnego._ntlm_raw.crypto import compute_response_v2, hmac_md5, ntowfv1, ntowfv2
    from spnego._ntlm_raw.messages import Authenticate, AvFlags, AvId, FileTime, NegotiateFlags, TargetInfo, Version

    asked = challenge(received)
    info: Any = (asked.target_info or TargetInfo()).copy()
    checked = AvId.timestamp in info  # then a message integrity code protects the messages (section 3.1.5.1.2)
    info[AvId.target_name] = spn
    if checked:
        info[AvId.flags] = info.get(AvId.flags, AvFlags(0)) | AvFlags.mic
    key = ntowfv2(account.user, ntowfv1(account.password.reveal()), account.domain)
    time = info[AvId.timestamp] if checked else FileTime.from_datetime(now)
    nt_response, lm_response, session_key = compute_response_v2(key, asked.server_challenge, nonce, time, info)
    message = Authenticate(
        asked.flags & ~NegotiateFlags.key_exch,  # the session neither signs nor seals messages
        b"\0" * 24 if checked else lm_response,
        nt_response,
        domain_name=account.domain,
        username=account.user,
        workstation=account.workstation,
        version=Version.get_current() if asked.flags & NegotiateFlags.version else None,
    )
    if checked:
        message.mic = hmac_md5(session_key, sent + received + message.pack())
    return message.pack()


def client_challenge(nonce: str) -> bytes:
    """Eight bytes derived from *nonce*."""
    return hashlib.sha256(nonce.encode()).digest()[:8]
