"""A host pattern is a set of hosts, compared by label."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authwright.rules.hosts import HostPattern, MatchSyntaxError


@pytest.mark.parametrize(
    ("pattern", "host", "fits"),
    [
        ("box.com", "box.com", True),
        ("BOX.com.", "box.com", True),
        ("box.com", "www.box.com", False),
        ("box.com", "evil-box.com", False),
        ("box.com", "box.com.evil.com", False),
        ("*.box.com", "api.box.com", True),
        ("*.box.com", "box.com", False),
        ("*.box.com", "a.b.box.com", False),
        ("*.box.com", "evil-box.com", False),
        ("*.box.com", ".box.com", True),
        ("**.box.com", "api.box.com", True),
        ("**.box.com", "a.b.box.com", True),
        ("**.box.com", "box.com", False),
        ("**.box.com", "evilbox.com", False),
        ("bücher.example", "xn--bcher-kva.example", True),
        ("*.bücher.example", "www.xn--bcher-kva.example", True),
        ("[::1]", "::1", True),
        ("::1", "::1", True),
        ("2130706433", "127.0.0.1", True),
    ],
)
def test_it_fits_by_label(pattern, host, fits):
    assert HostPattern.parse(pattern).matches(host) is fits


@pytest.mark.parametrize(
    "text",
    [
        "",
        "*",
        "**",
        "*.",
        "*box.com",
        "a.*.com",
        "***.box.com",
        "*.*.com",
        "*.127.0.0.1",
        "https://a.example",
        "a.example/x",
        "a.example:80",
        "a b",
    ],
)
def test_what_is_no_pattern_is_refused_with_a_hint(text):
    with pytest.raises(MatchSyntaxError) as caught:
        HostPattern.parse(text)
    assert caught.value.hint


PATTERNS = st.builds("".join, st.tuples(st.sampled_from(["", "*.", "**."]), st.sampled_from(["a.b", "b", "x.a.b", "ab.b"]))).map(
    HostPattern.parse
)
HOSTS = st.lists(st.sampled_from(["a", "b", "x", "ab"]), min_size=1, max_size=5).map(".".join)


@given(PATTERNS, PATTERNS, HOSTS)
def test_what_covers_another_fits_all_its_hosts(wide, narrow, host):
    if wide.covers(narrow) and narrow.matches(host):
        assert wide.matches(host)
