"""``authwright schema``."""

from __future__ import annotations

from ..verb import Everywhere, verb


@verb(
    "schema",
    epilog="""\b
Editors check and complete the file when its first line names the schema:
  authwright schema > authwright.schema.json
  # yaml-language-server: $schema=authwright.schema.json""",
)
def command(common: Everywhere) -> None:  # noqa: ARG001 - a verb's signature
    """Print the JSON Schema of authwright.yaml."""
    from ...config.schema import schema
    from ..output import print_json

    print_json(schema(), indent=2)
