"""``authwright completion SHELL``."""

from __future__ import annotations

import click

from ..verb import Everywhere, verb


@verb(
    "completion",
    epilog="""\b
Put it to use:
  bash  eval "$(authwright completion bash)"                in ~/.bashrc
  zsh   eval "$(authwright completion zsh)"                 in ~/.zshrc
  fish  authwright completion fish | source                 in ~/.config/fish/config.fish""",
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(common: Everywhere, shell: str) -> None:  # noqa: ARG001 - a verb's signature
    """Print the script that completes verbs, flags and names in SHELL."""
    from click.shell_completion import get_completion_class

    from ..entry import root

    kind = get_completion_class(shell)
    assert kind is not None
    print(kind(root, {}, "authwright", "_AUTHWRIGHT_COMPLETE").source())
