"""A verb: a click command with the flags that stand everywhere, loaded when it is called.

A flag may stand before or after the verb; after wins, both win over the environment. Every flag is also a variable
``AUTHWRIGHT_<FLAG>``.
"""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

import click
from click.core import ParameterSource

SECTIONS: Final = {
    "Start here": {
        "demo": "See it work: servers, proxy and requests, all on loopback",
        "init": "Write a commented authwright.yaml",
    },
    "Use it": {
        "run": "Run the proxy",
        "exec": "Run a command behind a proxy of its own",
    },
    "See what happens": {
        "check": "Check the configuration: every problem at once",
        "trust": "What a configuration that was found may reach, and your consent",
        "explain": "Which rule, why, and what would be sent; sends nothing",
    },
    "Tokens": {
        "login": "Sign in, where a credential needs a person",
        "tokens": "List the stored tokens",
        "token": "Print one token, obtaining it when needed",
        "refresh": "Replace a token by a new one",
        "logout": "Forget a stored token",
    },
    "More": {
        "ca": "Renew the proxy's own certificate authority",
        "schema": "Print the JSON Schema of authwright.yaml",
        "completion": "Print the completion script of a shell",
        "version": "Print the version",
    },
}
VERBS: Final = {name: about for section in SECTIONS.values() for name, about in section.items()}

_KEPT = "authwright.everywhere"


@dataclass(frozen=True, slots=True)
class Everywhere:
    """The flags that every verb takes."""

    config: Path | None = None
    env: str | None = None
    json: bool = False
    quiet: bool = False
    verbose: int = 0
    no_color: bool = False
    no_input: bool = False


def everywhere(*, root: bool = False) -> list[click.Parameter]:
    """The flags of :class:`Everywhere`; those of the *root* read no variables, the verb's do."""
    flags: list[tuple[tuple[str, ...], dict[str, Any]]] = [
        (("--config",), {"metavar": "FILE", "type": click.Path(path_type=Path), "help": "The configuration to use."}),
        (("--env",), {"metavar": "NAME", "help": "The environment of the configuration to use."}),
        (("--json",), {"is_flag": True, "help": "Print data, and errors, as JSON."}),
        (("-q", "--quiet"), {"is_flag": True, "help": "Say only what went wrong."}),
        (("-v", "--verbose"), {"count": True, "help": "Say more; twice for still more."}),
        (("--no-color",), {"is_flag": True, "help": "No colours (also NO_COLOR)."}),
        (("--no-input",), {"is_flag": True, "help": "Never ask anything."}),
    ]
    return [
        click.Option(names, expose_value=False, callback=_keep, envvar=None if root else _variable(names), **more)
        for names, more in flags
    ]


def verb(name: str, **more: Any) -> Callable[[Callable[..., int | None]], Verb]:
    """Make a function a verb: its first argument is :class:`Everywhere`, what it returns is the exit code."""
    return click.command(name, cls=Verb, **more)


class Verb(click.Command):
    """A command that takes the flags of :class:`Everywhere` too."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        for param in self.params:
            if isinstance(param, click.Option) and param.envvar is None:
                param.envvar = _variable((*param.opts,))
        self._own = list(self.params)
        self.params += everywhere()

    def invoke(self, ctx: click.Context) -> Any:
        """Call the function with the flags that stand everywhere."""
        assert self.callback is not None
        kept = ctx.meta.get(_KEPT, {})
        common = Everywhere(**{name: value for name, (value, _) in kept.items()})
        return self.callback(common, **ctx.params)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The verb's own flags; the others in a line."""
        rows = [row for param in self._own if isinstance(param, click.Option) and (row := param.get_help_record(ctx))]
        if rows:
            with formatter.section("Options"):
                formatter.write_dl(rows)
        formatter.write_paragraph()
        formatter.write_text("Everywhere: --config --env --json -q -v --no-color --no-input (see authwright --help).")


class Authwright(click.Group):
    """The root: knows its verbs by name and imports one when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The verbs."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """The verb of that name, imported now."""
        if cmd_name not in VERBS:
            return None
        return cast("click.Command", importlib.import_module(f".verbs.{cmd_name}", __package__).command)

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        """The verb that *args* names.

        Raises:
            click.UsageError: there is none of that name.
        """
        if args[0] not in VERBS and not args[0].startswith("-"):
            raise click.UsageError(f"There is no verb {args[0]!r}.{did_you_mean(args[0], VERBS)}", ctx)
        return super().resolve_command(ctx, args)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The verbs by section, then the flags."""
        for title, verbs in SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl([(name.ljust(10), about) for name, about in verbs.items()])
        with formatter.section("Everywhere, before or after the verb"):
            formatter.write_dl([row for param in self.get_params(ctx) if (row := param.get_help_record(ctx))])


def did_you_mean(word: str, choices: Iterable[str]) -> str:
    """`` Did you mean "token"?`` with a leading space when one of *choices* is close to *word*, else the empty text."""
    close = difflib.get_close_matches(word[:100], list(choices), n=1, cutoff=0.5)
    return f" Did you mean {close[0]!r}?" if close else ""


def _variable(names: tuple[str, ...]) -> str:
    longest = max(names, key=len)
    return "AUTHWRIGHT_" + longest.lstrip("-").replace("-", "_").upper()


def _keep(ctx: click.Context, param: click.Parameter, value: Any) -> None:
    assert param.name is not None
    kept: dict[str, tuple[Any, bool]] = ctx.meta.setdefault(_KEPT, {})
    typed = ctx.get_parameter_source(param.name) is ParameterSource.COMMANDLINE
    if typed or not kept.get(param.name, (None, False))[1]:
        kept[param.name] = (value, typed)
