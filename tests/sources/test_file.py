"""A file holds a secret: a small text file, relative to the file that says it."""

import os
from pathlib import Path

import pytest
from tests.sources.values import ENVIRONMENT, value

from authwright.errors import SecretError
from authwright.sources.file import lax_mode
from authwright.sources.reader import Sources


@pytest.fixture
def sources():
    return Sources(ENVIRONMENT)


@pytest.mark.parametrize(
    ("content", "text"), [(b"s", "s"), (b"s\n", "s"), (b"s\r\n", "s"), (b"s\n\n", "s\n"), (b" s ", " s "), (b"s\r", "s\r")]
)
def test_a_file_is_relative_to_the_file_that_says_it_and_loses_one_line_break(tmp_path, sources, content, text):
    (tmp_path / "secret").write_bytes(content)

    assert sources.resolve(value("${file:secret}", tmp_path)) == text
    assert sources.files(value("a${file:secret}", tmp_path)) == [tmp_path / "secret"]


def test_a_file_in_the_home_folder_is_found(tmp_path):
    (tmp_path / "secret").write_text("s")

    assert Sources({"HOME": str(tmp_path)}).resolve(value("${file:~/secret}", Path("/elsewhere"))) == "s"


def test_what_is_no_small_text_file_is_refused(tmp_path, sources):
    (tmp_path / "large").write_bytes(b"x" * (1024 * 1024 + 1))
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    (tmp_path / "empty").touch()
    os.mkfifo(tmp_path / "pipe")
    cases = {
        "none": "there is no file",
        ".": "is not a file",
        "large": "is larger than 1 MiB",
        "binary": "is not UTF-8 text",
        "empty": "is empty",
        "pipe": "is not a file",
    }

    for name, sentence in cases.items():
        with pytest.raises(SecretError) as caught:
            sources.resolve(value(f"${{file:{name}}}", tmp_path))
        assert sentence in caught.value.message
        assert caught.value.hint


@pytest.mark.parametrize(("mode", "lax"), [(0o600, False), (0o400, False), (0o640, True), (0o604, True)])
def test_a_file_that_others_may_read_is_noticed(tmp_path, mode, lax):
    path = tmp_path / "secret"
    path.touch()
    path.chmod(mode)

    assert lax_mode(path) is lax


def test_a_file_that_is_not_there_is_not_lax(tmp_path):
    assert lax_mode(tmp_path / "none") is False
