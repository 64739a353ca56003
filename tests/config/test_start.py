"""The file that ``init`` writes is the published one, and a valid configuration."""

from pathlib import Path

from authwright.config import inspect
from authwright.config.start import START

CONFIG = Path(__file__).parents[2] / "config"


def test_it_is_the_published_file():
    assert (CONFIG / "authwright.yaml").read_text("utf-8") == START


def test_it_has_no_errors_and_its_rules_in_order():
    rules, problems = inspect(START)
    assert [problem for problem in problems if problem.severity == "error"] == []
    assert [rule.name for rule in rules.rules][-2:] == ["orders", "github"]
