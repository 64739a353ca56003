"""The files that users begin with can be used as they are; only what the user's own environment holds is missing."""

from pathlib import Path

import pytest

from authwright.config import inspect
from authwright.config.start import START

CONFIG = Path(__file__).parents[2] / "config"
FILES = [CONFIG / "authwright.yaml", *sorted((CONFIG / "recipes").glob("*.yaml"))]
ALLOWED = {"secret_missing", "unused_credential"}


def test_there_are_recipes():
    assert {path.stem for path in FILES} >= {"authwright", "box", "github", "identityserver", "api-key-query"}


def test_init_writes_the_file_that_the_project_shows():
    assert (CONFIG / "authwright.yaml").read_text("utf-8") == START


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_of_ours_has_no_errors_and_warns_of_nothing_but_what_is_not_set(path: Path):
    rules, problems = inspect(path)

    assert rules is not None
    assert [one for one in problems if one.code not in ALLOWED] == []


@pytest.mark.parametrize("environment", ["dev", "staging", "prod"])
def test_the_identity_server_recipe_works_in_each_of_its_environments(environment: str):
    rules, problems = inspect(CONFIG / "recipes" / "identityserver.yaml", environment)

    assert rules is not None
    assert (rules.environment, [one for one in problems if one.code not in ALLOWED]) == (environment, [])


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_file_of_ours_holds_a_secret_or_leaves_a_credential_unused(path: Path):
    assert [one for one in inspect(path)[1] if one.code in ("secret_in_file", "unused_credential")] == []
