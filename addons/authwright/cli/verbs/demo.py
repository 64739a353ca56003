"""``authwright demo``: servers, the proxy and a client that knows nothing of authentication, all on loopback."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from ..failure import FAILED
from ..terminal import Paint, coloured, painter
from ..verb import Everywhere, verb

if TYPE_CHECKING:
    from ..demo_scenes import Result

_NEXT = """\
Now yours:
  authwright init                                     writes a commented authwright.yaml
  authwright exec -- curl https://api.example.com/    any command, authenticated by your rules
"""


@verb("demo")
def command(common: Everywhere) -> int:
    """Show it all on loopback: an authorization server, an API, the proxy, real requests, and what was injected.

    Needs no configuration and no network, and leaves nothing behind. The exit code is 0 when everything was as expected.
    With --json: a list of {section, request, rule, type, sent, about, status, expected, ok}.
    """
    import asyncio
    import tempfile
    from pathlib import Path

    from ..demo_scenes import play

    with tempfile.TemporaryDirectory(prefix="authwright-demo-") as folder:
        results = asyncio.run(play(Path(folder)))
    good = all(result.ok for result in results)
    if common.json:
        print(json.dumps([result.to_json() for result in results], indent=2, ensure_ascii=False))
    else:
        _show(results, painter(coloured(common, sys.stdout)))
        if not good:
            print("authwright: the lines marked ! were not as expected", file=sys.stderr)
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
