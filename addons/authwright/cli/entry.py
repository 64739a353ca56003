"""The root command; it turns every error below it into an exit code."""

from __future__ import annotations

import os
from collections.abc import Sequence

import click

from .failure import CTRL_C, report
from .verb import VERBS, Authwright, everywhere

_EPILOG = """\
\b
Examples:
  authwright demo                                    see it work, no set-up needed
  authwright init && authwright check                a configuration to start from
  authwright exec -- curl https://api.github.com/user
  authwright explain https://api.github.com/user     what would be sent, and why
\b
Exit codes: 0 ok, 1 failed, 2 usage, 3 configuration, 4 login required, 5 unreachable,
6 differences found, 130 Ctrl-C; exec: the command's, or 125 when the proxy could not start.
Data goes to stdout, all else to stderr. With --json an error is {"error": {code, message,
hint}} on stdout. Every flag is also a variable: --no-color is AUTHWRIGHT_NO_COLOR.\
"""

root = Authwright(
    "authwright",
    params=everywhere(root=True),
    help="Authenticate any HTTP client's requests: a local proxy that adds the credentials your rules name.",
    epilog=_EPILOG,
    no_args_is_help=True,
    subcommand_metavar="VERB ...",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


def run(arguments: Sequence[str]) -> int:
    """Run a verb; its exit code. Only click's own ``SystemExit`` gets past this."""
    as_json = wants_json(arguments)
    try:
        return int(root.main(args=list(arguments), prog_name="authwright", standalone_mode=False) or 0)
    except (click.Abort, KeyboardInterrupt):
        return CTRL_C
    except Exception as error:  # noqa: BLE001 - whatever it is, people see a sentence
        return report(error, as_json)


def wants_json(arguments: Sequence[str]) -> bool:
    """Say whether a program reads the errors. Under ``exec`` stdout is the child's, and words after it may be too."""
    ours = list(arguments)
    verb = next((word for word in ours if word in VERBS), "")
    if verb == "exec":
        return False
    if "--" in ours:
        ours = ours[: ours.index("--")]
    return "--json" in ours or os.environ.get("AUTHWRIGHT_JSON", "").lower() in ("1", "true", "yes", "on")
