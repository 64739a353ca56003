"""Writes what the docs take from the code: each scheme's table of parameters, the error codes, and the commands' help.

A page holds the marks ``<!-- generated: NAME -->`` and ``<!-- end -->``; what stands between them is replaced.
``python docs/generate.py`` writes, ``--check`` only says whether something would change (exit status 1).
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import timedelta
from pathlib import Path
from types import NoneType
from typing import Any, Literal, TypeAliasType, get_args, get_origin, get_type_hints

import click

from authwright.cli.entry import root as cli
from authwright.error_codes import ERROR_CODES
from authwright.grants import GRANTS
from authwright.grants.client import TokenEndpointClient
from authwright.grants.client_credentials import ClientCredentials
from authwright.rules.settings import Settings
from authwright.schemes import SCHEMES
from authwright.schemes.cookie import RenewOn
from authwright.schemes.cookie_login import Csrf, Login
from authwright.secret import Secret
from authwright.sources import SOURCES

DOCS = Path(__file__).parent
MARKS = re.compile(r"(<!-- generated: (\S+) -->\n).*?(<!-- end -->)", re.DOTALL)


def main() -> int:
    """Renew every page; the exit status says whether one had changed, with ``--check``."""
    stale = []
    for page in sorted([*DOCS.rglob("*.md"), DOCS.parent / "README.md"]):
        old = page.read_text(encoding="utf-8")
        new = renewed(old)
        if new != old:
            stale.append(page)
            if "--check" not in sys.argv:
                page.write_text(new, encoding="utf-8")
    for page in stale:
        print(f"{page.relative_to(DOCS.parent)}: out of date")
    return 1 if stale and "--check" in sys.argv else 0


def renewed(page: str) -> str:
    """*page* with what is generated as the code has it now."""
    return MARKS.sub(lambda match: f"{match[1]}\n{GENERATED[match[2]]()}\n\n{match[3]}", page)


def parameter_table(owner: type[Any], *, beyond: type[Any] | None = None) -> str:
    """A table of a configurable dataclass's parameters, or of those alone that are not as in the one it goes *beyond*."""
    hints = get_type_hints(owner)
    others = {item.name: item.metadata.get("doc") for item in fields(beyond)} if beyond and issubclass(owner, beyond) else {}
    own = [item for item in fields(owner) if item.metadata and not item.metadata["variants"]]
    shown = [item for item in own if others.get(item.name) != item.metadata["doc"]]
    rows = [row for item in shown for row in _rows(item, hints[item.name])]
    return "\n".join(["| parameter | values | default | meaning |", "|---|---|---|---|", *rows])


def _rows(item: Field[Any], hint: Any) -> Iterator[str]:
    default = "required" if item.default is MISSING else _shown(item.default)
    yield f"| `{item.metadata['key'] or item.name}` | {_kind(item, hint)} | {default} | {item.metadata['doc']} |"


def _shown(default: Any) -> str:
    if default is None or default == () or isinstance(default, Secret | Mapping) or is_dataclass(default):
        return "-"
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    if isinstance(default, timedelta):
        return f"`{default // timedelta(minutes=1)}m`"
    return f"`{default}`" if default != "" else "empty"


def _kind(item: Field[Any], hint: Any) -> str:
    if isinstance(hint, TypeAliasType):
        hint = hint.__value__
    parts = [part for part in get_args(hint) if part is not NoneType]
    if get_origin(hint) is Literal:
        return " \\| ".join(f"`{part}`" for part in parts)
    if get_origin(hint) is tuple:
        return "text, or a list"
    if get_origin(hint) is not None and not isinstance(get_origin(hint), type):
        return _kind(item, parts[0])
    if parts and NoneType in get_args(hint):
        return _kind(item, parts[0])
    if item.metadata["credential"]:
        return "a credential's name"
    if item.metadata["size"]:
        return "size (`16MiB`)"
    names: dict[Any, str] = {
        str: "text",
        Secret: "secret",
        bool: "`true` \\| `false`",
        int: "number",
        timedelta: "duration (`5m`)",
    }
    return names.get(hint, "mapping")


def values() -> str:
    """A table of all that ``${…}`` may say."""
    rows = (
        ("${name}", "a variable: the active environment's, else the one under `variables`"),
        *((source.example, source.meaning) for source in SOURCES.values()),
        ("${…:-default}", "with a default"),
        ("$$", "a dollar sign"),
    )
    return "\n".join(["| written | means |", "|---|---|", *(f"| `{written}` | {means} |" for written, means in rows)])


def commands() -> str:
    """The help of every command."""
    context = click.Context(cli, info_name="authwright")
    parts = [_help(cli, context)]
    for name in cli.list_commands(context):
        command = cli.get_command(context, name)
        assert command is not None
        parts.append(f"## {name}\n\n{_help(command, click.Context(command, info_name=name, parent=context))}")
    return "\n\n".join(parts)


def answer_codes() -> str:
    """A table of the error codes that the proxy's answers carry, by status and in the order of the code's table."""
    ordered = sorted(((code, row) for code, row in ERROR_CODES.items() if row.status), key=lambda pair: pair[1].status)
    again = {True: "; `Retry-After` says when to try again", False: ""}
    rows = [f"| {row.status} | `{code}` | {row.meaning}{again[row.transient]} |" for code, row in ordered]
    return "\n".join(["| status | code | what it means |", "|---|---|---|", *rows])


def command_codes() -> str:
    """A table of the error codes that only commands give, by exit status."""
    ordered = sorted(((code, row) for code, row in ERROR_CODES.items() if not row.status), key=lambda pair: pair[1].exit)
    rows = [f"| {row.exit} | `{code}` | {row.meaning} |" for code, row in ordered]
    return "\n".join(["| exit status | code | what it means |", "|---|---|---|", *rows])


def _help(command: click.Command, context: click.Context) -> str:
    context.terminal_width = context.max_content_width = 100
    return f"```text\n{command.get_help(context).rstrip()}\n```"


GENERATED: Mapping[str, Callable[[], str]] = {
    **{f"scheme:{name}": (lambda owner=owner: parameter_table(owner)) for name, owner in SCHEMES.items()},
    **{
        f"grant:{name}": (lambda owner=owner: parameter_table(owner, beyond=TokenEndpointClient))
        for name, owner in GRANTS.items()
    },
    "grant:client_credentials": lambda: parameter_table(ClientCredentials),
    "cookie:login": lambda: parameter_table(Login),
    "cookie:csrf": lambda: parameter_table(Csrf),
    "cookie:renew_on": lambda: parameter_table(RenewOn),
    "settings": lambda: parameter_table(Settings),
    "values": values,
    "commands": commands,
    "errors:answers": answer_codes,
    "errors:commands": command_codes,
}


if __name__ == "__main__":
    sys.exit(main())
