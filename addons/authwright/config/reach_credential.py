"""The reach of one credential: its secret sources, the servers that it asks, and the values that it sends to a rule's hosts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from ..schemes import SCHEMES
from .fields import Field, Spec, Text, Variants, spec_of
from .nodes import Mapping, Node, Scalar, Sequence
from .reach_lines import Fact, host_of, shown_url
from .reach_values import View

_BESIDE: Final = ("type", "hosts", "extends", "grant")
_IDENTIFIERS: Final = frozenset(
    ("audience", "resource", "scope", "claims", "realm", "base_url", "client_id", "subject", "extra", "form", "json", "header")
)
"""Parameters whose values may look like URLs, and that no flow sends a request to."""
_ORIGINS: Final = ("token_endpoint", "issuer", "authorization_endpoint", "api", "url")
_LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")
_UNNAMED: Final = "the server that its file names"


@dataclass(frozen=True, slots=True)
class Reached:
    """The reach of a credential, apart from the hosts that rules send it to.

    Args:
        always: the facts that hold for every use.
        to_hosts: what goes to the hosts.
    """

    always: tuple[Fact, ...]
    to_hosts: tuple[str, ...]

    def at(self, hosts: Iterable[str]) -> Iterator[Fact]:
        """The facts that hold where the credential goes to *hosts*."""
        for host in hosts:
            yield Fact("authenticates requests to", host)
            yield from (Fact(f"sends {label} to", host) for label in self.to_hosts)


def reached(view: View, node: Mapping, other: Callable[[str], Mapping | None]) -> Reached:
    """The reach of the credential in *node*.

    Args:
        view: the values of the environment.
        node: its parameters, with those of the credential that it extends.
        other: gives the credential of a name.
    """
    kind = view.text(node.get("type"))
    fields, of_scheme = _fields(view, node, kind)
    endpoints = _endpoints(view, node, kind, fields)
    places = tuple(dict.fromkeys(map(host_of, endpoints)))
    always: list[Fact] = [Fact("asks", endpoint) for endpoint in endpoints]
    to_hosts: list[str] = []
    for key, value in node.entries:
        if key.text in _BESIDE:
            continue
        is_file = _is_file(fields.get(key.text))
        always += view.reading(value, files=is_file)
        labels = view.labels(value, files=is_file)
        if kind != "oauth2" or key.text in of_scheme:
            to_hosts += labels
        if kind == "oauth2" and key.text not in of_scheme:
            always += (Fact(f"sends {label} to", place) for label in labels for place in places or (_UNNAMED,))
        elif places:
            always += (Fact(f"sends {label} to", place) for label in labels for place in places)
    always += _redirected(view, node)
    always += _taken_over(view, node, other, places)
    return Reached(tuple(always), (*to_hosts, *_at_hand(view, node, kind)))


def _fields(view: View, node: Mapping, kind: str) -> tuple[dict[str, Field], frozenset[str]]:
    """The parameters that the credential may have; and those that concern the request itself."""
    scheme = SCHEMES.get(kind)
    if scheme is None:
        return {}, frozenset()
    spec = spec_of(scheme)
    word = view.text(node.get("grant")) if spec.variants is not None else ""
    return dict(spec.chosen(word if _is_variant(spec, word) else None)), frozenset(spec.fields)


def _is_variant(spec: Spec, word: str) -> bool:
    return spec.variants is not None and isinstance(spec.variants.kind, Variants) and word in spec.variants.kind.specs


def _is_file(field: Field | None) -> bool:
    return field is not None and isinstance(field.kind, Text) and (field.kind.file or field.kind.contents)


def _endpoints(view: View, node: Mapping, kind: str, fields: dict[str, Field]) -> tuple[str, ...]:
    """The URLs that the credential's flows ask, each once."""
    usual = [
        str(field.default)
        for key, field in fields.items()
        if node.get(key) is None and isinstance(field.default, str) and field.default.startswith("https://")
    ]
    found = [*_urls(view, node, kind), *usual]
    return tuple(dict.fromkeys(map(shown_url, found)))


def _urls(view: View, node: Node | None, kind: str, key: str = "") -> Iterator[str]:
    match node:
        case Mapping(entries=entries):
            for name, value in entries:
                if name.text not in _IDENTIFIERS and name.text not in (*_BESIDE, "redirect_uri"):
                    yield from _urls(view, value, kind, name.text)
        case Sequence(items=items):
            for item in items:
                yield from _urls(view, item, kind, key)
        case Scalar():
            text = view.text(node)
            named = key.endswith("endpoint") or key in ("url", "api") or (key == "issuer" and kind == "oauth2")
            if text and (named or text.lower().startswith(("https://", "http://"))):
                yield text


def _redirected(view: View, node: Mapping) -> Iterator[Fact]:
    """The address where a sign-in ends, when that is not this machine."""
    target = view.text(node.get("redirect_uri"))
    if target.lower().startswith(("https://", "http://")) and host_of(target) not in _LOOPBACK:
        yield Fact("lets sign-ins end at", shown_url(target))


def _taken_over(view: View, node: Mapping, other: Callable[[str], Mapping | None], places: tuple[str, ...]) -> Iterator[Fact]:
    """The token of another credential, which this one hands to its own servers."""
    source = other(view.text(node.get("source_credential")))
    if source is not None:
        yield from (Fact(f"sends {_token_of(view, source)} to", place) for place in places or (_UNNAMED,))


def _at_hand(view: View, node: Mapping, kind: str) -> Iterator[str]:
    """The values that go to the hosts beside the secret sources: a token, or keys and tickets that the user has at hand."""
    match kind:
        case "oauth2":
            yield _token_of(view, node)
        case "aws_sigv4" if profile := view.text(node.get("profile")):
            yield f"signatures by the AWS keys of profile {profile}"
        case "aws_sigv4" if node.get("access_key_id") is None:
            yield "signatures by your AWS keys"
        case "ntlm" if node.get("username") is None:
            yield "your Kerberos ticket"


def _token_of(view: View, node: Mapping) -> str:
    urls = (view.text(node.get(key)) for key in _ORIGINS)
    origin = next((shown_url(url) for url in urls if url), "")
    return f"a token of {origin}" if origin else "a token"
