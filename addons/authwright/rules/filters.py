"""The part of mitmproxy's filter language that is about the request.

``~d`` host, ``~u`` URL, ``~m`` method, ``~h`` and ``~hq`` header lines, ``~t`` content type, each with a regular
expression that is searched without case; a bare expression is ``~u``. ``!`` binds tighter than ``&``, that tighter than
``|``; expressions side by side are joined by AND, last of all. A filter sees the same canonical values as the
other conditions, and tries the raw and the normalised path as they do.

The expressions are RE2's, whose time is proportional to the text. RE2 has no look-around and no back-references.
Source: https://docs.mitmproxy.org/stable/concepts/filters/
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

from ..message import Request
from .hosts import MatchSyntaxError

type Filter = Callable[[Request, str], bool]
"""True when a request meets the filter; the second argument is the form of its path to look at."""

_MAX_DEPTH: Final = 50
_CODE: Final = re.compile(r"~\w*")
_EXPRESSION: Final = re.compile(r"""\s*(?:"(?P<dq>(?:\\.|[^"\\])*)"|'(?P<sq>(?:\\.|[^'\\])*)'|(?P<word>[^()~'"\s]+))""")


def _headers(request: Request, _: str) -> str:
    return "".join(f"{name}: {value}\n" for name, value in request.headers)


def _url(request: Request, path: str) -> str:
    query = request.query
    return f"{request.origin}{path}?{query}" if query else f"{request.origin}{path}"


_SUBJECTS: Final[dict[str, Callable[[Request, str], str]]] = {
    "~d": lambda request, _: request.origin.host,
    "~u": _url,
    "~m": lambda request, _: request.method,
    "~h": _headers,
    "~hq": _headers,
    "~t": lambda request, _: "\n".join(request.headers.get_all("Content-Type")),
}


@lru_cache(maxsize=1024)
def parse_filter(text: str) -> Filter:
    """Compile a filter expression.

    Raises:
        MatchSyntaxError: it cannot be read; ``offset`` says where.
    """
    parser = _Parser(text)
    result = parser.whole()
    if not parser.at_end:
        raise parser.error("this parenthesis closes nothing", "Take it away, or open it before")
    return result


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._depth = 0
        self._skip_spaces()

    @property
    def at_end(self) -> bool:
        return self._at >= len(self._text)

    def error(self, message: str, hint: str, length: int = 1) -> MatchSyntaxError:
        return MatchSyntaxError(message, offset=self._at, length=length, hint=hint)

    def whole(self) -> Filter:
        terms = [self._alternatives()]
        while not self.at_end and self._text[self._at] != ")":
            terms.append(self._alternatives())
        return terms[0] if len(terms) == 1 else lambda request, path: all(term(request, path) for term in terms)

    def _alternatives(self) -> Filter:
        terms = [self._joined()]
        while self._take("|"):
            terms.append(self._joined())
        return terms[0] if len(terms) == 1 else lambda request, path: any(term(request, path) for term in terms)

    def _joined(self) -> Filter:
        terms = [self._negated()]
        while self._take("&"):
            terms.append(self._negated())
        return terms[0] if len(terms) == 1 else lambda request, path: all(term(request, path) for term in terms)

    def _negated(self) -> Filter:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise self.error("this lies too deep", "Write it with fewer ! and ( in one another")
        try:
            if not self._take("!"):
                return self._atom()
            term = self._negated()
            return lambda request, path: not term(request, path)
        finally:
            self._depth -= 1

    def _atom(self) -> Filter:
        if self._take("("):
            inner = self.whole()
            if not self._take(")"):
                raise self.error("a parenthesis is not closed", "Write ) here")
            return inner
        code = _CODE.match(self._text, self._at)
        if code is None:
            return self._search("~u")
        if code[0] not in _SUBJECTS:
            raise self.error(f"{code[0]} is not about a request", "Use ~d, ~u, ~m, ~h, ~hq or ~t", len(code[0]))
        self._advance(code.end())
        return self._search(code[0])

    def _search(self, code: str) -> Filter:
        match = _EXPRESSION.match(self._text, self._at)
        if match is None:
            raise self.error(f"{code} has no regular expression", f"Write one behind it: {code} example")
        pattern = self._compiled(code, _unquoted(match), match.end() - self._at)
        self._advance(match.end())
        subject = _SUBJECTS[code]
        # RE2 reads text, so a byte that is not UTF-8 matches as U+FFFD.
        return lambda request, path: pattern.search(subject(request, path).encode("utf-8", "replace").decode()) is not None

    def _compiled(self, code: str, expression: str, length: int) -> Any:
        import re2  # imported late, as few configurations have filters

        options = re2.Options()
        options.case_sensitive = False
        options.log_errors = False
        try:
            return re2.compile(f"(?m){expression}" if code in ("~h", "~hq") else expression, options)
        except re2.error as error:
            reason = error.args[0].decode("utf-8", "replace") if error.args else "not valid"
            hint = "Escape special characters with a backslash; look-around and back-references are not there"
            raise self.error(f"the regular expression of {code} cannot be used: {reason}", hint, length) from None

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


def _unquoted(token: re.Match[str]) -> str:
    """The regular expression that a token spells: a word, or quoted with backslashes before quotes."""
    if token["word"] is not None:
        return token["word"]
    quoted = token["dq"] if token["dq"] is not None else token["sq"]
    return re.sub(r"\\(.)", lambda match: match[1] if match[1] in "\"'" else match[0], quoted)
