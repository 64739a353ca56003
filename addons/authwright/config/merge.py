"""Merges ``authwright.local.yaml`` over ``authwright.yaml``.

Mappings merge key by key, at any depth. The overlay's rules come before the file's own, so that they win. The overlay replaces
all else. Each node keeps its mark, so a problem points into its own file.
"""

from __future__ import annotations

from .nodes import Mapping, Node, Sequence


def merged(base: Mapping, over: Mapping) -> Mapping:
    """*base* with *over* merged on top."""
    entries = [(key, _laid(key.text, node, over.get(key.text))) for key, node in base.entries]
    added = [entry for entry in over.entries if base.get(entry[0].text) is None]
    return Mapping((*entries, *added), base.mark, base.length)


def _laid(key: str, node: Node, over: Node | None) -> Node:
    if over is None:
        return node
    if isinstance(node, Mapping) and isinstance(over, Mapping) and over.get("type") is None:
        return merged(node, over)
    if key == "rules" and isinstance(node, Sequence) and isinstance(over, Sequence):
        return Sequence((*over.items, *node.items), over.mark, over.length)
    return over
