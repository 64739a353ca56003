"""Nothing in the package imports in a circle: no module, and no room, which is a package or a module beside the packages."""

import grimp
import pytest
from bench.house import arrows_between_rooms, strongly_connected


@pytest.fixture(scope="module")
def graph():
    return grimp.build_graph("authwright", cache_dir=None)


def circles(arrows):
    return [sorted(circle) for circle in strongly_connected(arrows) if len(circle) > 1]


def test_a_circle_is_seen():
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == [["a", "b", "c"]]


def test_no_module_imports_itself_by_way_of_others(graph):
    assert circles({module: graph.find_modules_directly_imported_by(module) for module in graph.modules}) == []


def test_no_room_imports_itself_by_way_of_others(graph):
    assert circles(arrows_between_rooms(graph)) == []
