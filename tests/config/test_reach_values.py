"""The values of a document as each environment sees them: sources by their names, never what they yield."""

from pathlib import Path

from authwright.config.document import parse
from authwright.config.reach_lines import Fact
from authwright.config.reach_values import views

TEXT = """\
environment: dev
variables: {host: general.example, path: /a}
environments:
  dev: {host: dev.example}
  prod: {secret: "${env:PROD:-none}"}
url: https://${host}${path}
secret: "${env:ONE:-${file:two}}"
files: [inside/key, /outside/key, "-----BEGIN"]
program: "${command:pass show x}"
"""


def seen(text=TEXT, folder=Path("/folder")):
    document, problems = parse(text, "f")
    assert problems == []
    return document, list(views(document, {"f": folder}))


def test_each_environment_has_its_own_values_over_the_general_ones():
    document, found = seen()
    assert [view.text(document.get("url")) for view in found] == ["https://dev.example/a", "https://general.example/a"]


def test_a_document_without_environments_is_seen_once():
    document, found = seen("variables: {a: b}\nx: ${a}\n")
    assert [view.text(document.get("x")) for view in found] == ["b"]


def test_a_source_is_named_with_its_defaults_and_listed_without():
    document, (view, _) = seen()
    assert view.text(document.get("secret")) == "${env:ONE:-${file:two}}"
    assert view.labels(document.get("secret")) == ["${env:ONE}", "${file:two}"]


def test_a_source_is_marked_by_a_word_that_stands_for_it():
    document, (view, _) = seen()
    text, sources = view.marked(document.get("program"))
    assert sources == {text: "${command:pass show x}"}


def test_commands_and_files_outside_the_folder_are_facts():
    document, (view, _) = seen()
    assert list(view.reading(document.get("program"))) == [Fact("runs", "pass show x")]
    assert list(view.reading(document.get("files"), files=True)) == [Fact("reads", "/outside/key")]
    assert list(view.reading(document.get("files"))) == []
