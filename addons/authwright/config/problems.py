"""Makes the problems of a configuration file, and renders them for a terminal and for programs.

A file may be untrusted and may hold secrets. So control characters are shown escaped, a long line is cut around its column,
and secrets are masked before they get into a :class:`~authwright.errors.Problem`.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

from ..errors import Problem
from ..secret import HIDDEN
from ..terminal import visible

_WIDTH: Final = 100
"""How many characters of a source line are shown."""

_USERINFO: Final = re.compile(r"""(?<=//)[^/?#\s"']+(?=@)|[^\s"'/{},]+:[^\s"'/@]+(?=@)""")
"""A user's name and password before a host (RFC 3986 section 3.2.1)."""

_NEAR: Final = 4 * _WIDTH
"""How many characters on each side are searched for user information: more than are shown, so that none is cut in two."""

_SHORT: Final = 4
"""A shorter secret is masked only when it is a whole word. Inside other words it would match by accident."""

_COLOURS: Final = {"error": "\x1b[1;31m", "warning": "\x1b[1;33m", "caret": "\x1b[1;32m", "place": "\x1b[1m", "hint": "\x1b[36m"}


class Mark(NamedTuple):
    """A place in a file; line and column count from 1, the column in characters."""

    file: str
    line: int
    column: int


def problem(
    mark: Mark,
    code: str,
    message: str,
    *,
    hint: str = "",
    severity: str = "error",
    length: int = 1,
    lines: Sequence[str] = (),
    hide: tuple[str, ...] = (),
    hidden: bool = False,
) -> Problem:
    """A problem with the part of its source line that may be shown.

    Args:
        mark: the place.
        code: a stable identifier.
        message: one sentence.
        hint: the next thing to do.
        severity: ``error`` or ``warning``.
        length: how many characters the caret underlines.
        lines: the lines of the file; without them no source line is shown.
        hide: secrets, masked in the source line, the message and the hint.
        hidden: whether the marked characters are a secret.
    """
    line = lines[mark.line - 1] if 0 < mark.line <= len(lines) else ""
    before, marked, after = _three(line, mark.column - 1, max(length, 1))
    masks = _masks(hide)
    for text in sorted((text for text in hide if len(text) >= _SHORT), key=len, reverse=True):
        message, hint = message.replace(text, HIDDEN), hint.replace(text, HIDDEN)
    if hidden:
        marked = HIDDEN
    elif any(mask.search(line) for mask in masks):
        before, marked, after = _masked(before, marked, after, masks)
    shown = _cut(*_masked(before[-_NEAR:], marked[:_NEAR], after[:_NEAR], (_USERINFO,)))
    return Problem(
        file=mark.file,
        line=mark.line,
        column=mark.column,
        code=code,
        message=_without_userinfo(message),
        hint=_without_userinfo(hint),
        severity=severity,
        length=shown.length,
        source_line=shown.text,
        source_column=shown.column,
    )


def render(problems: Iterable[Problem], colour: bool = False) -> str:
    """The text for a terminal: every problem in the order of the files, and a line that counts them.

    Args:
        problems: the problems of one or more files.
        colour: whether to use ANSI colours.
    """
    ordered = in_order(problems)
    blocks = [_block(one, _COLOURS if colour else {}) for one in ordered]
    return "\n\n".join([*blocks, count(ordered)]) + "\n" if blocks else ""


def to_json(problems: Iterable[Problem]) -> list[dict[str, Any]]:
    """The same for programs: file, line, column, length, severity, code, message and hint."""
    fields = ("file", "line", "column", "length", "severity", "code", "message", "hint")
    return [{field: getattr(one, field) for field in fields} for one in in_order(problems)]


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """*problems* by file, line and column, without duplicates."""
    return sorted(dict.fromkeys(problems), key=lambda one: (one.file, one.line, one.column))


def count(problems: Iterable[Problem]) -> str:
    """The number of *problems*, such as ``2 errors, 1 warning``."""
    severities = [one.severity for one in problems]
    numbers = [(severities.count(name), name) for name in ("error", "warning")]
    return ", ".join(f"{number} {name}{'s' * (number != 1)}" for number, name in numbers if number) or "no problems"


def suggest(word: str, choices: Iterable[str]) -> str:
    """``did you mean `token_endpoint`?`` when one of *choices* is close to *word*, else the empty text."""
    import difflib  # imported late: needed only after a problem

    folded = {choice.lower().replace("-", "_"): choice for choice in choices}
    close = difflib.get_close_matches(word[:100].lower().replace("-", "_"), folded, n=1, cutoff=0.6)
    return f"did you mean `{folded[close[0]]}`?" if close else ""


def _width(text: str) -> int:
    """The number of terminal cells of a visible *text* (Unicode Standard Annex 11)."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(char) else 1 + (unicodedata.east_asian_width(char) in "WF") for char in text)


def _block(one: Problem, colours: dict[str, str]) -> str:
    def paint(kind: str, text: str) -> str:
        return f"{colours[kind]}{text}\x1b[0m" if colours else text

    place = paint("place", f"{visible(one.file)}:{one.line}:{one.column}:")
    rows = [f"{place} {paint(one.severity, f'{one.severity}[{one.code}]')} {visible(one.message)}"]
    if one.source_line:
        before, marked, after = map(visible, _three(one.source_line, one.source_column - 1, one.length))
        rows.append(f"  {before}{marked}{after}".rstrip())
        rows.append("  " + " " * _width(before) + paint("caret", "^" * max(_width(marked), 1)))
    rows += [f"  {paint('hint', 'hint:')} {visible(one.hint)}"] * bool(one.hint)
    return "\n".join(rows)


def _without_userinfo(text: str) -> str:
    """*text*, a sentence that may quote a URL, without a user's name and password; then it is cut to what is searched."""
    return _USERINFO.sub(HIDDEN, text[: 2 * _NEAR]) if "@" in text else text


def _three(line: str, start: int, length: int) -> tuple[str, str, str]:
    return line[:start], line[start : start + length], line[start + length :]


class _Shown(NamedTuple):
    text: str
    column: int
    length: int


def _cut(before: str, marked: str, after: str) -> _Shown:
    """The three pieces as one line of about :data:`_WIDTH` characters with the marked ones in it."""
    if len(before) + len(marked) + len(after) > _WIDTH:
        marked = marked[: _WIDTH * 3 // 4]
        room = max(_WIDTH - len(marked), 0)
        keep = min(len(before), max(room // 2, room - len(after)))
        before = before if keep == len(before) else "…" + before[len(before) - keep + 1 :]
        room -= len(before)
        after = after if len(after) <= room else after[: max(room - 1, 0)] + "…"
    return _Shown(before + marked + after, len(before) + 1, max(len(marked), 1))


def _masks(hide: Iterable[str]) -> list[re.Pattern[str]]:
    """Patterns for each secret in every form that YAML may have: plain, quoted either way, or one line of several."""
    pieces = {piece for text in hide for piece in (text, *text.splitlines()) if piece.strip()}
    forms = {form for piece in pieces for form in (piece, piece.replace("'", "''"), json.dumps(piece, ensure_ascii=False)[1:-1])}
    return [_mask(form) for form in sorted(forms, key=len, reverse=True)]


def _mask(form: str) -> re.Pattern[str]:
    escaped = re.escape(form)
    return re.compile(rf"(?<!\w){escaped}(?!\w)" if len(form) < _SHORT else escaped)


def _masked(before: str, marked: str, after: str, masks: Iterable[re.Pattern[str]]) -> tuple[str, str, str]:
    """The pieces with every secret replaced; a secret across a border is replaced in both."""
    line = before + marked + after
    start, end = len(before), len(before) + len(marked)
    spans = _joined(sorted(match.span() for mask in masks for match in mask.finditer(line)))
    return _without(line, spans, 0, start), _without(line, spans, start, end), _without(line, spans, end, len(line))


def _without(line: str, spans: Iterable[tuple[int, int]], low: int, high: int) -> str:
    """The characters of *line* from *low* to *high*, with the *spans* among them replaced."""
    kept: list[str] = []
    for left, right in spans:
        if left < high and right > low:
            kept += (line[low:left], HIDDEN)
            low = min(right, high)
    return "".join((*kept, line[low:high]))


def _joined(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for left, right in spans:
        if joined and left < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(right, joined[-1][1]))
        else:
            joined.append((left, right))
    return joined
