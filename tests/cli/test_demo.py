"""The demonstration: it is its own check, so what is tested is that it can fail and leaves nothing behind."""

import json
import re


def test_everything_is_as_expected_and_fits_a_screen(authwright, tmp_path):
    done = authwright("demo")
    lines = done.stdout.splitlines()
    assert (done.returncode, done.stderr) == (0, "")
    assert "11 of 11 as expected." in done.stdout
    assert len(lines) <= 40
    assert max(map(len, lines)) <= 100
    assert list(tmp_path.iterdir()) == []


def test_only_milliseconds_differ_from_one_time_to_the_next(authwright):
    first, second = (re.sub(r"\d+ ms", "N ms", authwright("demo").stdout) for _ in range(2))
    assert first == second


def test_with_json_each_request_is_an_object(authwright):
    results = json.loads(authwright("demo", "--json").stdout)
    assert {result["ok"] for result in results} == {True}
    assert [result["status"] for result in results] == [401, 200, 200, 200, 200, 200, 200, 200, 200, 421, 403]
