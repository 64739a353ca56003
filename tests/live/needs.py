"""What the live tests need beside Python, and the sentence that says what is missing."""

import json
import os
import shutil
from pathlib import Path

HERE = Path(__file__).parent
CACHE = HERE / ".cache"
MODULES = tuple(json.loads((HERE / "package.json").read_text())["dependencies"])
PROGRAMS = tuple(line.split()[0] for line in (HERE / "apt.txt").read_text().splitlines())
VENVS = tuple(path.stem for path in sorted((HERE / "venvs").glob("*.txt")))


def program(name):
    """Where *name* is; Debian keeps servers out of an ordinary user's PATH."""
    return shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")


def in_venv(venv, name):
    """A program of one of the virtual environments that `.ci/setup` made."""
    return str(CACHE / "venvs" / venv / "bin" / name)


def missing():
    """One sentence with the command that installs what is missing; empty when all is there."""
    names = [name for name in PROGRAMS if not (program(name) or Path(name).exists())]
    names += [f"npm's {name}" for name in MODULES if not (CACHE / "node_modules" / name).is_dir()]
    names += [f"the environment {name}" for name in VENVS if not (CACHE / "venvs" / name / "installed.txt").exists()]
    return f"The live tests need {', '.join(names)}: .ci/setup installs them." if names else ""
