"""mitmproxy is as the layer needs it, name by name; where it is not, its own layer serves."""

import ast
import re
from pathlib import Path

import pytest
from tests.proxy import running as proxy_setup

import authwright
from authwright.proxy.http1 import selfcheck

NAMES = [(place, name) for place, names in selfcheck.RELIED_ON for name in names.split()]


@pytest.mark.parametrize(("place", "name"), NAMES, ids=[f"{place.__name__}.{name}" for place, name in NAMES])
def test_mitmproxy_has(place, name):
    assert hasattr(place, name)


async def test_where_a_name_is_missing_requests_are_served_all_the_same(tmp_path, monkeypatch):
    monkeypatch.setattr(selfcheck, "RELIED_ON", ((selfcheck, "gone_tomorrow"),))
    async with proxy_setup.origin() as there, proxy_setup.proxy([proxy_setup.rule("127.0.0.1")], tmp_path) as running:
        host = f"127.0.0.1:{there.port}"
        answer = await running.send(f"GET http://{host}/ HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
    assert (proxy_setup.status(answer), there.received.count(proxy_setup.CANARY.encode())) == (200, 1)
    assert [sentence for sentence in running.notices if "gone_tomorrow" in sentence]


PACKAGE = Path(authwright.__file__).parent
PRIVATE = re.compile(r"mitmproxy\.proxy\.layers\.http\._")


def imported_by(file):
    """The modules that *file* imports, by their whole names."""
    here = ("authwright", *file.relative_to(PACKAGE).with_suffix("").parts)
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(here[: len(here) - node.level]) if node.level else ""
            module = ".".join(filter(None, (base, node.module)))
            yield from (module, *(f"{module}.{alias.name}" for alias in node.names))


def reached_from(*starts):
    """Every file of the package that is imported from *starts*, directly or through others."""
    waiting, seen = [*starts], set()
    while waiting:
        file = waiting.pop()
        if file in seen:
            continue
        seen.add(file)
        for name in imported_by(file):
            place = PACKAGE.parent.joinpath(*name.split("."))
            waiting += [each for each in (place.with_suffix(".py"), place / "__init__.py") if each.is_file()]
    return seen


def test_our_layer_reaches_none_of_mitmproxys_private_http_modules():
    own = set((PACKAGE / "proxy" / "http1").glob("*.py"))
    files = reached_from(*own)
    assert PACKAGE / "proxy" / "guard.py" in files
    assert [(file.name, name) for file in files for name in imported_by(file) if PRIVATE.match(name)] == []
    assert not [file for file in files if "stock" in file.parts or "server" in file.relative_to(PACKAGE).parts]


def test_the_stock_carrier_is_seen_to_reach_them():
    files = reached_from(*(PACKAGE / "proxy" / "stock").glob("*.py"))
    assert any(PRIVATE.match(name) for file in files for name in imported_by(file))
