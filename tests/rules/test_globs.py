"""Globs fit what they say, and cannot be made slow."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authwright.rules.globs import path_glob, text_glob


@pytest.mark.parametrize(
    ("glob", "path", "fits"),
    [
        ("/health", "/health", True),
        ("/health", "/health/", False),
        ("/docs/**", "/docs", True),
        ("/docs/**", "/docs/", True),
        ("/docs/**", "/docs/a/b", True),
        ("/docs/**", "/docsx", False),
        ("/**", "/", True),
        ("/**", "/a/b", True),
        ("**", "/a", True),
        ("/*", "/a", True),
        ("/*", "/", True),
        ("/*", "/a/b", False),
        ("/v*/users/*", "/v2/users/7", True),
        ("/v*/users/*", "/v2/x/users/7", False),
        ("/a/**/z", "/a/b/c/z", True),
        ("/a/**/z", "/a/z", False),
        ("/**/a/*", "/x/a/y/a/z", True),
        ("*b", "/", False),
        ("/*b", "/abab", True),
        ("/*.json", "/a.json.json", True),
        ("/a.c", "/abc", False),
        ("/a+(b)", "/a+(b)", True),
        ("/a*b/**", "/abab/x", True),
        ("/x/*.v/**", "/x/1.v.v/y", True),
        ("/**.js", "/x/y.min.js", True),
    ],
)
def test_a_path_fits(glob, path, fits):
    assert bool(path_glob(glob)(path)) is fits


@pytest.mark.parametrize(
    ("glob", "value", "fits"),
    [
        ("application/*", "application/json", True),
        ("*", "", True),
        ("a*b*c", "a/b\nbc", True),
        ("abc", "ABC", False),
        ("*a", "ab", False),
    ],
)
def test_a_value_fits(glob, value, fits):
    assert bool(text_glob(glob)(value)) is fits


def naive(glob, text):
    """What the two stars mean, as a definition."""
    if not glob:
        return not text
    if glob.startswith("**"):
        return any(naive(glob[2:], text[i:]) for i in range(len(text) + 1))
    if glob.startswith("*"):
        run = next((i for i, c in enumerate(text) if c == "/"), len(text))
        return any(naive(glob[1:], text[i:]) for i in range(run + 1))
    return text[:1] == glob[0] and naive(glob[1:], text[1:])


@given(st.text("/ab*", max_size=9), st.text("/ab", max_size=9))
def test_a_path_glob_is_its_definition(glob, path):
    expected = naive(glob, path)
    if glob.endswith("/**"):
        expected = naive(glob[:-3], path) or naive(glob[:-3] + "/**", path)
    assert bool(path_glob(glob)(path)) is bool(expected)


@pytest.mark.timeout(10)
@pytest.mark.parametrize("glob", ["/" + "*a" * 30, "/" + "**a" * 30, "/" + "**/*a" * 15 + "/b"])
def test_a_hostile_pattern_ends(glob):
    assert not path_glob(glob)("/" + "a" * 2000 + "!")
