import pytest

from authwright.config.problems import Mark, count, problem, render, suggest, to_json
from authwright.errors import Problem
from authwright.secret import HIDDEN
from authwright.terminal import visible

LINES = ["version: 1", "auth: {type: bearer, tokn: hunter22}"]


def test_a_problem_is_a_sentence_a_line_a_caret_and_a_hint():
    one = problem(Mark("a.yaml", 2, 22), "unknown_key", "`tokn` is unknown", hint="did you mean `token`?", length=4, lines=LINES)

    assert render([one]) == (
        "a.yaml:2:22: error[unknown_key] `tokn` is unknown\n"
        "  auth: {type: bearer, tokn: hunter22}\n"
        "                       ^^^^\n"
        "  hint: did you mean `token`?\n"
        "\n"
        "1 error\n"
    )


def test_problems_stand_in_the_order_of_the_files_and_once():
    marks = [Mark("b", 1, 1), Mark("a", 10, 1), Mark("a", 2, 5), Mark("a", 2, 1), Mark("a", 2, 1)]
    told = render([problem(mark, "c", "m", severity="warning" if mark.file == "b" else "error") for mark in marks])

    assert told == "a:2:1: error[c] m\n\na:2:5: error[c] m\n\na:10:1: error[c] m\n\nb:1:1: warning[c] m\n\n3 errors, 1 warning\n"


def test_no_problems_are_no_text():
    assert render([]) == ""
    assert count([]) == "no problems"


def test_colours_are_used_when_wanted():
    one = problem(Mark("a", 1, 1), "c", "m", lines=LINES)

    assert "\x1b[1;31merror[c]\x1b[0m" in render([one], colour=True)
    assert "\x1b" not in render([one])


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b]0;x\x07", "\\x1b]0;x\\x07"),
        ("a\u202eb", "a\\u202eb"),
        ("a\u200bb", "a\\u200bb"),
        ("\x9b2J", "\\x9b2J"),
        ("a\nb", "a\\nb"),
        ("\U000e0001", "\\U000e0001"),
        ("ü名", "ü名"),
    ],
)
def test_nothing_that_steers_a_terminal_is_shown_as_it_is(text, shown):
    assert visible(text) == shown
    told = render([Problem(text, 1, 1, "c", text, hint=text, source_line=text)])
    assert told.count(shown) == 4


@pytest.mark.parametrize(
    ("secret", "written"),
    [
        ("hunter22", "hunter22"),
        ("it's me", "'it''s me'"),
        ('say "x" now', '"say \\"x\\" now"'),
        ("abc", "abc"),
        ("first-line\nsecond-line", "second-line"),
    ],
)
@pytest.mark.parametrize("column", [1, 9, 12])
def test_a_secret_is_masked_in_its_line_and_the_caret_stays_where_it_belongs(secret, written, column):
    line = f"{{other: {written}, key: 1}}"
    target = line.index("key") + 1
    one = problem(Mark("a", 1, target), "c", "m", length=3, lines=[line], hide=(secret,))

    assert all(piece not in one.source_line for piece in secret.split("\n"))
    assert HIDDEN in one.source_line
    assert one.source_line[one.source_column - 1 :][:3] == "key"
    assert (one.line, one.column) == (1, target)
    assert secret not in problem(Mark("a", 1, column), "c", "m", length=4, lines=[line], hide=(secret,)).source_line


def test_a_secret_is_masked_in_message_and_hint_too():
    one = problem(Mark("a", 1, 1), "c", "bad hunter22", hint="not hunter22", hide=("hunter22",))

    assert (one.message, one.hint) == (f"bad {HIDDEN}", f"not {HIDDEN}")


def test_a_short_secret_garbles_no_other_words():
    one = problem(Mark("a", 1, 1), "c", "a sentence", lines=["a: a bag"], hide=("a",))

    assert (one.message, one.source_line) == ("a sentence", f"{HIDDEN}: {HIDDEN} bag")


def test_the_marked_text_can_be_the_secret_itself():
    one = problem(Mark("a", 2, 28), "plain_secret", "m", length=8, lines=LINES, hidden=True)

    assert render([one]).splitlines()[1:3] == [f"  auth: {{type: bearer, tokn: {HIDDEN}}}", " " * 29 + "^" * len(HIDDEN)]


@pytest.mark.parametrize("column", [1, 50, 2500, 4990])
def test_a_long_line_is_cut_around_its_column(column):
    line = "".join(f"{number:05d}" for number in range(1000))
    one = problem(Mark("a", 1, column), "c", "m", length=5, lines=[line])

    assert len(one.source_line) <= 101
    assert one.source_line[one.source_column - 1 :][:5] == line[column - 1 :][:5]


def test_a_mark_outside_the_lines_shows_none():
    assert render([problem(Mark("a", 9, 1), "c", "m", lines=LINES)]) == "a:9:1: error[c] m\n\n1 error\n"


def test_programs_get_the_same_in_the_same_order():
    problems = [problem(Mark("a", line, 1), "c", "m", hint="h") for line in (2, 1)]

    assert to_json(problems) == [
        {"file": "a", "line": line, "column": 1, "length": 1, "severity": "error", "code": "c", "message": "m", "hint": "h"}
        for line in (1, 2)
    ]


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("token_endpont", "did you mean `token_endpoint`?"),
        ("Token-Endpoint", "did you mean `token_endpoint`?"),
        ("scopes", "did you mean `scope`?"),
        ("xyz", ""),
    ],
)
def test_a_word_close_to_a_known_one_is_suggested(word, hint):
    assert suggest(word, ["token_endpoint", "scope", "client_id"]) == hint
