"""Reads a rule's ``match``, in its short form or as a mapping, and notes each syntax error at its place."""

from __future__ import annotations

from typing import Final

from ..rules.match import Match, MatchSyntaxError
from ..rules.short_form import READERS, parse_short
from .nodes import Mapping, Node, Scalar, Sequence
from .reading import Reading

KEYS: Final = ("host", "port", "scheme", "path", "method", "header", "query", "filter")
_BY_NAME: Final = ("header", "query")

type Texts = list[tuple[Scalar, str]]


class Conditions:
    """Reads matches.

    Args:
        reading: notes the problems.
    """

    def __init__(self, reading: Reading) -> None:
        self._reading = reading

    def hint(self, key: str) -> str:
        """The hint for a condition beside ``match`` instead of under it."""
        return f"it belongs under match: {{{key}: …}}" if key in KEYS else ""

    def match(self, rule: Mapping, parent: Match | None) -> Match | None:
        """The match of *rule*; ``None`` after noting a syntax error."""
        node = rule.get("match")
        match node:
            case None if parent is not None:
                return parent
            case None:
                self._reading.report(rule, "missing_key", "the rule says no match", "match: api.example.com")
            case Scalar(value=str()):
                return self._short(node, parent)
            case Mapping():
                return self._long(node, parent)
            case _:
                hint = "several hosts are a list under host: match: {host: [a.example, b.example]}"
                self._reading.report(node, "wrong_type", "match is one text or one mapping", hint)
        return None

    def _short(self, node: Scalar, parent: Match | None) -> Match | None:
        text = self._text(node)
        if text is None:
            return None
        try:
            parts = parse_short(text)
            return Match.build(**parts._asdict(), parent=parent)
        except MatchSyntaxError as error:
            self._note(node, text, error)
            return None

    def _long(self, node: Mapping, parent: Match | None) -> Match | None:
        before = (self._reading.errors, self._reading.unread)
        texts: dict[str, Texts] = {}
        globs: dict[str, dict[str, list[str]]] = {}
        for key, value in node.entries:
            if key.text in _BY_NAME:
                globs[key.text] = self._globs(key, value)
            elif key.text in KEYS:
                texts[key.text] = self._texts(value)
            else:
                self._reading.unknown_key(key, KEYS, f"a match has no key {key.text!r}")
        return self._built(node, texts, globs, parent) if (self._reading.errors, self._reading.unread) == before else None

    def _built(
        self, node: Mapping, texts: dict[str, Texts], globs: dict[str, dict[str, list[str]]], parent: Match | None
    ) -> Match | None:
        before = self._reading.errors
        for key, pairs in texts.items():
            for scalar, text in pairs:
                self._check(key, scalar, text)
        if self._reading.errors != before:
            return None
        lists = {key: [text for _, text in pairs] for key, pairs in texts.items() if key != "filter"}
        expression = " & ".join(f"({text})" if len(texts["filter"]) > 1 else text for _, text in texts.get("filter", ()))
        try:
            return Match.build(**lists, **globs, filter=expression, parent=parent)  # type: ignore[arg-type]  # the keys are build's own
        except MatchSyntaxError as error:
            pairs = texts.get(error.key, [])
            if error.index < len(pairs):
                self._note(*pairs[error.index], error)
            else:
                self._reading.report(node, "match_syntax", error.message, error.hint)
            return None

    def _check(self, key: str, node: Scalar, text: str) -> None:
        try:
            READERS[key](text)
        except MatchSyntaxError as error:
            self._note(node, text, error)

    def _globs(self, key: Scalar, node: Node) -> dict[str, list[str]]:
        if not isinstance(node, Mapping):
            self._reading.report(node, "wrong_type", f"{key.text} must be a mapping", f"{key.text}: {{Name: value}}")
            return {}
        return {name.text: [text for _, text in self._texts(value)] for name, value in node.entries}

    def _texts(self, node: Node) -> Texts:
        """The texts of a list, or of a single value."""
        found: Texts = []
        if isinstance(node, Sequence) and not node.items:
            self._reading.report(node, "empty_list", "an empty list matches nothing", "name a value, or leave the key out")
        for item in node.items if isinstance(node, Sequence) else (node,):
            if not isinstance(item, Scalar) or (item.value is None and item.plain):
                self._reading.report(item, "wrong_type", "a text must stand here")
            elif (text := self._text(item)) is not None:
                found.append((item, text))
        return found

    def _text(self, node: Scalar) -> str | None:
        value = self._reading.expand(node)
        return None if value is None else self._reading.resolve_now(node, value)

    def _note(self, node: Scalar, text: str, error: MatchSyntaxError) -> None:
        if text == node.text:
            self._reading.report_inside(node, "match_syntax", error)
        else:  # an offset in an expanded text has no place in the file
            self._reading.report(node, "match_syntax", error.message, error.hint)
