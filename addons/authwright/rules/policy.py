"""The conditions under which a matching rule may authorise a request.

Every process that can send a request through the proxy can use the credential. So the proxy refuses web pages of other
sites (fetch metadata, RFC 6454 ``Origin``, ``Referer``), sends no credential in the clear, and sends it to its own hosts alone.

Each check declares in :data:`CHECKS` what it reads. The proxy skips the checks for a request only when nothing that
:data:`READS` names can differ from a request that has passed them. A new check that reads another header therefore closes
the shortcuts for requests with that header.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, Literal, NamedTuple

from ..errors import RequestError
from ..flow.protocols import Scheme
from ..message import Request
from ..origin import DEFAULT_PORTS, Origin, parse_authority
from ..wire.placement import occupied
from .reads import Reads, union
from .rule import Rule

_AUTHORITY_END: Final = re.compile(r"[/?#\\]")


def is_preflight(request: Request) -> bool:
    """True when *request* is a CORS preflight, which carries no credential (Fetch standard, section 4.8)."""
    return request.method == "OPTIONS" and "Origin" in request.headers and "Access-Control-Request-Method" in request.headers


PREFLIGHT_READS: Final = Reads.of("method", headers=("Origin", "Access-Control-Request-Method"))


def check_policy(rule: Rule, request: Request) -> None:
    """Refuse *request* unless the options of *rule* allow it: run every check of :data:`CHECKS`, in their order.

    Raises:
        RequestError: ``credential_host``, ``plaintext`` or ``cross_site``.
    """
    for check in CHECKS:
        check.run(rule, request)


def existing(rule: Rule, scheme: Scheme, request: Request) -> Literal["none", "replace", "keep"]:
    """Say what happens to a credential that the client itself sent. This is the one reading of ``on_existing``.

    It reads the places that the scheme names, and nothing else.

    Args:
        rule: the rule that matched.
        scheme: the scheme of its credential.
        request: the client's request.

    Returns:
        ``none`` when the client sent no credential; else the rule's ``replace`` or ``keep``.

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
    origins = request.headers.get_all("Origin") or _referring(request)
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


def _referring(request: Request) -> list[str]:
    """The origins that ``Referer`` names, where that is all a browser says of the page (Fetch Metadata, section 2).

    A browser sends no ``Sec-Fetch-Site`` to a plain http origin on another machine, and no ``Origin`` with an image.
    """
    if request.origin.scheme != "http" or request.origin.is_loopback or "Sec-Fetch-Site" in request.headers:
        return []
    return [_origin_of(referer.strip()) for referer in request.headers.get_all("Referer") if not _is_relative(referer.strip())]


def _is_relative(referer: str) -> bool:
    """True when *referer* names no origin: it is empty, or a path on the same one (RFC 9110 section 10.1.3)."""
    return not referer or (referer.startswith("/") and not referer.startswith("//"))


def _origin_of(referer: str) -> str:
    """The origin of a ``Referer``, without user information; ``null``, which is no origin's, where it is no URL."""
    scheme, separator, rest = referer.partition("://")
    authority = _AUTHORITY_END.split(rest, maxsplit=1)[0].rpartition("@")[2]
    scheme = scheme.lower()
    try:
        host, port = parse_authority(authority)
        return str(Origin(scheme, host, port or DEFAULT_PORTS[scheme])) if separator else "null"
    except (RequestError, KeyError):
        return "null"


class Check(NamedTuple):
    """A check, and what it reads of the request. The rule's own options are fixed and need no mention."""

    reads: Reads
    run: Callable[[Rule, Request], None]


CHECKS: Final = (
    Check(Reads.of("origin"), _check_hosts),
    Check(Reads.of("origin"), _check_plaintext),
    Check(Reads.of("origin", headers=("Origin", "Referer", "Sec-Fetch-Site")), _check_browser),
)
"""All checks of a rule's options, in the order in which they run."""

READS: Final = union(check.reads for check in CHECKS) | PREFLIGHT_READS
"""All that decides whether a matching rule authorises a request, apart from the rule and the scheme's own places."""
