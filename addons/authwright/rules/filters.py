"""mitmproxy's filter language, as far as it is about the request.

``~d`` host, ``~u`` URL, ``~m`` method, ``~h`` and ``~hq`` header lines, ``~t`` content type, each with a regular
expression that is searched without case; a bare expression is ``~u``. ``!`` binds tighter than ``&``, that tighter than
``|``; expressions side by side are joined by AND. The values are the canonical ones that the other conditions see.
Source: https://docs.mitmproxy.org/stable/concepts/filters/
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from re import _constants, _parser  # type: ignore[attr-defined]
from typing import Any, Final

from ..message import Request
from .hosts import MatchSyntaxError

type Filter = Callable[[Request], bool]

_LONGEST_SUBJECT: Final = 8192
_LONGEST_EXPRESSION: Final = 500
_TOKEN: Final = re.compile(
    r"""\s*(?:(?P<code>~\w*)|(?P<mark>[()!&|])|"(?P<dq>(?:\\.|[^"\\])*)"|'(?P<sq>(?:\\.|[^'\\])*)'|(?P<word>[^()~'"\s]+))"""
)


def _headers(request: Request) -> str:
    return "".join(f"{name}: {value}\r\n" for name, value in request.headers)


_SUBJECTS: Final[dict[str, Callable[[Request], str]]] = {
    "~d": lambda request: request.origin.host,
    "~u": lambda request: f"{request.origin}{request.target}",
    "~m": lambda request: request.method,
    "~h": _headers,
    "~hq": _headers,
    "~t": lambda request: "\n".join(request.headers.get_all("Content-Type")),
}


@lru_cache(maxsize=1024)
def parse_filter(text: str) -> Filter:
    """Compile a filter expression.

    Raises:
        MatchSyntaxError: it cannot be read; ``offset`` says where.
    """
    parser = _Parser(text)
    result = parser.alternatives()
    if not parser.at_end:
        raise parser.error("this parenthesis closes nothing", "Take it away, or open it before")
    return result


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._skip_spaces()

    @property
    def at_end(self) -> bool:
        return self._at >= len(self._text)

    def error(self, message: str, hint: str, length: int = 1) -> MatchSyntaxError:
        return MatchSyntaxError(message, offset=self._at, length=length, hint=hint)

    def alternatives(self) -> Filter:
        terms = [self._sequence()]
        while self._take("|"):
            terms.append(self._sequence())
        return terms[0] if len(terms) == 1 else lambda request: any(term(request) for term in terms)

    def _sequence(self) -> Filter:
        terms = [self._negated()]
        while not self.at_end and self._text[self._at] not in ")|":
            self._take("&")
            terms.append(self._negated())
        return terms[0] if len(terms) == 1 else lambda request: all(term(request) for term in terms)

    def _negated(self) -> Filter:
        if self._take("!"):
            term = self._negated()
            return lambda request: not term(request)
        return self._atom()

    def _atom(self) -> Filter:
        if self._take("("):
            inner = self.alternatives()
            if not self._take(")"):
                raise self.error("a parenthesis is not closed", "Write ) here")
            return inner
        if self._text[self._at : self._at + 1] != "~":
            return self._search("~u")
        code = re.compile(r"~\w*").match(self._text, self._at)
        assert code
        if code[0] not in _SUBJECTS:
            raise self.error(f"{code[0]} is not about a request", "Use ~d, ~u, ~m, ~h, ~hq or ~t", len(code[0]))
        self._advance(code.end())
        return self._search(code[0])

    def _search(self, code: str) -> Filter:
        subject = _SUBJECTS[code]
        match = _TOKEN.match(self._text, self._at)
        expression = _expression(match) if match else None
        if match is None or expression is None:
            raise self.error(f"{code} has no regular expression", f"Write one behind it: {code} example")
        length = match.end() - self._at
        if len(expression) > _LONGEST_EXPRESSION or _is_explosive(expression):
            raise self.error(
                "this regular expression could take for ever", "Do not repeat what is repeated already: (a+)+", length
            )
        flags = re.IGNORECASE | re.MULTILINE if code in ("~h", "~hq") else re.IGNORECASE
        try:
            pattern = re.compile(expression, flags)
        except re.error as error:
            hint = "Escape special characters with a backslash"
            raise self.error(f"the regular expression of {code} is not valid: {error.msg}", hint, length) from None
        self._advance(match.end())
        return lambda request: pattern.search(subject(request)[:_LONGEST_SUBJECT]) is not None

    def _take(self, mark: str) -> bool:
        if self._text[self._at : self._at + 1] != mark:
            return False
        self._advance(self._at + 1)
        return True

    def _advance(self, to: int) -> None:
        self._at = to
        self._skip_spaces()

    def _skip_spaces(self) -> None:
        while self._at < len(self._text) and self._text[self._at].isspace():
            self._at += 1


def _expression(token: re.Match[str]) -> str | None:
    """The regular expression that a token spells: a word, or quoted with backslashes before quotes."""
    quoted = token["dq"] if token["dq"] is not None else token["sq"]
    return token["word"] if quoted is None else re.sub(r"\\(.)", _unescaped, quoted)


def _unescaped(match: re.Match[str]) -> str:
    return match[1] if match[1] in "\"'\\" else match[0]


def _is_explosive(expression: str) -> bool:
    """Whether a long repeat stands within another, so that trying could take exponential time, or repeats stand in a long row."""
    try:
        tree = _parser.parse(expression)
    except re.error:
        return False
    return _nested(tree, inside=False) or _repeats(tree) > 6


def _nested(tree: Any, *, inside: bool) -> bool:
    for operation, argument in tree:
        repeats = operation in _REPEATS and argument[1] > 16
        if repeats and inside:
            return True
        if any(_nested(part, inside=inside or repeats) for part in _parts(argument)):
            return True
    return False


def _repeats(tree: Any) -> int:
    own = sum(operation in _REPEATS and argument[1] > 16 for operation, argument in tree)
    return int(own) + sum(_repeats(part) for _, argument in tree for part in _parts(argument))


def _parts(argument: Any) -> list[Any]:
    if isinstance(argument, _parser.SubPattern):
        return [argument]
    if isinstance(argument, tuple | list):
        return [part for item in argument for part in _parts(item)]
    return []


_REPEATS: Final = (_constants.MAX_REPEAT, _constants.MIN_REPEAT, _constants.POSSESSIVE_REPEAT)
