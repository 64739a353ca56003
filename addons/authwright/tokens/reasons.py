"""The sentences that say why a sign-in does not serve, though one was made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..errors import InteractionRequired
from ..rules.binding import Binding
from ..rules.hosts import HostPattern
from .store import Label, Record


def other_hosts(binding: Binding, needed: Iterable[HostPattern]) -> InteractionRequired:
    """The error for a token that is needed at hosts to which it is not bound."""
    made_for = listed(map(str, binding.hosts)) or "no host"
    new = listed(map(str, binding.lacking(needed)))
    return InteractionRequired(f"The sign-in was made for {made_for}, and {new} is new: someone must sign in for it, too.")


def other_trust(hint: str = "") -> InteractionRequired:
    """The error for a token that was obtained under another trust."""
    return InteractionRequired(
        "settings.upstream_ca trusts a certificate that it did not trust when the sign-in was made: someone must sign in again.",
        hint=hint,
    )


def earlier_version(hint: str = "") -> InteractionRequired:
    """The error for a token without a binding."""
    return InteractionRequired(
        "The sign-in was made by an earlier version of authwright, which did not keep the hosts that a token is for: "
        "someone must sign in again.",
        hint=hint,
    )


def changed(records: Iterable[Record], label: Label, parameters: Mapping[str, str]) -> InteractionRequired | None:
    """The error for a credential whose settings were edited since its sign-in; ``None`` when there was no sign-in.

    Args:
        records: every record.
        label: the credential.
        parameters: a digest of each parameter that obtains its token now.
    """
    wanted = label.credential, label.environment
    theirs = [record for record in records if (record.label.credential, record.label.environment) == wanted]
    if not theirs:
        return None
    names = min((differing(record.parameters, parameters) for record in theirs), key=len)
    known = any(record.parameters for record in theirs)
    if not names or not known:
        return earlier_version()
    has = "has" if len(names) == 1 else "have"
    return InteractionRequired(f"{listed(names)} {has} changed since the sign-in: nobody has signed in with that yet.")


def differing(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """The names of the parameters that are not the same."""
    return sorted(name for name in {*before, *now} if before.get(name) != now.get(name))


def listed(words: Iterable[str]) -> str:
    """*words* as a list within a sentence, shortened after the first few."""
    first, few = [*words], 4
    shown = first if len(first) <= few else [*first[: few - 1], f"{len(first) - few + 1} more"]
    return shown[0] if len(shown) == 1 else " and ".join((", ".join(shown[:-1]), shown[-1])) if shown else ""
