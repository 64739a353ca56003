"""Shows a person a code and the page to enter it, as text and as a QR code in the terminal (RFC 8628 section 3.3.1)."""

from __future__ import annotations

import io

from ..flow.commands import Verify


def instructions(asked: Verify) -> str:
    """The text to show: the page, the code and the QR code."""
    url = asked.verification_uri_complete or asked.verification_uri
    return f"{qr(url)}\n  Open {asked.verification_uri} on any device, and enter the code\n\n      {asked.user_code}\n"


def qr(text: str) -> str:
    """*text* as a QR code (ISO/IEC 18004) of half blocks, drawn for a dark terminal; cameras take the inverse too."""
    import segno  # only this needs it

    out = io.StringIO()
    segno.make(text, error="l", micro=False).terminal(out, border=2, compact=True)
    return out.getvalue().rstrip("\n") + "\n"
