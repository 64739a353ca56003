"""What the docs say is what the code does: generated parts are current, examples can be loaded, links lead somewhere."""

import importlib.util
import re
from pathlib import Path

import pytest

import authwright

ROOT = Path(__file__).parent.parent
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
