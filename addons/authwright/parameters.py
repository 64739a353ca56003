"""How a dataclass says what its fields mean in a configuration.

A scheme's dataclass *is* its configuration: validation, the JSON Schema, the docs and ``explain`` are read from its
fields. A field is declared with :func:`param`; its annotation says what values it takes:

``str`` · ``Secret`` (hidden everywhere) · ``bool`` · ``int`` · ``timedelta`` (``30s``, ``5m``, ``1h``) · ``Literal[…]``
· ``tuple[str, ...]`` (a list, or one value alone) · ``Mapping[str, Any]`` (free form) · another such dataclass; each also ``| None``.
"""

from __future__ import annotations

from dataclasses import MISSING, field
from typing import Any


def param(doc: str, *, default: Any = MISSING, key: str | None = None, example: Any = None, advanced: bool = False) -> Any:
    """A field of a configurable dataclass.

    Args:
        doc: one sentence that says what it is; it becomes the editor's tooltip and the docs' table.
        default: its value when it is not given; without one it must be given.
        key: its name in the configuration, where that is not the field's (``in`` is a Python keyword).
        example: a value to show in the docs.
        advanced: whether the docs list it after the common ones.
    """
    return field(default=default, metadata={"doc": doc, "key": key, "example": example, "advanced": advanced})
