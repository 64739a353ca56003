import os
import sys
import threading
import time
import types
from pathlib import Path

import pytest

from authwright.config.sources import Sources, lax_mode
from authwright.config.variables import expand, parse
from authwright.errors import SecretError

PYTHON = sys.executable
ENVIRONMENT = {"TOKEN": "t0ken", "EMPTY": "", "LINE": "x\n", "PATH": os.environ.get("PATH", ""), "TRICK": "${env:TOKEN}"}


def value(text: str, folder: Path = Path()):
    return expand(parse(text), {}, folder)


def python(code: str) -> str:
    return f"${{command:{PYTHON} -c '{code}'}}"


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


def test_what_a_failing_command_prints_is_in_no_error(sources):
    with pytest.raises(SecretError) as caught:
        sources.resolve(value(python('import sys;print("hunter2");print("hunter2",file=sys.stderr);exit(1)')))
    assert "hunter2" not in caught.value.message + caught.value.hint


def test_a_command_that_takes_too_long_is_ended_with_its_children(tmp_path):
    pid_file = tmp_path / "pid"
    script = tmp_path / "slow.py"
    script.write_text(
        "import subprocess, sys, pathlib\n"
        f"child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        f"pathlib.Path({str(pid_file)!r}).write_text(str(child.pid))\n"
        "child.wait()\n"
    )

    with pytest.raises(SecretError, match="takes longer than 2 s"):
        Sources(ENVIRONMENT, timeout=2).resolve(value(f"${{command:{PYTHON} {script}}}"))
    pid = int(pid_file.read_text())
    deadline = time.monotonic() + 10
    while not is_gone(pid) and time.monotonic() < deadline:  # a signal is sent at once, and delivered a little later
        time.sleep(0.01)
    assert is_gone(pid)


def is_gone(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return True
    return state in ("Z", "X")


def test_a_command_is_run_once_also_when_many_ask_at_a_time(tmp_path, sources):
    log = tmp_path / "log"
    script = tmp_path / "once.py"
    script.write_text(f"import time\nopen({str(log)!r}, 'a').write('x')\ntime.sleep(0.2)\nprint('s')\n")
    found: list[str] = []
    asks = [
        threading.Thread(target=lambda: found.append(sources.resolve(value(f"${{command:{PYTHON} {script}}}")))) for _ in range(8)
    ]

    for ask in asks:
        ask.start()
    for ask in asks:
        ask.join()

    assert (found, log.read_text()) == (["s"] * 8, "x")


def test_a_failure_is_not_kept(tmp_path, sources):
    answer = tmp_path / "answer"
    text = value(f"${{command:{PYTHON} -c 'print(open(\"answer\").read())'}}", tmp_path)

    with pytest.raises(SecretError):
        sources.resolve(text)
    answer.write_text("now")
    assert sources.resolve(text) == "now\n".strip()


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


def keyring_of(answer):
    return types.SimpleNamespace(get_password=answer)


def test_the_keyring_is_asked_for_service_and_user(monkeypatch, sources):
    asked = []
    monkeypatch.setitem(sys.modules, "keyring", keyring_of(lambda *names: asked.append(names) or "s3cret"))

    assert [sources.resolve(value("${keyring:a/b/user}")) for _ in range(2)] == ["s3cret"] * 2
    assert asked == [("a/b", "user")]


def test_a_keyring_that_has_nothing_or_fails_says_what_to_type(monkeypatch, sources):
    def fail(*names):
        raise RuntimeError("hunter2")

    for keyring, message, hint in (
        (keyring_of(lambda *names: None), "the keyring has nothing for a/b", "keyring set a b"),
        (keyring_of(fail), "the keyring cannot be read (RuntimeError)", "unlock it, or look with: keyring diagnose"),
        (None, "the package that reads the keyring is not installed", 'pip install "authwright[keyring]"'),
    ):
        monkeypatch.setitem(sys.modules, "keyring", keyring)
        with pytest.raises(SecretError) as caught:
            sources.resolve(value("${keyring:a/b}"))
        assert (caught.value.message, caught.value.hint) == (message, hint)
