"""Sources of secrets: one file a source, and the table of them all. Everything that knows several sources reads the table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from .command import COMMAND
from .env import ENV
from .file import FILE
from .keyring import KEYRING
from .source import Source

_ALL: Final = (ENV, FILE, COMMAND, KEYRING)

SOURCES: Final[Mapping[str, Source]] = {source.kind: source for source in _ALL}
"""Each source by the word before the colon in ``${word:…}``."""
