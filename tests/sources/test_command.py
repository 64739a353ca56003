"""A command prints a secret. It is bounded in time and output, and nothing that it prints is in an error."""

import threading
import time
from pathlib import Path

import pytest
from tests.sources.values import ENVIRONMENT, PYTHON, python, value

from authwright.errors import SecretError
from authwright.sources.reader import Sources


@pytest.fixture
def sources():
    return Sources(ENVIRONMENT)


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


def test_a_command_that_prints_nothing_is_asked_again(tmp_path, sources):
    answer = tmp_path / "answer"
    answer.touch()
    text = value(f"${{command:{PYTHON} -c 'print(open(\"answer\").read())'}}", tmp_path)
    with pytest.raises(SecretError, match="is empty"):
        sources.resolve(text)
    answer.write_text("now")
    assert sources.resolve(text) == "now"
