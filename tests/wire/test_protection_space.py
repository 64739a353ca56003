"""Which challenge speaks for which path."""

from authwright.wire.protection_space import Spaces


def test_without_a_domain_a_challenge_speaks_for_the_whole_server():
    spaces = Spaces()
    spaces.keep("s", "/a/b")
    assert [spaces.at(path) for path in ("/", "/a/b", "/c/d")] == ["s", "s", "s"]


def test_the_folder_where_a_challenge_was_met_tells_realms_apart():
    spaces = Spaces()
    spaces.keep("one", "/a/x")
    spaces.keep("two", "/b/x")
    assert [spaces.at(path) for path in ("/a/y", "/b/y", "/c")] == ["one", "two", "two"]


def test_roots_bound_it():
    spaces = Spaces()
    spaces.keep("s", "/a/x", ("/a/", "/b"))
    assert [spaces.at(path) for path in ("/a/y", "/b/y", "/bc", "/c")] == ["s", "s", "s", None]


def test_a_folder_that_asks_for_nothing_is_known_too():
    spaces = Spaces()
    spaces.keep(None, "/pub/x")
    spaces.keep("s", "/x")
    assert [spaces.at(path) for path in ("/pub/y", "/priv/y")] == [None, "s"]


def test_what_is_forgotten_is_nowhere_known():
    spaces = Spaces()
    spaces.keep("s", "/a/x", ("/a/", "/b/"))
    spaces.keep("t", "/t/", ("/t/",))
    spaces.forget("s")
    assert [spaces.at(path) for path in ("/a/x", "/b/x", "/t/x")] == [None, None, "t"]


def test_a_server_cannot_make_it_grow_without_end():
    spaces = Spaces()
    for n in range(1000):
        spaces.keep(n, f"/{n}/", ())
    assert [spaces.at(f"/{n}/") is not None for n in (0, 900, 999)] == [False, False, True]
