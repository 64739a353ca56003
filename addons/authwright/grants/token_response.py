"""Reads a token endpoint's response strictly (RFC 6749 sections 5.1 and 5.2).

The server may be broken or hostile. Only a response that the standard allows becomes a token; any other becomes one sentence
that says what the server did.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from ..errors import TokenEndpointError
from ..flow.token import Token
from ..secret import Secret
from .answer import EndpointAnswer, shown
from .json_object import NotAnObject, object_or_nothing, parse_object
from .refusal import MALFORMED, refusal

LONGEST: Final = timedelta(days=3650)
"""A longer lifetime counts as the server's fault; it could overflow a date."""

BEARER: Final = frozenset(("bearer", "bearertoken"))
"""RFC 6750's name, and Apigee's spelling of it."""
DPOP: Final = frozenset(("dpop",))
"""RFC 9449 section 5. A server that answers Bearer has not bound the token."""

_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,400}(?:\.[0-9]{1,400})?(?:[eE][+-]?[0-9]{1,4})?\Z")
_PRESENTED: Final = re.compile(r"[\x21-\x7e]+\Z")
"""RFC 6749 appendix A.12 (VSCHAR) without the space, which would end the token in an ``Authorization`` field."""
_KEPT: Final = re.compile(r"[\x20-\x7e]+\Z")
"""Appendix A.17: a refresh token only ever travels in a form."""


def token_of(answer: EndpointAnswer, now: datetime, types: frozenset[str] = BEARER) -> tuple[Token, tuple[str, ...]]:
    """The token in *answer*, and remarks on what was read leniently; *types* are the accepted token types, in lower case.

    Raises:
        TokenEndpointError: ``token_endpoint_refused`` when the configuration must change, ``grant_invalid`` when the refresh
            token, code or password is not good, ``token_endpoint_unavailable`` when a retry may succeed, and
            ``token_endpoint_malformed``.
    """
    response = answer.response
    if not 200 <= response.status < 300:
        raise refusal(answer, object_or_nothing(response.body))
    try:
        fields = parse_object(response.body)
    except NotAnObject as error:
        raise _malformed(answer, str(error)) from None
    if "error" in fields and not {"access_token", "id_token"} & fields.keys():
        raise refusal(answer, fields)  # GitHub refuses with 200
    return token_from(answer, fields, now, types)


def token_from(
    answer: EndpointAnswer, fields: Mapping[str, Any], now: datetime, types: frozenset[str] = BEARER
) -> tuple[Token, tuple[str, ...]]:
    """The token in the members of a response, or in the parameters of a redirect (section 4.2.2).

    Raises:
        TokenEndpointError: ``token_endpoint_malformed``.
    """
    remarks: list[str] = []
    token = Token(
        access_token=Secret(_token_text(answer, fields, _principal(fields, remarks), _PRESENTED)),
        expires_at=_end(answer, fields.get("expires_in"), now, remarks),
        obtained_at=now,
        refresh_token=_further(answer, fields, "refresh_token", _KEPT),
        token_type=_type(answer, fields.get("token_type"), types, remarks),
        scope=_scope(answer, fields.get("scope")),
        id_token=_further(answer, fields, "id_token", _PRESENTED),
    )
    return token, tuple(remarks)


def _principal(fields: Mapping[str, Any], remarks: list[str]) -> str:
    """The member that holds the token. Google sends only an ID token when ``target_audience`` asks for one."""
    if fields.get("access_token") in (None, "") and fields.get("id_token"):
        remarks.append("there is no access_token: the id_token is taken for it")
        return "id_token"
    return "access_token"


def _token_text(answer: EndpointAnswer, fields: Mapping[str, Any], name: str, charset: re.Pattern[str]) -> str:
    value = fields.get(name)
    if value is None or value == "":
        raise _malformed(answer, f"there is no {name} in it")
    if not isinstance(value, str):
        raise _malformed(answer, f"its {name} is not a string")
    if not charset.match(value):
        raise _malformed(answer, f"its {name} holds a character that no token may hold")
    return value


def _further(answer: EndpointAnswer, fields: Mapping[str, Any], name: str, charset: re.Pattern[str]) -> Secret | None:
    return Secret(_token_text(answer, fields, name, charset)) if fields.get(name) not in (None, "") else None


def _type(answer: EndpointAnswer, value: Any, types: frozenset[str], remarks: list[str]) -> str:
    if value is None and "bearer" in types:
        remarks.append("token_type is missing: taken as Bearer")
        return "Bearer"
    if not isinstance(value, str) or value.lower() not in types:
        wanted = "not Bearer" if "bearer" in types else "not DPoP: the server has not bound the token to our key"
        raise _malformed(answer, f"its token_type is {shown(str(value), answer.redactor, 40)}, which is {wanted}")
    return value


def _scope(answer: EndpointAnswer, value: Any) -> str:
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        value = " ".join(value)  # Twitch sends a list
    if value is None or value == "":
        return ""
    if not isinstance(value, str) or not _KEPT.match(value):
        raise _malformed(answer, "its scope is not a string of scopes")
    return value


def _end(answer: EndpointAnswer, value: Any, now: datetime, remarks: list[str]) -> datetime | None:
    """When the token ends. *now* itself means that the token may be used once."""
    if value is None:
        return None
    seconds = _seconds(answer, value)
    if seconds <= 0:
        remarks.append(f"expires_in is {shown(str(value), answer.redactor, 40)}: the token is used once")
        return now
    if seconds > LONGEST.total_seconds():
        remarks.append("expires_in is beyond ten years: taken as ten years")
        return now + LONGEST
    return now + timedelta(seconds=seconds)


def _seconds(answer: EndpointAnswer, value: Any) -> float:
    if isinstance(value, str) and _NUMBER.match(value):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or math.isnan(value):
        raise _malformed(answer, "its expires_in is not a number of seconds")
    return min(value, LONGEST.total_seconds() + 1)


def _malformed(answer: EndpointAnswer, what: str) -> TokenEndpointError:
    return TokenEndpointError(
        f"{answer.said}, and that is not a token: {what}.",
        status=answer.response.status,
        code=MALFORMED,
        hint="Check that token_endpoint is the URL of the token endpoint",
    )
