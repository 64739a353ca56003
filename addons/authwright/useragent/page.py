"""The pages that a person sees in the browser after signing in. They hold no secret, and run only the script below.

The Content Security Policy (W3C CSP 3) names the one style and the one script by their digests. So no other script could run,
even if a text were not escaped.
"""

from __future__ import annotations

import base64
import hashlib
import html
from typing import Final, NamedTuple

_STYLE: Final = """
:root { color-scheme: light dark; --page: #f4f5f7; --card: #fff; --text: #1d2330; --quiet: #5b6475; --edge: #e3e6eb;
  --good: #12805c; --bad: #b3371f }
@media (prefers-color-scheme: dark) { :root { --page: #14171d; --card: #1d222b; --text: #eef1f6; --quiet: #a3adbd;
  --edge: #2d3440; --good: #3fc795; --bad: #ff8a70 } }
* { box-sizing: border-box }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1.5rem; background: var(--page);
  color: var(--text); font: 1.0625rem/1.55 system-ui, "Segoe UI", Roboto, "Helvetica Neue", sans-serif }
main { width: 100%; max-width: 29rem; padding: 2.75rem 2.5rem 2rem; text-align: center; background: var(--card);
  border: 1px solid var(--edge); border-radius: 1rem; box-shadow: 0 1px 2px #0000000a, 0 8px 30px #0000000d }
svg { width: 3.75rem; height: 3.75rem; color: var(--good) }
.bad svg { color: var(--bad) }
h1 { margin: 1.1rem 0 .75rem; font-size: 1.5rem; line-height: 1.25; letter-spacing: -.01em }
p { margin: 0 0 .75rem; overflow-wrap: anywhere; text-wrap: balance }
.next { color: var(--quiet) }
footer { margin-top: 1.75rem; padding-top: 1rem; border-top: 1px solid var(--edge); color: var(--quiet); font-size: .85rem }
"""

_SCRIPT: Final = """
const answer = location.hash.slice(1);
history.replaceState(null, "", location.pathname);
if (answer) fetch(location.pathname, {method: "POST", body: new URLSearchParams(answer)})
  .then(reply => reply.ok ? location.replace(location.pathname) : reply.text().then(refused));
else refused();
function refused() {
  document.title = document.querySelector("h1").textContent = "Not signed in";
  document.querySelector("p").textContent = "The answer of the authorization server was empty, or belongs to another sign-in.";
}
"""

_TICK: Final = '<path d="M7 12.5l3.5 3.5L17 9"/>'
_CROSS: Final = '<path d="M8.5 8.5l7 7m0-7l-7 7"/>'
_DOTS: Final = '<path d="M8 12h.01M12 12h.01M16 12h.01"/>'


class Page(NamedTuple):
    """A status, header fields and a body."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


_POLICY: Final = f"default-src 'none'; style-src {_digest(_STYLE)}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_HEADERS: Final = (
    ("Cache-Control", "no-store"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
)


def signed_in(name: str) -> Page:
    """The credential *name* has its token."""
    text = f"<p>authwright has a token for <b>{html.escape(name)}</b> now.</p>"
    return _page(200, "Signed in", _TICK, f"{text}<p class=next>You can close this tab and go back to your terminal.</p>")


def not_signed_in(sentence: str) -> Page:
    """The sign-in failed; *sentence* says why."""
    last = "<p class=next>You can close this tab; the terminal says what to do.</p>"
    return _page(200, "Not signed in", _CROSS, f"<p>{html.escape(sentence)}</p>{last}", kind="bad")


def refused(status: int, sentence: str) -> Page:
    """The page for a request that is not the expected redirect."""
    return _page(status, "Refused", _CROSS, f"<p>{html.escape(sentence)}</p>", kind="bad")


def relay() -> Page:
    """Posts the fragment to us, since browsers do not send fragments (OAuth 2.0 implicit grant, RFC 6749 section 4.2)."""
    text = "<p>One moment…</p><noscript><p>This way of signing in needs JavaScript.</p></noscript>"
    policy = f"{_POLICY}; script-src {_digest(_SCRIPT)}; connect-src 'self'"
    return _page(200, "Signing in", _DOTS, text, script=f"<script>{_SCRIPT}</script>", policy=policy)


def see_other(location: str) -> Page:
    """Redirects to a URL without the response's parameters, so that no history keeps them."""
    return Page(303, (*_HEADERS, ("Location", location)))


def done() -> Page:
    """An empty answer, for the script that posted the fragment."""
    return Page(204, _HEADERS)


def _page(status: int, title: str, icon: str, text: str, *, kind: str = "", script: str = "", policy: str = _POLICY) -> Page:
    body = f"""\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} · authwright</title>
<style>{_STYLE}</style>
</head>
<body>
<main class="{kind}">
<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round" \
aria-hidden="true"><circle cx="12" cy="12" r="10"/>{icon}</svg>
<h1>{title}</h1>
{text}
<footer>authwright, on this machine</footer>
</main>
{script}
</body>
</html>
"""
    return Page(
        status, (*_HEADERS, ("Content-Type", "text/html; charset=utf-8"), ("Content-Security-Policy", policy)), body.encode()
    )
