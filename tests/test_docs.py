"""What the docs say is what the code does: generated parts are current, examples can be loaded, links lead somewhere."""

import importlib.util
import re
from pathlib import Path

import pytest

import authwright

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "addons" / "authwright"
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
EXAMPLES = [(page, text) for page in PAGES for text in re.findall(r"```yaml\n(.*?)```", page.read_text("utf-8"), re.DOTALL)]


def generator():
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_generated_parts_are_current():
    renewed = generator().renewed
    assert [page.name for page in PAGES if renewed(page.read_text("utf-8")) != page.read_text("utf-8")] == []


@pytest.mark.parametrize(("page", "text"), [pytest.param(*pair, id=f"{pair[0].stem}-{i}") for i, pair in enumerate(EXAMPLES)])
def test_an_example_can_be_loaded(page, text):
    assert authwright.load(text).rules


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_lead_somewhere(page):
    targets = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text("utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_every_scheme_has_a_page():
    from authwright.schemes import SCHEMES

    assert {page.stem for page in (ROOT / "docs" / "schemes").glob("*.md")} == set(SCHEMES)


def test_the_commented_start_is_what_init_writes():
    from authwright.config.start import START

    assert (ROOT / "config" / "authwright.yaml").read_text("utf-8") == START


PLACES = [PACKAGE, PACKAGE / "proxy", ROOT]
"""Folders that the pages' paths start from."""
PATHS = {
    (page, path) for page in PAGES for path in re.findall(r"`((?:[a-z0-9_.]+/)+[a-z0-9_]*(?:\.py)?)`", page.read_text("utf-8"))
}


@pytest.mark.parametrize(("page", "path"), [pytest.param(*each, id=f"{each[0].stem}-{each[1]}") for each in sorted(PATHS)])
def test_a_path_in_backticks_is_there(page, path):
    assert any((place / path).exists() for place in PLACES)


def test_the_map_names_every_room_and_every_module_of_the_ground():
    text = (ROOT / "docs" / "design.md").read_text("utf-8").partition("## Our words")[0]
    rooms = {f"{path.parent.relative_to(PACKAGE)}/" for path in PACKAGE.rglob("__init__.py")} - {"./"}
    inner = {"wire/aws/", "tokens/stores/", "tokens/detached/"}
    modules = {path.stem for path in PACKAGE.glob("*.py")} - {"__init__", "__main__"}
    map_, _, floors = text.partition("```text\n")
    assert {name for name in rooms | modules if f"`{name}`" not in map_} == inner
    assert {name for name in rooms | modules if not re.search(rf"(?<!\S){re.escape(name)}(?!\S)", floors)} == inner | {
        "engine/shortcuts/"
    }
