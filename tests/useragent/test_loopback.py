"""The redirect URI's port: bound on this machine alone, before anybody is sent away."""

import socket

import pytest

from authwright.errors import AuthwrightError
from authwright.useragent.loopback import bind, is_loopback


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("http://127.0.0.1/callback", True),
        ("http://localhost:8400", True),
        ("http://[::1]:8400/", True),
        ("http://127.0.0.2/callback", False),
        ("https://127.0.0.1/callback", False),
        ("https://oauth.pstmn.io/v1/callback", False),
        ("http://127.0.0.1.evil.example/", False),
        ("com.example.app:/callback", False),
    ],
)
def test_only_this_machines_own_addresses_are_listened_at(uri, expected):
    assert is_loopback(uri) is expected


@pytest.mark.parametrize(
    ("uri", "path"),
    [("http://127.0.0.1/callback", "/callback"), ("http://127.0.0.1:0/callback", "/callback"), ("http://127.0.0.1", "/")],
)
def test_a_uri_without_a_port_gets_a_free_one(uri, path):
    bound = bind(uri)
    try:
        address, port = bound.sockets[0].getsockname()
        assert (address, bound.authority, bound.path) == ("127.0.0.1", f"127.0.0.1:{port}", path)
        assert bound.redirect_uri == f"http://127.0.0.1:{port}" + ("/callback" if path != "/" else "")
    finally:
        for each in bound.sockets:
            each.close()


def test_localhost_is_taken_at_every_address_it_may_have():
    bound = bind("http://localhost/cb")
    try:
        assert bound.sockets[0].getsockname()[0] == "127.0.0.1"
        assert {each.getsockname()[1] for each in bound.sockets} == {int(bound.authority.partition(":")[2])}
        if socket.has_ipv6 and len(bound.sockets) == 2:
            assert bound.sockets[1].getsockname()[0] == "::1"
    finally:
        for each in bound.sockets:
            each.close()


def test_a_port_that_is_taken_is_named_with_what_to_do():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(AuthwrightError, match=f"The port {port} of redirect_uri is in use") as caught:
            bind(f"http://127.0.0.1:{port}/callback")
    assert caught.value.code == "redirect_port"
    assert "leave the port out" in caught.value.hint
