"""The reader resolves values: defaults, what is missing, and what may be read when the configuration is loaded."""

import pytest
from tests.sources.values import ENVIRONMENT, PYTHON, python, value

from authwright.errors import SecretError
from authwright.sources.reader import Sources


@pytest.fixture
def sources():
    return Sources(ENVIRONMENT)


@pytest.mark.parametrize(
    ("text", "resolved"),
    [
        ("plain", "plain"),
        ("Bearer ${env:TOKEN}!", "Bearer t0ken!"),
        ("${env:LINE}", "x"),
        ("${env:NONE:-d}", "d"),
        ("${env:EMPTY:-d}", "d"),
        ("${env:NONE:-${env:TOKEN}}", "t0ken"),
        ("${env:NONE:-}", ""),
        ("${env:TRICK}", "${env:TOKEN}"),
        ("${file:none:-d}", "d"),
        (python("print(1+1)"), "2"),
        (f"${{command:{PYTHON} -c 'import sys;print(sys.argv[1:])' 'a b' $HOME *}}", "['a b', '$HOME', '*']"),
        (python('import os;print(os.environ["TOKEN"])'), "t0ken"),
        ("${command:no-such-command-here:-d}", "d"),
    ],
)
def test_a_source_yields_its_text_and_nothing_is_expanded_again(sources, text, resolved):
    assert sources.resolve(value(text)) == resolved


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("${env:NONE}", "the environment variable NONE is not set", "export NONE=…"),
        ("${env:EMPTY}", "the environment variable EMPTY is empty", "export EMPTY=…"),
        (
            "${command:no-such-command-here x}",
            "the command no-such-command-here cannot be started: No such file or directory",
            None,
        ),
        ("${command:pass 'x}", "the command has a quote that is not closed", None),
        (python("exit(3)"), f"the command {PYTHON} ended with exit code 3", f"run it yourself to see what it prints: {PYTHON} …"),
        (python("pass"), f"what the command {PYTHON} prints is empty", None),
        (python("print(9 * 2000000 * chr(65))"), f"the command {PYTHON} prints more than 1048576 bytes", None),
        (python("import sys;sys.stdout.buffer.write(bytes([255]))"), f"what the command {PYTHON} prints is not UTF-8 text", None),
    ],
)
def test_a_source_that_yields_nothing_says_what_to_do(sources, text, message, hint):
    with pytest.raises(SecretError) as caught:
        sources.resolve(value(text))
    assert (caught.value.message, caught.value.code) == (message, "secret_unavailable")
    assert caught.value.hint == hint if hint else caught.value.hint


@pytest.mark.parametrize(
    ("text", "cheap"),
    [
        ("x", True),
        ("${env:A}${file:b}", True),
        ("${command:a}", False),
        ("${keyring:a/b}", False),
        ("${env:A:-${command:a}}", False),
    ],
)
def test_only_the_environment_and_files_are_cheap(sources, text, cheap):
    assert sources.cheap(value(text)) is cheap


def test_what_is_missing_is_found_without_running_anything(tmp_path, sources):
    ran = tmp_path / "ran"
    command = python(f'open("{ran}", "w")')
    missing = sources.missing(
        value(f"${{env:NONE}}${{env:TOKEN}}{command}${{command:no-such-command-here}}${{env:A:-x}}${{env:A:-${{env:B}}}}")
    )

    assert [error.message for error in missing] == [
        "the environment variable NONE is not set",
        "there is no command no-such-command-here",
        "the environment variable B is not set",
    ]
    assert not ran.exists()
