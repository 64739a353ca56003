"""Diagnoses a broken line of YAML, in the words of its author.

A parser says where it gave up, not what went wrong. Common mistakes are few, and most are a value that needs quotes. When the
meaning is plain, the line is also repaired, so that the rest of the file can be read and all problems are found at once. A
repaired line is still an error.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, NamedTuple

_WINDOW: Final = 300
"""How many characters around the column are searched."""

_LOOK_BACK: Final = 50
"""How many lines above are searched for an unclosed quote."""


class Mishap(NamedTuple):
    """The place where the parser gave up; lines and columns count from 0."""

    problem: str
    line: int
    column: int
    context: str = ""
    context_line: int | None = None
    context_column: int = 0


class Diagnosis(NamedTuple):
    """The likely mistake; lines and columns count from 0. ``repair`` is the line as its author probably meant it."""

    line: int
    column: int
    code: str
    message: str
    hint: str
    length: int = 1
    repair: str | None = None


def diagnose(mishap: Mishap, lines: list[str]) -> Diagnosis:
    """The likely cause of *mishap* in *lines*."""
    for trap in _TRAPS:
        found = trap(mishap, lines)
        if found:
            return found
    where = f"{mishap.context}: " if mishap.context else ""
    return Diagnosis(
        mishap.line,
        mishap.column,
        "yaml_syntax",
        f"this is not YAML ({where}{mishap.problem})",
        "look for a missing quote or bracket in the lines above",
    )


_REFERENCE = r"\$\{(?:[^{}]|\$\{[^{}]*\})*\}"
_IN_BRACKETS = re.compile(rf"(?:[^\s,{{}}\[\]\"']|{_REFERENCE})*{_REFERENCE}(?:[^\s,{{}}\[\]\"']|{_REFERENCE})*(?<!:)")
_POSTMAN = re.compile(r"[^\s,{}\[\]\"']*\{\{\s*([\w.-]+)\s*\}\}(?:[^\s,{}\[\]\"']|\{\{[\w.-]+\}\})*(?<!:)")
_STAR = re.compile(r"[*&][^\s,{}\[\]]*(?<!:)")
_ODD_START = re.compile(r"[@`%][^\s,{}\[\]]*(?<!:)")
_KEY_GLUED = re.compile(r"(\s*(?:- +)*[A-Za-z_][\w.-]*):(?=[^\s/:])")
_KEY = re.compile(r"(\s*(?:- +)*(?:[\w.$*-]+|\"[^\"]*\"|'[^']*')\s*:\s+)(\S.*?)\s*\Z")


def _foreign_variable(mishap: Mishap, lines: list[str]) -> Diagnosis | None:
    match = _around(_POSTMAN, mishap, lines)
    if not match:
        return None
    meant = re.sub(r"\{\{\s*([\w.-]+)\s*\}\}", r"${\1}", match.text)
    message = f"{{{{{match.groups[0]}}}}} is not read as a variable here"
    return match.diagnosis("foreign_variable", message, f'write "{meant}"', f'"{meant}"')


def _reference_in_brackets(mishap: Mishap, lines: list[str]) -> Diagnosis | None:
    match = _around(_IN_BRACKETS, mishap, lines)
    if not match or "flow" not in mishap.context:
        return None
    return match.diagnosis(
        "yaml_quote", "inside { } and [ ] a value with ${…} must be quoted", f'quote it: "{match.text}"', f'"{match.text}"'
    )


def _star(mishap: Mishap, lines: list[str]) -> Diagnosis | None:
    if not mishap.context.startswith(("while scanning an alias", "while scanning an anchor")):
        return None
    start = mishap._replace(column=mishap.context_column, line=mishap.context_line or 0)
    match = _around(_STAR, start, lines)
    return match and match.diagnosis(
        "yaml_quote", f"a value that begins with {match.text[0]} must be quoted", f'quote it: "{match.text}"', f'"{match.text}"'
    )


def _odd_start(mishap: Mishap, lines: list[str]) -> Diagnosis | None:
    match = _around(_ODD_START, mishap, lines)
    if not match or "cannot start any token" not in mishap.problem:
        return None
    return match.diagnosis(
        "yaml_quote", f"a value that begins with {match.text[0]} must be quoted", f'quote it: "{match.text}"', f'"{match.text}"'
    )


def _tab(mishap: Mishap, lines: list[str]) -> Diagnosis | None:
    line = _line(lines, mishap.line)
    indent = line[: len(line) - len(line.lstrip())]
    if "\t" not in indent or mishap.column > len(indent):
        return None
    more = sum(1 for other in lines[mishap.line + 1 :] if "\t" in other[: len(other) - len(other.lstrip())])
    too = f"; so {'are' if more > 1 else 'is'} {more} more line{'s' * (more > 1)} below" if more else ""
    return Diagnosis(
        mishap.line, indent.index("\t"), "yaml_tab", f"this line is indented with a tab{too}", "indent with spaces", 1
    )


def _glued_colon(mishap: Mishap, lines: list[str]) -> Diagnosis | None:
    """Diagnose ``key:value``, which the parser notices a line or more later."""
    if "not allowed in this context" not in mishap.problem and "could not find expected ':'" not in mishap.problem:
        return None
    starts = [mishap.line] if mishap.context_line is None else [mishap.context_line]
    if _first_colon(mishap, lines):
        starts.append(_above(mishap.line, lines))
    for number in starts:
        line = _line(lines, number)
        match = _KEY_GLUED.match(line)
        if match and ": " not in line[: match.end() + 1]:
            repair = f"{match[0]} {line[match.end() :]}"
            key = match[1].strip()
            return Diagnosis(
                number,
                match.end() - 1,
                "yaml_space",
                "a space must stand after the colon",
                f"write `{key.removeprefix('- ')}: …`",
                1,
                repair,
            )
    return None


def _second_colon(mishap: Mishap, lines: list[str]) -> Diagnosis | None:
    line = _line(lines, mishap.line)
    match = _KEY.match(line)
    if "mapping values are not allowed" not in mishap.problem or not match or match.end(1) > mishap.column:
        return None
    value = match[2].replace("'", "''")
    message = "a value with a colon and a space in it must be quoted"
    return Diagnosis(
        mishap.line,
        match.start(2),
        "yaml_quote",
        message,
        _short("quote it: ", f"'{value}'"),
        len(match[2]),
        f"{match[1]}'{value}'",
    )


def _deeper(mishap: Mishap, lines: list[str]) -> Diagnosis | None:
    if "not allowed in this context" not in mishap.problem:
        return None
    above = _above(mishap.line, lines)
    here, there = _indent(_line(lines, mishap.line)), _indent(_line(lines, above))
    if above < 0 or here <= there:
        return None
    message = f"this line is indented deeper than line {above + 1}, which is already complete"
    return Diagnosis(
        mishap.line,
        here,
        "yaml_indent",
        message,
        f"begin it in column {there + 1}, or leave the value of line {above + 1} empty",
        1,
    )


def _open_quote(mishap: Mishap, lines: list[str]) -> Diagnosis | None:
    line, column = mishap.context_line, mishap.context_column
    if mishap.context == "while scanning a quoted scalar" and line is not None:
        rest = len(_line(lines, line).rstrip()) - column
        return Diagnosis(
            line,
            column,
            "yaml_quote",
            "this quote is never closed",
            f"close it with {_line(lines, line)[column : column + 1]}",
            max(rest, 1),
        )
    if "did not find expected key" in mishap.problem and '"' in _line(lines, mishap.line)[: mishap.column]:
        for number in range(mishap.line - 1, max(mishap.line - _LOOK_BACK, -1), -1):
            text = _line(lines, number)
            if text.replace('\\"', "").count('"') % 2:
                column = text.index('"')
                message = f"the quote that begins here ends only in line {mishap.line + 1}"
                return Diagnosis(number, column, "yaml_quote", message, 'close it with "', max(len(text.rstrip()) - column, 1))
    return None


def _after_quote(mishap: Mishap, lines: list[str]) -> Diagnosis | None:
    line = _line(lines, mishap.line)
    before = line[max(mishap.column - _WINDOW, 0) : mishap.column].rstrip()
    if "did not find expected" not in mishap.problem or not before.endswith(('"', "'")) or mishap.column >= len(line):
        return None
    hint = "put the quotes around the whole value, or remove them"
    return Diagnosis(
        mishap.line,
        mishap.column,
        "yaml_quote",
        "nothing may follow a closing quote",
        hint,
        max(len(line.rstrip()) - mishap.column, 1),
    )


def _escape(mishap: Mishap, lines: list[str]) -> Diagnosis | None:
    r"""Diagnose ``"C:\users"``. The parser stands at the backslash, or at the second digit after ``x``, ``u`` or ``U``."""
    if mishap.context != "while parsing a quoted scalar":
        return None
    line = _line(lines, mishap.line)
    column = line.rfind("\\", 0, mishap.column + 1)
    if column < 0:
        return None
    message = "in double quotes a backslash begins an escape, and this one is unknown"
    repair = f"{line[:column]}\\{line[column:]}"
    return Diagnosis(mishap.line, column, "yaml_escape", message, r"write \\ for a backslash, or use single quotes", 2, repair)


def _open_bracket(mishap: Mishap, lines: list[str]) -> Diagnosis | None:
    if mishap.context not in ("while parsing a flow mapping", "while parsing a flow sequence") or mishap.context_line is None:
        return None
    bracket = _line(lines, mishap.context_line)[mishap.context_column : mishap.context_column + 1]
    close = {"{": "}", "[": "]"}.get(bracket, bracket)
    if mishap.context_line != mishap.line:
        return Diagnosis(
            mishap.context_line, mishap.context_column, "yaml_bracket", f"this {bracket} is not closed", f"close it with {close}"
        )
    return Diagnosis(
        mishap.line,
        mishap.column,
        "yaml_bracket",
        f"a comma or {close} is missing before this",
        "quote the value, if it is one text",
    )


def _stray_bracket(mishap: Mishap, lines: list[str]) -> Diagnosis | None:
    char = _line(lines, mishap.line)[mishap.column : mishap.column + 1]
    if "did not find expected node content" not in mishap.problem or char not in ("}", "]", ","):
        return None
    return Diagnosis(
        mishap.line, mishap.column, "yaml_bracket", f"a value cannot begin with {char}", "quote it, if it is one; else remove it"
    )


def _no_colon(mishap: Mishap, lines: list[str]) -> Diagnosis | None:
    if "could not find expected ':'" not in mishap.problem or mishap.context_line is None:
        return None
    text = _line(lines, mishap.context_line)
    length = max(len(text.rstrip()) - mishap.context_column, 1)
    hint = "write `key: value`, or indent the line if it continues the one above"
    return Diagnosis(mishap.context_line, mishap.context_column, "yaml_syntax", "this line has no `:`", hint, length)


def _list_on_line(mishap: Mishap, _lines: list[str]) -> Diagnosis | None:
    if "block sequence entries are not allowed" not in mishap.problem:
        return None
    hint = "begin the list on the next line, or write it in brackets: [a, b]; a text that begins with `- ` must be quoted"
    return Diagnosis(mishap.line, mishap.column, "yaml_syntax", "a list cannot begin here", hint)


def _block_text(mishap: Mishap, lines: list[str]) -> Diagnosis | None:
    if mishap.context != "while scanning a block scalar" or mishap.context_line is None:
        return None
    char = _line(lines, mishap.context_line)[mishap.context_column : mishap.context_column + 1]
    hint = "begin the text on the next line; quote it, if it is meant to be a value"
    return Diagnosis(
        mishap.context_line,
        mishap.context_column,
        "yaml_syntax",
        f"nothing may follow the {char} that begins a text of several lines",
        hint,
    )


def _indentation(mishap: Mishap, lines: list[str]) -> Diagnosis | None:
    line = _line(lines, mishap.line)
    if not mishap.context.startswith("while parsing a block") or _indent(line) != mishap.column or mishap.context_line is None:
        return None
    what = "list" if "collection" in mishap.context else "mapping"
    message = "the indentation of this line fits no line above"
    if what == "list" and mishap.column == mishap.context_column:
        return Diagnosis(
            mishap.line,
            mishap.column,
            "yaml_indent",
            "a list is above, and this is not an item of it",
            "begin the line with `- `, or move it to its key",
        )
    hint = f"the {what} it interrupts begins in line {mishap.context_line + 1}, column {mishap.context_column + 1}"
    return Diagnosis(mishap.line, mishap.column, "yaml_indent", message, hint)


_TRAPS: Final[tuple[Callable[[Mishap, list[str]], Diagnosis | None], ...]] = (
    _tab,
    _star,
    _odd_start,
    _foreign_variable,
    _reference_in_brackets,
    _escape,
    _glued_colon,
    _second_colon,
    _deeper,
    _open_quote,
    _no_colon,
    _list_on_line,
    _block_text,
    _after_quote,
    _stray_bracket,
    _open_bracket,
    _indentation,
)


class _Found(NamedTuple):
    line: int
    column: int
    whole: str
    text: str
    groups: tuple[str, ...]

    def diagnosis(self, code: str, message: str, hint: str, meant: str) -> Diagnosis:
        """The diagnosis whose repair replaces the match by *meant*."""
        repair = None
        if "\\" not in meant and '"' not in meant[1:-1]:
            repair = self.whole[: self.column] + meant + self.whole[self.column + len(self.text) :]
        return Diagnosis(self.line, self.column, code, message, hint, len(self.text), repair)


def _around(pattern: re.Pattern[str], mishap: Mishap, lines: list[str]) -> _Found | None:
    """The match of *pattern* that touches the column of *mishap*."""
    line = _line(lines, mishap.line)
    low = max(mishap.column - _WINDOW, 0)
    for match in pattern.finditer(line, low, mishap.column + _WINDOW):
        if match.start() <= mishap.column <= match.end():
            return _Found(mishap.line, match.start(), line, match[0], match.groups())
    return None


def _line(lines: list[str], number: int) -> str:
    return lines[number] if 0 <= number < len(lines) else ""


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _above(number: int, lines: list[str]) -> int:
    """The nearest line above that is not blank; -1 when there is none."""
    for other in range(number - 1, -1, -1):
        if lines[other].strip() and not lines[other].lstrip().startswith("#"):
            return other
    return -1


def _first_colon(mishap: Mishap, lines: list[str]) -> bool:
    """True when the colon at which the parser gave up is the first of its line."""
    return ":" not in _line(lines, mishap.line)[: mishap.column]


def _short(before: str, text: str) -> str:
    return before + (text if len(text) <= 80 else f"{text[0]}…{text[-1]}")
