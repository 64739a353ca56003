"""A value names its sources, and holds none of their secrets."""

from pathlib import Path

from tests.sources.values import value

from authwright.sources.value import SourceReference, file_reference, references


def test_the_sources_of_defaults_are_among_its_sources():
    found = references(value("a${env:A:-${file:b:-${command:c}}}${keyring:s/u}"))
    assert [(part.kind, part.argument) for part in found] == [("env", "A"), ("file", "b"), ("command", "c"), ("keyring", "s/u")]


def test_a_plain_text_has_none():
    assert list(references("a")) == []


def test_a_path_alone_is_read_as_the_source_file():
    assert list(references(file_reference("key.pem", Path("/folder")))) == [
        SourceReference("file", "key.pem", None, Path("/folder"))
    ]
