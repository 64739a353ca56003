"""``authwright demo``: its scenes are played, and told line by line."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path
from typing import Final

from ..error_codes import FAILED
from .colour import Paint, coloured, painter
from .demo_scenes import Result, play
from .output import notice, print_json
from .verb import Everywhere

_NEXT: Final = """\
Now yours:
  authwright init                                     writes a commented authwright.yaml
  authwright exec -- curl https://api.example.com/    any command, authenticated by your rules
"""


def demonstrate(common: Everywhere) -> int:
    """Play the demo in a folder that is thrown away; the exit code, which says whether all was as expected."""
    with tempfile.TemporaryDirectory(prefix="authwright-demo-") as folder:
        results = asyncio.run(play(Path(folder)))
    good = all(result.ok for result in results)
    if common.json:
        print_json([result.to_json() for result in results], indent=2)
    else:
        _show(results, painter(coloured(common, sys.stdout)))
        if not good:
            notice("the lines marked ! were not as expected")
    return 0 if good else FAILED


def _show(results: list[Result], paint: Paint) -> None:
    print("An authorization server, an API, somebody else's server and the proxy, all on 127.0.0.1.")
    section = ""
    for result in results:
        if result.section != section:
            section = result.section
            print("\n" + paint("1", section))
        print(_line(result, paint))
    good = sum(result.ok for result in results)
    print(f"\n{good} of {len(results)} as expected. No client knew a secret; they were hidden above, too.\n\n{_NEXT}", end="")


def _line(result: Result, paint: Paint) -> str:
    mark = " " if result.ok else "!"
    status = paint("32" if result.status < 400 else "33", str(result.status))
    about = f"{result.sent:<30}  {result.about}" if result.sent else result.about
    return f"{mark} {result.request:<24} {status}  {result.rule or '-':<8} {about}".rstrip()
