"""Counts the house: sizes of modules and functions, rooms and floors, arrows and circles, and how docstrings begin.

    .venv/bin/python bench/house.py [CHECKOUT]

A room is a package, or a module that stands beside the packages. An arrow goes from a room to one that it imports from. A room
stands one floor above the highest room that it imports from. A circle is a set of modules that import each other.
"""

from __future__ import annotations

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from statistics import median

import grimp

PACKAGE = "authwright"
MANNERED = re.compile(r"(What|Whether|Who|Whoever|Where|Nobody|Somebody)\b")
type Definition = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
type Function = ast.FunctionDef | ast.AsyncFunctionDef


def main() -> None:
    """Print the figures of the checkout that is named, else of this one."""
    root = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[1]).resolve()
    source = root / "addons"
    trees = {path: ast.parse(path.read_text()) for path in sorted((source / PACKAGE).rglob("*.py"))}
    functions = [node for tree in trees.values() for node in ast.walk(tree) if isinstance(node, Function.__value__)]
    print(f"modules        {len(trees)}, lines {spread([len(path.read_text().splitlines()) for path in trees])}")
    print(f"functions      {len(functions)}, lines {spread([size(each) for each in functions])}")
    print(f"annotated      {annotated(functions):.1%} of parameters and results")
    print(f"class names    {len(doubled(trees))} public ones stand in two modules: {', '.join(sorted(doubled(trees))) or '-'}")
    texts = list(docstrings(trees.values()))
    print(
        f"docstrings     {len(texts)}, of which {sum(bool(MANNERED.match(text)) for text in texts)} open with What, Whether, Who …"
    )
    sys.path.insert(0, str(source))
    show_graph(grimp.build_graph(PACKAGE, cache_dir=None))


def spread(sizes: list[int]) -> str:
    """Median, 90th percentile and maximum."""
    ordered = sorted(sizes)
    return f"{median(ordered):g} / {ordered[int(len(ordered) * 0.9)]} / {ordered[-1]} (median / p90 / max), {sum(ordered)} in all"


def size(function: Function) -> int:
    """Lines of a function, with its head and docstring."""
    return (function.end_lineno or function.lineno) - function.lineno + 1


def annotated(functions: list[Function]) -> float:
    """The share of parameters and results that say their type; ``self`` and ``cls`` do not count."""
    said = wanted = 0
    for function in functions:
        arguments = function.args
        named = [
            *arguments.posonlyargs,
            *arguments.args,
            *arguments.kwonlyargs,
            *filter(None, (arguments.vararg, arguments.kwarg)),
        ]
        hints = [each.annotation for each in named if each.arg not in ("self", "cls")] + [function.returns]
        wanted += len(hints)
        said += sum(hint is not None for hint in hints)
    return said / wanted


def doubled(trees: dict[Path, ast.Module]) -> set[str]:
    """Public classes and type aliases that stand in two modules."""
    where: defaultdict[str, set[Path]] = defaultdict(set)
    for path, tree in trees.items():
        for node in tree.body:
            name = node.name if isinstance(node, ast.ClassDef) else node.name.id if isinstance(node, ast.TypeAlias) else "_"
            if not name.startswith("_"):
                where[name].add(path)
    return {name for name, paths in where.items() if len(paths) > 1}


def docstrings(trees: Iterable[ast.Module]) -> Iterator[str]:
    """Every docstring of a module, a class or a function."""
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.Module | Definition.__value__) and (text := ast.get_docstring(node)):
                yield text


def show_graph(graph: grimp.ImportGraph) -> None:
    """Print rooms, floors, arrows and circles."""
    arrows = arrows_between_rooms(graph)
    circles = [
        circle
        for circle in strongly_connected({m: graph.find_modules_directly_imported_by(m) for m in graph.modules})
        if len(circle) > 1
    ]
    between = [circle for circle in strongly_connected(arrows) if len(circle) > 1]
    print(f"rooms          {len(arrows)}, arrows {sum(map(len, arrows.values()))}")
    print(f"circles        {len(circles)} of modules, {len(between)} of rooms")
    for circle in (*circles, *between):
        print(f"               {' ⇄ '.join(sorted(circle))}")
    if between:
        return
    levels = floors(arrows)
    print(f"floors         {max(levels.values())}")
    for level in range(max(levels.values()), 0, -1):
        print(f"  {level:2}  {'  '.join(sorted(name.removeprefix(PACKAGE + '.') for name, at in levels.items() if at == level))}")


def arrows_between_rooms(graph: grimp.ImportGraph) -> dict[str, set[str]]:
    """The rooms that each room imports from."""
    arrows: defaultdict[str, set[str]] = defaultdict(set)
    for module in graph.modules:
        arrows[room(graph, module)] |= {room(graph, other) for other in graph.find_modules_directly_imported_by(module)}
    for name, others in arrows.items():
        others.discard(name)
    return dict(arrows)


def room(graph: grimp.ImportGraph, module: str) -> str:
    """The package that *module* stands in, or the module itself where it stands beside the packages."""
    if graph.find_children(module):
        return module
    parent = module.rpartition(".")[0]
    return module if parent == PACKAGE else parent


def floors(arrows: dict[str, set[str]]) -> dict[str, int]:
    """Each room's floor, the lowest being 1."""
    found: dict[str, int] = {}

    def floor(name: str) -> int:
        if name not in found:
            found[name] = 1 + max((floor(other) for other in arrows.get(name, ())), default=0)
        return found[name]

    for name in list(arrows):
        floor(name)
    return found


def strongly_connected(arrows: dict[str, set[str]]) -> list[list[str]]:
    """The strongly connected components (Tarjan, 1972)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    components: list[list[str]] = []

    def visit(name: str) -> None:
        index[name] = low[name] = len(index)
        stack.append(name)
        for other in arrows.get(name, ()):
            if other not in index:
                visit(other)
                low[name] = min(low[name], low[other])
            elif other in stack:
                low[name] = min(low[name], index[other])
        if low[name] == index[name]:
            component = stack[stack.index(name) :]
            del stack[stack.index(name) :]
            components.append(component)

    sys.setrecursionlimit(10_000)
    for name in list(arrows):
        if name not in index:
            visit(name)
    return components


if __name__ == "__main__":
    main()
