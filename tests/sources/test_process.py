"""A program that prints a secret is run without a shell, in its folder, and is bounded in output."""

import os
import sys

import pytest

from authwright.errors import SecretError
from authwright.sources.process import run


def python(code, folder, *, timeout=20, limit=100, **environment):
    return run((sys.executable, "-c", code), folder, {"PATH": os.environ["PATH"], **environment}, timeout, limit)


def test_the_output_is_given_as_it_is(tmp_path):
    assert python("import os; print(os.getcwd(), os.environ['X'], end='')", tmp_path, X="$HOME;x") == (
        f"{os.path.realpath(tmp_path)} $HOME;x".encode()
    )


def test_a_program_has_no_input_and_its_errors_go_nowhere(tmp_path, capfd):
    assert python("import sys; print('loud', file=sys.stderr); print(repr(sys.stdin.read()))", tmp_path) == b"''\n"
    assert "loud" not in "".join(capfd.readouterr())


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("print('s3cret'); exit(3)", "ended with exit code 3"),
        ("print('s3cret' * 100)", "prints more than 100 bytes"),
        ("import time; print('s3cret', flush=True); time.sleep(60)", "takes longer than 1 s"),
    ],
)
def test_a_failure_names_the_program_and_never_what_it_printed(code, sentence, tmp_path):
    with pytest.raises(SecretError, match=sentence) as caught:
        python(code, tmp_path, timeout=1 if "sleep" in code else 20)
    assert "s3cret" not in caught.value.message + caught.value.hint


@pytest.mark.parametrize("argv", [("/nowhere/program",), ("a\0b",)])
def test_a_program_that_cannot_be_started_is_said_so(argv, tmp_path):
    with pytest.raises(SecretError, match="cannot be started"):
        run(argv, tmp_path, {}, 5, 100)
