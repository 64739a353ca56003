"""``authwright tokens --introspect``: what the authorization server knows of a stored token."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ..config.problems import visible
from ..grants.introspection import introspect
from .at_server import ask
from .verb import Everywhere

if TYPE_CHECKING:
    from ..tokens.store import Record


def show(common: Everywhere, records: list[Record]) -> None:
    """Ask about each of *records*, and print the answers."""
    answers = [(record.label, members) for record, members in ask(common, records, introspect)]
    if common.json:
        found = [
            {"name": label.credential, "environment": label.environment or None, "introspection": it} for label, it in answers
        ]
        print(json.dumps(found, indent=2, ensure_ascii=False))
        return
    for label, members in answers:
        print(visible(f"{label.credential}{f' ({label.environment})' if label.environment else ''}:"))
        for name, value in members.items():
            print(visible(f"  {name}: {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}"))
