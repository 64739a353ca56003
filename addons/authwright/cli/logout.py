"""``authwright logout``: stored tokens forgotten here, and ended at their server where that is asked for."""

from __future__ import annotations

from .output import print_json, say
from .stored_tokens import forget, matching, stored
from .verb import Everywhere


def forget_tokens(common: Everywhere, name: str | None, *, revoke: bool) -> None:
    """Forget the stored tokens of the credential *name*, or all of them.

    Args:
        common: the flags that stand everywhere.
        name: the credential's; ``None`` for every credential.
        revoke: whether the server ends them first (RFC 7009); a token that it does not end is kept.

    Raises:
        NotFound: tokens are stored, and none of that name.
        AuthwrightError: a server cannot be asked, or refused.
    """
    chosen = matching(stored(), name, common.env)
    if revoke and chosen:
        from ..grants import revocation
        from .authorization_server import ask

        ask(common, chosen, revocation.revoke)
    gone = forget(chosen) if chosen else 0
    if common.json:
        print_json({"forgotten": gone})
    elif not common.quiet:
        say(f"{gone} token{'s' * (gone != 1)} forgotten." if gone else "There was no such token.")
