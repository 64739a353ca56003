"""A process that holds secrets leaves no core dump, and its children keep the limits that the user set."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

ADDONS = Path(__file__).parents[1] / "addons"
LIMIT = 4096
"""The user's own soft limit."""

LOOK = """
import resource, sys
print(resource.getrlimit(resource.RLIMIT_CORE)[0], flush=True)
if sys.platform == "linux":
    import ctypes
    print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0), flush=True)
"""
FORBIDDEN = ["0", "0"] if sys.platform == "linux" else ["0"]
ALLOWED = [str(LIMIT), "1"] if sys.platform == "linux" else [str(LIMIT)]


def lines_of(*argv: str, **more: str) -> list[str]:
    """What *argv* prints, started by a user with a limit of their own."""
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    if hard not in (resource.RLIM_INFINITY, LIMIT) and hard < LIMIT:
        pytest.skip("this process may not have core dumps itself")
    script = (
        f'ulimit -S -c {LIMIT // 512} && exec "$@"' if sys.platform == "darwin" else f'ulimit -S -c {LIMIT // 1024} && exec "$@"'
    )
    done = subprocess.run(
        ["bash", "-c", script, "-", *argv],
        env={**os.environ, "PYTHONPATH": str(ADDONS), **more},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.stdout.splitlines() or done.stderr.splitlines()


def test_the_user_of_these_tests_has_a_limit() -> None:
    assert lines_of(sys.executable, "-c", LOOK) == ALLOWED


def test_a_process_that_forbids_it_cannot_dump_core_and_its_child_can() -> None:
    child = f"import subprocess; subprocess.run([sys.executable, '-c', {LOOK!r}])"
    script = f"""
import sys
from authwright import core_dumps
core_dumps.forbid()
core_dumps.forbid()
{LOOK}
{child}
with core_dumps.allowed_to_children():
    {child}
{LOOK}
"""
    after_exec = [FORBIDDEN[0], *ALLOWED[1:]]
    assert lines_of(sys.executable, "-c", script) == [*FORBIDDEN, *after_exec, *ALLOWED, *FORBIDDEN]


def test_nothing_changes_for_children_of_a_process_that_forbade_nothing() -> None:
    script = f"from authwright import core_dumps\nwith core_dumps.allowed_to_children():\n    pass\n{LOOK}"
    assert lines_of(sys.executable, "-c", script) == ALLOWED


@pytest.mark.parametrize("module", ["authwright.cli", "authwright.refresher"])
def test_every_process_of_ours_that_holds_secrets_forbids_it(module: str) -> None:
    script = f"""
import sys, {module} as ours
sys.stdin.close()
sys.stdin = open("/dev/null")
try:
    ours.main(["version"]) if {module!r} == "authwright.cli" else ours.main()
except (SystemExit, Exception):
    pass
{LOOK}
"""
    assert lines_of(sys.executable, "-c", script)[-len(FORBIDDEN) :] == FORBIDDEN


def test_what_exec_starts_has_the_users_own_limit(tmp_path: Path) -> None:
    (tmp_path / "authwright.yaml").write_text("version: 1\nrules: []\n")
    argv = (sys.executable, "-m", "authwright", "--config", str(tmp_path / "authwright.yaml"), "exec", "--")
    assert lines_of(*argv, sys.executable, "-c", LOOK, AUTHWRIGHT_HOME=str(tmp_path / "home")) == ALLOWED
