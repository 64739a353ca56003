"""Rules and groups of rules become one list, in which a group's children stand before the group."""

import pytest

from authwright.config import inspect

SECRET = "{type: bearer, token: '${env:HOME}'}"


def compiled(rules):
    """Each rule's name and whether it has a credential; the code and line of each error."""
    found, problems = inspect("version: 1\nrules:\n" + rules)
    errors = [(one.code, one.line) for one in problems if one.severity == "error"]
    return [(rule.name, rule.credential is not None) for rule in found.rules] if found else None, errors


def test_children_stand_before_their_group():
    rules = (
        f"  - name: outer\n    match: a.example\n    auth: {SECRET}\n    rules:\n"
        "      - {name: inner, match: {path: /a}, auth: none}\n      - {match: {path: /b}, auth: inherit}\n"
    )
    assert compiled(rules) == ([("inner", False), ("outer.rules[1]", True), ("outer", True)], [])


def test_a_rule_without_a_name_is_called_by_its_match_or_its_place():
    rules = "  - {match: a.example, auth: none}\n  - {match: {host: b.example}, auth: none}\n"
    assert compiled(rules) == ([("a.example", False), ("rules[1]", False)], [])


@pytest.mark.parametrize(
    ("rules", "errors"),
    [
        ("  {a: b}\n", [("wrong_type", 3)]),
        ("  - text\n", [("wrong_type", 3)]),
        ("  - {match: a.example}\n", [("missing_key", 3)]),
        ("  - {match: a.example, auth: inherit}\n", [("nothing_to_inherit", 3)]),
        ("  - {match: a.example, auth: [none]}\n", [("wrong_type", 3)]),
        ("  - {match: a.example, auth: none, host: b.example}\n", [("unknown_key", 3)]),
        (f"  - {{match: {{path: /a}}, auth: {SECRET}}}\n", [("host_missing", 3)]),
        ("  - {name: a, match: a.example, auth: none}\n  - {name: a, match: b.example, auth: none}\n", [("duplicate_name", 4)]),
        ("  - {match: a.example, auth: none, on_existing: perhaps}\n", [("wrong_value", 3)]),
    ],
)
def test_a_mistake_is_noted_in_its_line(rules, errors):
    assert compiled(rules) == (None, errors)


@pytest.mark.parametrize(("depth", "codes"), [(16, []), (17, ["too_deep"])])
def test_groups_lie_sixteen_deep_at_most(depth, codes):
    text = "{match: {path: /a}, auth: none}"
    for _ in range(depth):
        text = "{match: a.example, rules: [" + text + "]}"
    assert [code for code, _ in compiled(f"  - {text}\n")[1]] == codes
