"""Golden cases: a file under ``golden/`` is a document, a line of ten dashes, and what is said about it.

A case needs no code: put a file into the folder of what is tested. ``␉`` stands for a tab, ``␛`` for an escape byte and
``␀`` for a NUL, so that an editor can neither see nor spoil less than what is meant.
"""

from pathlib import Path

import pytest

from authwright.config.document import parse
from authwright.config.problems import render

GOLDEN = Path(__file__).parent / "golden"
SEPARATOR = "\n----------\n"
SPECIAL = {"␉": "\t", "␛": "\x1b", "␀": "\0"}


def said_of_yaml(text: str) -> str:
    return render(parse(text, "authwright.yaml")[1])


CHECKS = {"yaml": said_of_yaml}

CASES = [(folder, path) for folder in CHECKS for path in sorted((GOLDEN / folder).glob("*.case"))]


@pytest.mark.parametrize(("folder", "path"), CASES, ids=[f"{folder}/{path.stem}" for folder, path in CASES])
def test_what_is_said_about_a_document_is_what_its_case_says(folder: str, path: Path):
    document, expected = path.read_text("utf-8").split(SEPARATOR)
    for shown, meant in SPECIAL.items():
        document = document.replace(shown, meant)

    assert CHECKS[folder](document) == expected


def test_there_are_cases():
    assert {folder for folder, _ in CASES} == set(CHECKS)
