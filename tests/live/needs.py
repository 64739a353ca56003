"""What the live tests need beside Python, and the sentence that says what is missing."""

import os
import shutil
from pathlib import Path

CACHE = Path(__file__).with_name(".cache")
PROGRAMS = ("apache2", "htpasswd", "curl", "git", "node")
MODULES = ("oidc-provider", "undici", "https-proxy-agent")


def program(name):
    """Where *name* is; Debian keeps servers out of an ordinary user's PATH."""
    return shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")


def missing():
    """One sentence with the command that installs what is missing; empty when all is there."""
    names = [name for name in PROGRAMS if not program(name)]
    names += [f"npm's {name}" for name in MODULES if not (CACHE / "node_modules" / name).is_dir()]
    return f"The live tests need {', '.join(names)}: .ci/setup installs them." if names else ""
