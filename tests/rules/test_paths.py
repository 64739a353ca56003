"""A path as a server may read it."""

import pytest

from authwright.rules.paths import normalise


@pytest.mark.parametrize(
    ("raw", "normal"),
    [
        ("/", "/"),
        ("/a/b", "/a/b"),
        ("/a/", "/a/"),
        ("/public/../admin", "/admin"),
        ("/public/%2e%2e/admin", "/admin"),
        ("/public/.%2E/admin", "/admin"),
        ("/public%2F..%2Fadmin", "/admin"),
        ("/public/..;/admin", "/admin"),
        ("/public/..;x=1/admin", "/admin"),
        ("/public\\..\\admin", "/admin"),
        ("/public%5c..%5cadmin", "/admin"),
        ("//admin", "/admin"),
        ("/a//b", "/a/b"),
        ("/./a/./b/.", "/a/b/"),
        ("/a/..", "/"),
        ("/../../x", "/x"),
        ("/%61dmin", "/admin"),
        ("/%252e%252e/a", "/%2e%2e/a"),
        ("/a;v=1/b", "/a/b"),
        ("/...", "/..."),
    ],
)
def test_it_is_normalised(raw, normal):
    assert normalise(raw) == normal
