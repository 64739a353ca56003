"""Values as a configuration writes them, for the tests of sources."""

import os
import sys
import types
from pathlib import Path

from authwright.config.template import parse
from authwright.config.variables import expand
from authwright.sources.source import SourceMeans
from authwright.sources.value import SourceReference

PYTHON = sys.executable
ENVIRONMENT = {"TOKEN": "t0ken", "EMPTY": "", "LINE": "x\n", "PATH": os.environ.get("PATH", ""), "TRICK": "${env:TOKEN}"}
MEANS = SourceMeans(ENVIRONMENT, 10)


def value(text: str, folder: Path = Path()):
    return expand(parse(text), {}, folder)


def reference(kind: str, argument: str, folder: Path = Path()):
    return SourceReference(kind, argument, None, folder)


def python(code: str) -> str:
    return f"${{command:{PYTHON} -c '{code}'}}"


def keyring_of(answer):
    """A package that answers for the system's keyring."""
    return types.SimpleNamespace(get_password=answer)
