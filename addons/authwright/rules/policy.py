"""Under which conditions a matching rule may authorise a request.

Being able to send a request through the proxy is the credential. So a web page in the user's browser must not be able to
use it (fetch metadata, RFC 6454 ``Origin``), it must not cross a network in the clear, and it goes only where it belongs.
"""

from __future__ import annotations

from typing import Literal

from ..errors import RequestError
from ..flow.protocols import Scheme
from ..message import Request
from ..wire.placement import occupied
from .rule import Rule


def is_preflight(request: Request) -> bool:
    """Whether it is a CORS preflight, which carries no credential (Fetch standard, section 4.8)."""
    return request.method == "OPTIONS" and "Origin" in request.headers and "Access-Control-Request-Method" in request.headers


def check_policy(rule: Rule, request: Request) -> None:
    """Refuse what the rule's options do not allow.

    Raises:
        RequestError: ``plaintext``, ``cross_site`` or ``credential_host``.
    """
    _check_hosts(rule, request)
    _check_plaintext(rule, request)
    _check_browser(rule, request)


def existing(rule: Rule, scheme: Scheme, request: Request) -> Literal["none", "replace", "keep"]:
    """What to do with a credential that the client itself sent.

    Raises:
        RequestError: ``existing_credential``: the rule refuses it.
    """
    place = next((place for place in scheme.places if occupied(request, place)), None)
    if place is None:
        return "none"
    if rule.options.on_existing == "refuse":
        raise RequestError(
            f"The request has a credential of its own ({place.where} {place.name}), and rule {rule.name} refuses that.",
            code="existing_credential",
            hint="Send it without, or let the rule say on_existing: replace",
        )
    return rule.options.on_existing


def _check_hosts(rule: Rule, request: Request) -> None:
    credential = rule.credential
    if credential is None or not credential.hosts or any(pattern.matches(request.origin.host) for pattern in credential.hosts):
        return
    raise RequestError(
        f"The credential {credential.name} may not go to {request.origin.host}.",
        code="credential_host",
        hint="Add the host to the credential's hosts if it belongs there",
    )


def _check_plaintext(rule: Rule, request: Request) -> None:
    if request.origin.scheme == "https" or request.origin.is_loopback or rule.options.allow_http:
        return
    raise RequestError(
        f"The credential of rule {rule.name} would cross the network in the clear to {request.origin}.",
        code="plaintext",
        hint="Use https, or let the rule say allow_http: true",
    )


def _check_browser(rule: Rule, request: Request) -> None:
    origins = request.headers.get_all("Origin")
    site = (request.headers.get("Sec-Fetch-Site") or "").strip().lower()
    foreign = [origin for origin in origins if origin.strip().lower().rstrip("/") != str(request.origin)]
    if not foreign and site not in ("cross-site", "same-site"):
        return
    allowed = rule.options.allow_origins
    if "*" in allowed or (foreign and all(origin.strip() in allowed for origin in foreign)):
        return
    who = f"A web page of {foreign[0][:200]!r}" if foreign else f"A web page of another site ({site})"
    raise RequestError(
        f"{who} asks for the credential of rule {rule.name}.",
        code="cross_site",
        hint="If that page may use it, list its origin under the rule's allow_origins",
    )
