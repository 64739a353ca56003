"""Values that must not be seen, and the redaction of texts that could hold them.

Only :meth:`Secret.reveal` shows the text of a ``Secret``. A ``Redactor`` replaces secrets in a text by value,
also when they stand in another encoding: percent, form, base64 at each alignment, hexadecimal, JSON.
"""

from __future__ import annotations

import base64
import hmac
import json
import re
from collections.abc import Iterable
from functools import cached_property
from typing import Any, Final, NoReturn
from urllib.parse import quote, quote_plus

from .octets import bytes_of

HIDDEN: Final = "<hidden>"

_SHORTEST_INSIDE = 4
"""A shorter secret is hidden only when it is a whole value. Inside other texts it would match by accident."""


class Secret:
    """A text that appears in no log, error, trace or repr.

    Args:
        value: the text to keep.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The text itself. Call it only to put the secret into a message."""
        return self._value

    def __repr__(self) -> str:
        return f"Secret({HIDDEN})"

    def __str__(self) -> str:
        return HIDDEN

    def __format__(self, spec: str) -> str:
        return format(HIDDEN, spec)

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(bytes_of(self._value), bytes_of(other._value))

    def __hash__(self) -> int:
        return hash((Secret, self._value))

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret is not pickled: keep secrets in the token store")

    def __deepcopy__(self, memo: Any) -> Secret:
        return self


class Redactor:
    """Replaces known secrets in texts.

    Args:
        secrets: the texts that must not be seen.
        base: a redactor that knows some of them; it handles a text that holds none of the others.
    """

    def __init__(self, secrets: Iterable[str] = (), base: Redactor | None = None) -> None:
        self._secrets = frozenset(s for s in secrets if s)
        self._base = base

    def with_secrets(self, secrets: Iterable[str]) -> Redactor:
        """A redactor that knows *secrets* too."""
        more = self._secrets.union(s for s in secrets if s)
        return self if more == self._secrets else Redactor(more, self)

    def redact(self, text: str) -> str:
        """*text* with every known secret, in any encoding, replaced by :data:`HIDDEN`."""
        if not self._secrets:
            return text
        if text in self._secrets:
            return HIDDEN
        # Compiling a pattern takes a millisecond: too much for a secret of one request that the text does not hold.
        if self._base is not None and not any(form in text for form in self._forms_of_its_own):
            return self._base.redact(text)
        return self._pattern.sub(HIDDEN, text) if self._pattern else text

    @cached_property
    def _forms_of_its_own(self) -> set[str]:
        return _forms(self._secrets - self._base._secrets if self._base else self._secrets)  # noqa: SLF001 - another of us

    @cached_property
    def _pattern(self) -> re.Pattern[str] | None:
        forms = _forms(self._secrets)
        return re.compile("|".join(re.escape(f) for f in sorted(forms, key=len, reverse=True))) if forms else None


def _forms(secrets: Iterable[str]) -> set[str]:
    return {form for secret in secrets if len(secret) >= _SHORTEST_INSIDE for form in encodings(secret)}


def encodings(secret: str) -> set[str]:
    """The forms in which *secret* can stand in a message: itself, percent- and form-encoded, base64, hex, JSON."""
    raw = bytes_of(secret)
    forms = {
        secret,
        *(part for part in secret.splitlines() if len(part) >= 16),  # a PEM is also its lines
        quote(raw, safe=""),
        quote(raw, safe="").lower(),
        quote(raw),
        quote(raw, safe="-._~!$&'()*+,;=:@/?"),
        quote_plus(raw),
        quote(quote(raw, safe=""), safe=""),
        raw.hex(),
        raw.hex().upper(),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        raw.decode("latin-1"),
    }
    for lead in range(3):
        # The characters of base64 that depend on this secret alone, when `lead` bytes stand before it.
        whole = base64.b64encode(b"\0" * lead + raw).decode()
        first = -(-lead * 8 // 6)
        last = (lead + len(raw)) * 8 // 6
        if last - first >= _SHORTEST_INSIDE:
            forms.update((whole[first:last], whole[first:last].translate(_URL_SAFE)))
    return forms


_URL_SAFE = str.maketrans("+/", "-_")
