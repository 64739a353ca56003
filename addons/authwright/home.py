"""The folder of all state: the token store, the proxy's own CA, its logs."""

from __future__ import annotations

import os
from pathlib import Path


def home_dir() -> Path:
    """The folder of the token store, the proxy's own CA and its logs: ``AUTHWRIGHT_HOME``, else the platform's."""
    if home := os.environ.get("AUTHWRIGHT_HOME"):
        return Path(home).expanduser().absolute()
    import platformdirs  # 20 ms that most starts need not wait for

    return Path(platformdirs.user_data_dir("authwright", appauthor=False))
