"""``authwright tokens --introspect``: what the authorization server knows of a stored token (RFC 7662)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ..grants.introspection import introspect
from ..terminal import visible
from .authorization_server import ask
from .output import print_json
from .verb import Everywhere

if TYPE_CHECKING:
    from ..tokens.store import Record


def print_introspection(common: Everywhere, records: list[Record]) -> None:
    """Ask about each of *records*, and print the answers.

    Raises:
        AuthwrightError: a server cannot be asked, or refused.
    """
    answers = [(record.label, members) for record, members in ask(common, records, introspect)]
    if common.json:
        about = [{"name": label.credential, "environment": label.environment or None} for label, _ in answers]
        print_json([{**one, "introspection": members} for one, (_, members) in zip(about, answers, strict=True)], indent=2)
        return
    for label, members in answers:
        print(visible(f"{label.credential}{f' ({label.environment})' if label.environment else ''}:"))
        for name, value in members.items():
            print(visible(f"  {name}: {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}"))
