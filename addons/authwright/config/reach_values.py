"""The values of a document as one environment sees them: texts and the names of sources, never what a source yields."""

from __future__ import annotations

import os.path
from collections.abc import Iterator
from collections.abc import Mapping as MappingType
from pathlib import Path
from typing import Final

from ..errors import AuthwrightError
from ..sources.value import SourceReference, Value, references
from .nodes import Mapping, Node, Scalar, Sequence
from .reach_lines import Fact
from .template import Template, VariableError, parse
from .variables import Variable, Variables, expand

_MARK: Final = "authwright-source-{}"


def views(document: Mapping, folders: MappingType[str, Path]) -> Iterator[View]:
    """The document as each of its environments sees it; as none does, when it names no environment to use."""
    environments = document.get("environments")
    sections = [node for _, node in environments.entries] if isinstance(environments, Mapping) else []
    general = _variables(document.get("variables"), folders)
    templates: dict[int, Template] = {}
    if not sections or document.get("environment") is None:
        yield View(Variables(general), folders, templates)
    for section in sections:
        yield View(Variables({**general, **_variables(section, folders)}), folders, templates)


def _variables(section: Node | None, folders: MappingType[str, Path]) -> dict[str, Variable]:
    entries = section.entries if isinstance(section, Mapping) else ()
    scalars = ((key.text, node) for key, node in entries if isinstance(node, Scalar))
    return {name: Variable(node.text, folders.get(node.mark.file, Path())) for name, node in scalars}


class View:
    """The values of one environment.

    Args:
        variables: what its variables stand for.
        folders: each file's folder, by the name that marks give the file.
        templates: the scalars that another environment has parsed already, by their node's id.
    """

    def __init__(self, variables: Variables, folders: MappingType[str, Path], templates: dict[int, Template]) -> None:
        self._variables = variables
        self._folders = folders
        self._templates = templates
        self._values: dict[int, Value] = {}

    def text(self, node: Node | None) -> str:
        """The text of a scalar, each source as its own text, defaults included; empty for anything else."""
        return _text(self._value(node)) if isinstance(node, Scalar) else ""

    def texts(self, node: Node | None) -> tuple[str, ...]:
        """The texts of a list, or of one scalar."""
        items = node.items if isinstance(node, Sequence) else (node,)
        return tuple(text for item in items if (text := self.text(item)))

    def marked(self, node: Scalar) -> tuple[str, dict[str, str]]:
        """The text of a scalar with a word in place of each source; and the sources' texts by these words."""
        value = self._value(node)
        parts = (value,) if isinstance(value, str) else value.parts
        sources: dict[str, str] = {}
        words = []
        for part in parts:
            if isinstance(part, str):
                words.append(part)
            else:
                words.append(_MARK.format(len(sources)))
                sources[words[-1]] = _whole(part)
        return "".join(words), sources

    def labels(self, node: Node | None, *, files: bool = False) -> list[str]:
        """The sources in *node*, without their defaults; with *files* a text that names a file is one, too."""
        return list(dict.fromkeys(_label(part) for part in self._references(node, files=files)))

    def reading(self, node: Node | None, *, files: bool = False) -> Iterator[Fact]:
        """The commands in *node*, and the files that lie outside the configuration's folder."""
        for part in self._references(node, files=files):
            if part.kind == "command":
                yield Fact("runs", part.argument)
            elif part.kind == "file":
                yield from (Fact("reads", path) for path in _meant(part) if not _is_within(path, part.base_dir))

    def path(self, node: Node | None) -> str:
        """The file that a scalar names, resolved; empty when that cannot be told."""
        value = self._value(node) if isinstance(node, Scalar) else None
        if isinstance(node, Scalar) and isinstance(value, str) and _names_file(value):
            return _resolved(SourceReference("file", value, None, self._folder(node)))
        return self.text(node)

    def _references(self, node: Node | None, *, files: bool) -> Iterator[SourceReference]:
        match node:
            case Mapping(entries=entries):
                for _, value in entries:
                    yield from self._references(value, files=files)
            case Sequence(items=items):
                for item in items:
                    yield from self._references(item, files=files)
            case Scalar():
                text = self._value(node)
                yield from references(text)
                if files and isinstance(text, str) and _names_file(text):
                    yield SourceReference("file", text, None, self._folder(node))

    def _folder(self, node: Scalar) -> Path:
        return self._folders.get(node.mark.file, Path())

    def _value(self, node: Node | None) -> Value:
        """The value of a scalar. A scalar that cannot be expanded is an error of the file, which is then not used."""
        if not isinstance(node, Scalar):
            return ""
        if "$" not in node.text:
            return node.text
        if id(node) not in self._values:
            self._values[id(node)] = self._expanded(node)
        return self._values[id(node)]

    def _expanded(self, node: Scalar) -> Value:
        try:
            template = self._templates.get(id(node)) or self._templates.setdefault(id(node), parse(node.text))
            return expand(template, self._variables, self._folder(node))
        except VariableError as error:
            if error.code != "variable_too_long":
                return ""
            raise AuthwrightError(
                f"{node.mark.file}:{node.mark.line}: the values grow too long to tell what they reach.",
                code="config_reach",
                hint="look for variables that name one another many times",
            ) from None


def _names_file(text: str) -> bool:
    """Tell if *text* can be the path of a file, in a place where PEM or JSON may stand, too."""
    return bool(text) and "\n" not in text and not text.lstrip().startswith(("-----BEGIN", "{"))


def _meant(part: SourceReference) -> set[str]:
    """The files that a path may mean. With a tilde there are two: a folder may be called so, too."""
    literal = os.path.realpath(part.base_dir / part.argument)
    return {literal, _resolved(part)} if part.argument.startswith("~") else {literal}


def _is_within(path: str, folder: Path) -> bool:
    return Path(path).is_relative_to(os.path.realpath(folder))


def _resolved(part: SourceReference) -> str:
    return os.path.realpath(part.base_dir / os.path.expanduser(part.argument))  # noqa: PTH111 - pathlib's raises where there is no home


def _text(value: Value) -> str:
    if isinstance(value, str):
        return value
    return "".join(part if isinstance(part, str) else _whole(part) for part in value.parts)


def _whole(part: SourceReference) -> str:
    default = "" if part.default is None else f":-{_text(part.default)}"
    return f"${{{part.kind}:{part.argument}{default}}}"


def _label(part: SourceReference) -> str:
    return f"${{{part.kind}:{part.argument}}}"
