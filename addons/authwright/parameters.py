"""Declares the fields of a dataclass as parameters of a configuration.

A scheme's dataclass *is* its configuration: validation, the JSON Schema, the docs and ``explain`` are read from its
fields. A field is declared with :func:`param`; its annotation says what values it takes:

``str`` · ``Secret`` (hidden everywhere) · ``bool`` · ``int`` · ``timedelta`` (``30s``, ``5m``, ``1h``; ``| Literal["auto"]``) · ``Literal[…]``
· ``tuple[str, ...]`` (a list, or one value alone) · ``Mapping[str, Any]`` (free form) · another such dataclass; each also ``| None``.
"""

from __future__ import annotations

from dataclasses import MISSING, field
from typing import Any


def param(
    doc: str,
    *,
    default: Any = MISSING,
    key: str | None = None,
    example: Any = None,
    advanced: bool = False,
    size: bool = False,
    variants: bool = False,
    file: bool = False,
    contents: bool = False,
    credential: bool = False,
    obtains: bool = True,
    shown: bool = True,
) -> Any:
    """A field of a configurable dataclass.

    Args:
        doc: one sentence that says what it is; it becomes the editor's tooltip and the docs' table.
        default: its value when it is not given; without one it must be given.
        key: its name in the configuration, where that is not the field's (``in`` is a Python keyword).
        example: a value to show in the docs.
        advanced: whether the docs list it after the common ones.
        size: an ``int`` of bytes that may be written ``16MiB``.
        file: the text may be the path of a file, relative to the configuration that names it.
        contents: the text is PEM or JSON, or else the path of a file that holds it.
        credential: the text is the name of another credential, whose grant is meant (a :class:`Source`).
        shown: whether a repr shows it. A repr never shows a secret.
        obtains: whether another value would obtain another token. The store keeps a token under these parameters.
        variants: the field is one of several dataclasses whose parameters stand beside this one's (a scheme's grant).
    """
    metadata = {
        "doc": doc,
        "key": key,
        "example": example,
        "advanced": advanced,
        "size": size,
        "variants": variants,
        "file": file,
        "contents": contents,
        "credential": credential,
        "obtains": obtains,
    }
    return field(default=default, metadata=metadata, repr=shown)


class ParameterError(ValueError):
    """Each parameter is well-formed, but they cannot be used together or at all.

    Args:
        name: the field to point at.
        message: one sentence, free of secrets.
        hint: what to write instead.
    """

    def __init__(self, name: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.name = name
        self.message = message
        self.hint = hint
