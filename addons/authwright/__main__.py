"""``python -m authwright``."""

from .cli import main

main()
