"""Signatures of requests whose head was seen before: only what depends on the body and the time is made for each.

A client says the same head again and again. So where a rule's scheme says so (``stamp``), whoever moves bytes may sign the
next request of that head without running the scheme's flow. What that saves is time, and the notes: so it is done when
nobody looks, and when somebody has to after all, the flow makes them anew, for the same body and time.
"""

from __future__ import annotations

from collections.abc import Callable

from ...errors import AuthwrightError
from ...flow.protocols import Remembering, Scheme, Stamp
from ...message import Headers, Request
from ...rules.policy import is_preflight
from ...rules.rule import Rule
from ...wire.head import check_head
from ..admission import admit


def stamp_of(rule: Rule, request: Request, ambient: Callable[[Scheme], Remembering]) -> Stamp | None:
    """What signs every request of *request*'s head under *rule*; ``None`` when a flow must say.

    Args:
        rule: the rule that matches it.
        request: one of them, whole.
        ambient: gives the rule's scheme time, chance and memory.
    """
    credential = rule.credential
    if credential is None or not credential.ready or is_preflight(request):
        return None
    scheme: Scheme = credential.scheme()
    try:
        admitted = admit(rule, scheme, request)
        stamp = None if admitted is None or admitted.target != request.target else scheme.stamp(admitted, ambient(scheme))
        if stamp is None:
            return None
        fields = stamp.fields(request.body, ambient(scheme).now())
        check_head(request.with_headers(Headers((*stamp.headers.fields, *fields))))
    except AuthwrightError:
        return None  # the flow says why, to each request
    return stamp
