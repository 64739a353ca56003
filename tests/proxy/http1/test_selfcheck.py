"""mitmproxy is as the layer needs it, name by name; where it is not, its own layer serves."""

import pytest
from tests.proxy import running as proxy_setup

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
