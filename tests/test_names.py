"""The package keeps its order: one meaning for each public name, one test file for each module of a pure room."""

import ast
from collections import defaultdict
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
PACKAGE = TESTS.parent / "addons" / "authwright"
PURE = (
    "wire", "schemes", "grants", "rules", "config", "flow", "access_keys", "useragent", "sources", "record", "outbound", "engine",
)  # fmt: skip
GROUND = (
    "errors", "error_codes", "terminal", "octets", "home", "core_dumps", "ownership", "secret", "ambient", "origin", "message",
    "parameters",
)  # fmt: skip

NO_BEHAVIOUR = {"flow/language.py", "flow/protocols.py", "rules/settings.py", "sources/source.py"}
"""Types and plain values alone: nothing in them can go wrong."""

ELSEWHERE = {
    "config/convert.py": "config/test_fields.py",  # a field is what it takes: the cases of kinds and of values are one table
    "engine/exchange.py": "engine/test_engine.py",  # an engine alone begins an exchange
    "engine/shortcuts/fixed_header.py": "proxy/http1/test_ready_cache.py",  # a shortcut is compared with the flow's bytes
    "engine/shortcuts/signed_head.py": "proxy/http1/test_stamps.py",  # the same
    "engine/shortcuts/late.py": "proxy/http1/test_shortcuts.py",  # an exchange begins late only behind a shortcut
}
"""Modules that are only ever seen through another: their cases stand in one file with that one's."""


def modules():
    found = [path for room in PURE for path in sorted((PACKAGE / room).rglob("*.py"))]
    found += [PACKAGE / f"{name}.py" for name in GROUND]
    return [str(path.relative_to(PACKAGE)) for path in found if path.name != "__init__.py"]


def public_names(tree):
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            yield node.name
        if isinstance(node, ast.TypeAlias):
            yield node.name.id


def test_no_public_class_or_type_has_the_name_of_another():
    found = defaultdict(list)
    for path in sorted(PACKAGE.rglob("*.py")):
        for name in public_names(ast.parse(path.read_text("utf-8"))):
            found[name].append(str(path.relative_to(PACKAGE)))
    assert {name: paths for name, paths in found.items() if len(paths) > 1 and not name.startswith("_")} == {}


@pytest.mark.parametrize("module", modules())
def test_each_module_of_a_pure_room_has_its_test_file(module):
    path = Path(module)
    mirrored = str(path.parent / f"test_{path.name}")
    assert (TESTS / mirrored).is_file() == (module not in ELSEWHERE and module not in NO_BEHAVIOUR)


@pytest.mark.parametrize(("module", "test"), ELSEWHERE.items())
def test_each_exception_names_a_module_and_a_test_file_that_are_there(module, test):
    assert (PACKAGE / module).is_file()
    assert (TESTS / test).is_file()
