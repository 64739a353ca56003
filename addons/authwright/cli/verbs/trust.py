"""``authwright trust``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ...error_codes import CONFIGURATION, FAILED
from ...terminal import visible
from ..output import print_json, say
from ..verb import Everywhere, verb

if TYPE_CHECKING:
    from ...config.consent import Consents


@verb(
    "trust",
    epilog="""\b
Examples:
  authwright trust                  what the configuration found here reaches; asks for your consent
  authwright trust --yes            consents without asking, in a script
  authwright trust --list           what you have consented to""",
)
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--yes", is_flag=True, help="Consent without being asked.")
@click.option("--list", "listing", is_flag=True, help="List the configurations that you have consented to.")
@click.option("--revoke", is_flag=True, help="Take your consent back.")
def command(common: Everywhere, file: Path | None, yes: bool, listing: bool, revoke: bool) -> int:
    """Show what a configuration that was found may reach, and consent to it. FILE is the one found from here upward.

    A configuration in a folder that you got from elsewhere decides where your secrets go. So run, exec, explain, token,
    refresh and login use one that they found only after you have consented to its reach: secret sources and the hosts they
    go to, commands, files, servers that are asked for tokens, settings that open something up. An edit that adds none of
    these needs no new consent. No secret is read for this.

    Without a terminal and without --yes the reach is printed, nothing is consented to, and the exit code is 3.
    With --json: {file, trusted, reach, new}; --list: [{file, reach}]; --revoke: {file, revoked}.
    """
    from ..trusting import consents

    if yes + listing + revoke > 1:
        raise click.UsageError("--yes, --list and --revoke are three different things.", click.get_current_context())
    if listing:
        return _list(common, consents())
    if revoke:
        return _revoke(common, consents(), _path(common, file))
    return _trust(common, consents(), _path(common, file), yes=yes)


def _path(common: Everywhere, file: Path | None) -> Path:
    from dataclasses import replace

    from ..configuration import find_file

    return find_file(replace(common, config=file or common.config)).absolute()


def _trust(common: Everywhere, kept: Consents, path: Path, *, yes: bool) -> int:
    from ...config import reach_at
    from ...config.consent import command_for
    from ..trusting import asked, may_ask, told

    facts = reach_at(path)
    allowed = kept.lines(path)
    new = tuple(fact for fact in facts if fact.line not in (allowed or ()))
    trusted = allowed is not None and not new
    if not (common.json or (common.quiet and yes)):
        print("\n".join(told(path, facts, new, known=allowed is not None, most=10_000)), flush=True)
    asks = not (trusted or yes) and may_ask(common) and sys.stdout.isatty()
    agreed = yes or trusted or (asks and asked("Do you allow that?"))
    if agreed:
        kept.allow(path, facts)
    if common.json:
        lines = {"reach": [fact.line for fact in facts], "new": [fact.line for fact in new]}
        print_json({"file": str(path), "trusted": agreed, **lines}, indent=2)
    elif agreed and not common.quiet:
        say("You have consented to that." if not trusted else "You have consented to that before.")
    elif not agreed and not asks:
        say(f"Nothing was consented to.\n  hint: {command_for(path)} --yes")
    return 0 if agreed else FAILED if asks else CONFIGURATION


def _list(common: Everywhere, kept: Consents) -> int:
    every = kept.every()
    if common.json:
        print_json([{"file": str(one.path), "reach": list(one.lines)} for one in every], indent=2)
        return 0
    for one in every:
        print(visible(f"{one.path}{'' if one.path.exists() else ' (is gone)'}"))
        for line in one.lines if common.verbose else ():
            print(visible(f"  {line}"))
    if not (every or common.quiet):
        say("You have consented to no configuration.")
    return 0


def _revoke(common: Everywhere, kept: Consents, path: Path) -> int:
    gone = kept.revoke(path)
    if common.json:
        print_json({"file": str(path), "revoked": gone})
    elif not common.quiet:
        say(f"{path} is no longer trusted." if gone else f"You had not consented to {path}.")
    return 0
