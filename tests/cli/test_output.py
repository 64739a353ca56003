"""What commands print steers no terminal, whatever it quotes."""

import json

import pytest

from authwright.cli.output import notice, print_json, say

HOSTILE = "a\x1b[2J\x9b2J\u202eb"


def test_json_reads_back_and_is_escaped(capsys):
    print_json({"name": HOSTILE})
    shown = capsys.readouterr().out
    assert (json.loads(shown), shown.strip().isprintable()) == ({"name": HOSTILE}, True)


@pytest.mark.parametrize("tell", [say, notice])
def test_a_sentence_is_escaped_and_goes_to_stderr(capsys, tell):
    tell(HOSTILE)
    out, err = capsys.readouterr()
    assert (out, err.endswith("a\\x1b[2J\\x9b2J\\u202eb\n")) == ("", True)


def test_the_lines_of_a_text_stay_lines(capsys):
    say("one\ntwo\x07")
    assert capsys.readouterr().err == "one\ntwo\\x07\n"


def test_check_shows_a_hostile_name_escaped_to_people_and_programs(authwright, tmp_path):
    (tmp_path / "authwright.yaml").write_text('version: 1\n"\\e[2J\\N\\u202E": 1\n')
    for words in (("check",), ("check", "--json")):
        shown = authwright(*words).stdout
        assert shown
        assert all(line.isprintable() for line in shown.splitlines())
