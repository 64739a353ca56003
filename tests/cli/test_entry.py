"""The command line as a whole: where flags may stand, what errors look like, what starting costs."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from authwright.cli.verb import VERBS

ADDONS = Path(__file__).parents[2] / "addons"


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_a_help_that_says_what_it_does(authwright, verb, tmp_path):
    done = authwright(verb, "--help", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"Usage: authwright {verb} ")
    assert "Everywhere: --config --env --json -q -v --no-color --no-input" in done.stdout


def test_the_root_help_names_every_verb(authwright, tmp_path):
    done = authwright("--help", cwd=tmp_path)
    assert done.returncode == 0
    assert [verb for verb in VERBS if f"\n  {verb} " not in done.stdout] == []


@pytest.mark.parametrize(
    ("arguments", "message", "hint"),
    [
        (["verzion"], "There is no verb 'verzion'. Did you mean 'version'?", "authwright --help"),
        (["--jsn", "version"], "No such option '--jsn'. Did you mean '--json'?", "authwright --help"),
        (["explain", "--revael", "x"], "No such option '--revael'. Did you mean '--reveal'?", "authwright explain --help"),
        (["explain"], "Missing argument 'URL'.", "authwright explain --help"),
        (["logout"], "Say which token to forget: NAME or --all.", "authwright logout --help"),
        (["logout", "box", "--all"], "Say which token to forget: NAME or --all.", "authwright logout --help"),
        (
            ["explain", "-H", "nonsense", "x"],
            "Invalid value for '-H' / '--header': 'nonsense' is not a header; write 'Name: value'.",
            "authwright explain --help",
        ),
        (
            ["explain", "--at", "noon", "x"],
            "Invalid value for '--at': 'noon' is not a time; write 2026-01-31T12:00:00Z.",
            "authwright explain --help",
        ),
    ],
)
def test_what_is_typed_wrongly_is_told_in_a_sentence_with_exit_code_2(authwright, arguments, message, hint, tmp_path):
    done = authwright(*arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"authwright: {message}\n  hint: {hint}\n")


def test_with_json_an_error_is_an_object_on_stdout(authwright, tmp_path):
    done = authwright("verzion", "--json", cwd=tmp_path)
    error = {"code": "usage", "message": "There is no verb 'verzion'. Did you mean 'version'?", "hint": "authwright --help"}
    assert (done.returncode, json.loads(done.stdout), done.stderr) == (2, {"error": error}, "")


@pytest.mark.parametrize("arguments", [["--json", "version"], ["version", "--json"]])
def test_a_flag_may_stand_before_and_after_the_verb(authwright, arguments, tmp_path):
    assert json.loads(authwright(*arguments, cwd=tmp_path).stdout)["authwright"] == "0.1.0"


def test_a_flag_is_also_a_variable(authwright, tmp_path):
    done = authwright("version", cwd=tmp_path, env={"AUTHWRIGHT_JSON": "1"})
    assert json.loads(done.stdout)["authwright"] == "0.1.0"


@pytest.mark.parametrize(
    "verb",
    [["check"], ["explain", "https://a.example/"], ["run"], ["token", "box"], ["refresh", "box"]],
    ids=lambda verb: verb[0],
)
def test_without_a_configuration_the_hint_is_init_and_the_exit_code_3(authwright, verb, tmp_path):
    done = authwright(*verb, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == "authwright: There is no authwright.yaml here or above.\n  hint: authwright init\n"


@pytest.mark.parametrize("verb", ["--help", "version"])
def test_a_reader_that_goes_away_is_no_traceback(verb):
    reader, writer = os.pipe()
    os.close(reader)
    environment = {**os.environ, "PYTHONPATH": str(ADDONS)}
    done = subprocess.run(
        [sys.executable, "-m", "authwright", verb], stdout=writer, stderr=subprocess.PIPE, env=environment, check=False
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (1, b"")


def imported(arguments, cwd):
    """The top-level modules that are loaded when the command has ended."""
    code = (
        "import sys, authwright.cli\n"
        f"try: authwright.cli.main({arguments!r})\n"
        "except SystemExit: pass\n"
        "print('\\n' + ' '.join({name.partition('.')[0] for name in sys.modules}), file=sys.stderr)"
    )
    environment = {"PATH": os.environ["PATH"], "HOME": str(cwd), "AUTHWRIGHT_HOME": str(cwd / "home"), "PYTHONPATH": str(ADDONS)}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=cwd, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    return set(done.stderr.splitlines()[-1].split())


HEAVY = {"mitmproxy", "httpx2", "asyncio", "cryptography", "rich", "joserfc"}


@pytest.mark.parametrize(
    "arguments", [["--help"], ["run", "--help"], ["exec", "--help"], ["demo", "--help"], ["version"], ["completion", "zsh"]]
)
def test_help_imports_nothing_heavy(arguments, tmp_path):
    assert imported(arguments, tmp_path) & HEAVY == set()


@pytest.mark.parametrize("arguments", [["check"], ["tokens"], ["explain", "http://a.example/"]], ids=lambda words: words[0])
def test_what_serves_nothing_does_not_import_mitmproxy(arguments, configured_folder):
    assert imported(arguments, configured_folder) & {"mitmproxy", "httpx2"} == set()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_completion_script_is_for_our_name(authwright, shell, tmp_path):
    done = authwright("completion", shell, cwd=tmp_path)
    assert done.returncode == 0
    assert "_AUTHWRIGHT_COMPLETE" in done.stdout


def test_completion_offers_the_verbs(authwright, tmp_path):
    words = {"_AUTHWRIGHT_COMPLETE": "bash_complete", "COMP_WORDS": "authwright to", "COMP_CWORD": "1"}
    done = authwright(cwd=tmp_path, env=words)
    assert done.stdout.split() == ["plain,tokens", "plain,token"]


def test_a_broken_file_is_shown_on_stderr_by_every_other_verb(authwright, tmp_path):
    (tmp_path / "authwright.yaml").write_text("version: 1\nrulse: []\n")
    done = authwright("explain", "https://a.example/")
    assert (done.returncode, done.stdout, "authwright.yaml:2:1: error[" in done.stderr) == (3, "", True)
    error = json.loads(authwright("explain", "--json", "https://a.example/").stdout)["error"]
    assert (error["code"], error["problems"][0]["line"]) == ("config_invalid", 2)
