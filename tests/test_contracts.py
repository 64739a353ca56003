"""The import contracts of pyproject.toml name every unit of the package, so that a new one cannot stand outside them."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "addons" / "authwright"
CONTRACTS = {
    each["name"]: each for each in tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
}


def units(folder):
    """The packages and modules that stand in *folder*."""
    packages = {path.name for path in folder.iterdir() if (path / "__init__.py").is_file()}
    return packages | {path.stem for path in folder.glob("*.py") if path.name != "__init__.py"}


def named(contract):
    return {name for layer in CONTRACTS[contract]["layers"] for name in re.split(r"\s*[|:]\s*", layer)}


@pytest.mark.parametrize(
    ("contract", "folder"),
    [
        ("A floor imports only from floors below it", PACKAGE),
        ("Inside the proxy: the server over the two carriers over what both share", PACKAGE / "proxy"),
    ],
)
def test_every_unit_has_a_floor(contract, folder):
    assert named(contract) == units(folder)


def test_every_unit_but_the_proxy_is_kept_from_mitmproxy():
    listed = CONTRACTS["mitmproxy is known to the proxy room alone"]["source_modules"]
    assert sorted(listed) == sorted(f"authwright.{name}" for name in units(PACKAGE) - {"proxy"})
