"""Authwright: a local forward proxy that authenticates any HTTP client's requests.

Two calls are the library, and touch no network:

>>> rules = authwright.load("authwright.yaml", environment="dev")
>>> authwright.explain(rules, "GET", "https://api.example.com/orders").request.headers
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .config import load
    from .engine.dryrun import Explanation, explain

__version__ = "0.1.0"
__all__ = ["Explanation", "__version__", "explain", "load"]


def __getattr__(name: str) -> Any:
    """Import the two calls when they are first used: ``--help`` must not wait for them."""
    if name in ("Explanation", "explain"):
        from .engine import dryrun

        return getattr(dryrun, name)
    if name == "load":
        from .config import load

        return load
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
