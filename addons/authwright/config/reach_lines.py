"""The facts of a reach, and how they are shown."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, NamedTuple
from urllib.parse import urlsplit

_USERINFO: Final = re.compile(r"//[^/?#]*@")
_HARM: Final = ("runs", "reads", "trusts", "opens", "listens", "works", "lets", "sets", "sends", "asks")
"""The first words of facts, those that can do most harm first."""
_SHOWN_TOGETHER: Final = 8


class Fact(NamedTuple):
    """One fact: ``sends ${env:GITHUB_TOKEN} to`` and ``api.github.com``."""

    does: str
    where: str

    @property
    def line(self) -> str:
        """The whole line."""
        return f"{self.does} {self.where}"


def grouped(facts: Iterable[Fact]) -> list[str]:
    """A line for each thing that is done, with all the places where it is done; what can do most harm first."""
    places: dict[str, list[str]] = {}
    for fact in sorted(facts, key=_harm):
        places.setdefault(fact.does, []).append(fact.where)
    lines: list[str] = []
    for does, wheres in places.items():
        step = 1 if does == "runs" else _SHOWN_TOGETHER
        lines += (f"{does} {', '.join(wheres[at : at + step])}" for at in range(0, len(wheres), step))
    return lines


def _harm(fact: Fact) -> tuple[int, Fact]:
    word = fact.does.partition(" ")[0]
    return (_HARM.index(word) if word in _HARM else len(_HARM), fact)


def without_userinfo(text: str) -> str:
    """*text*, a URL or one behind a word, without a user's name and password in it."""
    return _USERINFO.sub("//", text)


def shown_url(text: str) -> str:
    """A URL without userinfo, query and fragment, where secrets could stand; its host in lower case."""
    bare = without_userinfo(re.split(r"[?#]", text, maxsplit=1)[0] if "${" not in text else text)
    scheme, found, rest = bare.partition("://")
    host, slash, path = rest.partition("/")
    return (
        f"{scheme.lower()}{found}{host if '${' in host else host.lower()}{slash}{path}".rstrip("/") if found else _bare_host(bare)
    )


def _bare_host(text: str) -> str:
    """*text*, which has no scheme and so is no URL, without what stands before an ``@``."""
    return text if "${" in text else text.rpartition("@")[2]


def host_of(url: str) -> str:
    """The host of *url*, without its port; the whole text when there is none to be told."""
    if "${" in url:
        return url
    try:
        return (urlsplit(url).hostname or url).lower()
    except ValueError:
        return url
