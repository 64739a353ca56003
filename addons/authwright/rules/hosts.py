"""Host patterns: a name, ``*.`` for exactly one label before it, ``**.`` for one or more; or an IP address.

Hosts are compared by label in canonical form, so ``evil-box.com`` and ``box.com.evil.com`` never fit ``*.box.com``.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal, NamedTuple

from ..errors import RequestError
from ..origin import canonical_host


class MatchSyntaxError(ValueError):
    """A condition has a syntax error.

    Args:
        message: one sentence.
        offset: where in the text the trouble begins, from 0.
        length: how many characters it has.
        hint: what to write instead.
        key: the condition's name, such as ``host``.
        index: which item of a list, from 0.
    """

    def __init__(self, message: str, *, offset: int = 0, length: int = 1, hint: str = "", key: str = "", index: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset
        self.length = length
        self.hint = hint
        self.key = key
        self.index = index


class HostPattern(NamedTuple):
    """A set of hosts.

    Args:
        wildcard: ``""`` for the host alone, ``*`` for one label before it, ``**`` for one or more.
        base: the canonical host, without the wildcard.
    """

    wildcard: Literal["", "*", "**"]
    base: str

    @classmethod
    def parse(cls, text: str) -> HostPattern:
        """Read a pattern.

        Raises:
            MatchSyntaxError: it is none.
        """
        return _parse(text)

    def matches(self, host: str) -> bool:
        """True when the canonical *host* is in the set."""
        if not self.wildcard:
            return host == self.base
        if not host.endswith(f".{self.base}"):
            return False
        return self.wildcard == "**" or "." not in host[: -len(self.base) - 1]

    def covers(self, other: HostPattern) -> bool:
        """True when every host of *other* is in this set."""
        if self == other or (self.wildcard == "**" and other.base.endswith(f".{self.base}")):
            return True
        if self.base == other.base:
            return self.wildcard == "**" and other.wildcard == "*"
        return self.wildcard == "*" and not other.wildcard and self.matches(other.base)

    def __str__(self) -> str:
        return f"{self.wildcard}.{self.base}" if self.wildcard else self.base


@lru_cache(maxsize=65536)
def _parse(text: str) -> HostPattern:
    wildcard, _, base = text.partition(".") if text.startswith("*") else ("", "", text)
    if wildcard not in ("", "*", "**") or "*" in base:
        raise MatchSyntaxError(
            f"{text!r} has a wildcard where none can stand",
            offset=max(text.find("*"), 0),
            length=len(text),
            hint="A wildcard stands for whole labels in front: *.example.com (one) or **.example.com (one or more)",
        )
    if wildcard and not base:
        raise MatchSyntaxError(
            f"{text!r} would be every host",
            length=len(text),
            hint="Name the hosts: *.example.com is every host one label below example.com",
        )
    try:
        host = canonical_host(base)
    except RequestError:
        raise MatchSyntaxError(f"{text!r} is not a host", length=max(len(text), 1), hint=_hint(text)) from None
    if wildcard and (host.replace(".", "").isdigit() or ":" in host):
        raise MatchSyntaxError(
            f"{text!r}: an IP address has no labels below it", length=len(text), hint="Write the address alone"
        )
    return HostPattern(wildcard, host)  # type: ignore[arg-type]  # looked at above


def _hint(text: str) -> str:
    if "://" in text:
        return f"A host has no scheme; match: {text} says host and scheme in one"
    if "/" in text:
        return f"A host has no path; use path: {text[text.index('/') :]}"
    if ":" in text and not text.startswith("["):
        return "A port has a key of its own: port"
    return "Write a name such as api.example.com, or an IP address"
