"""What a scheme keeps, it finds again for the same rule, principal and origin, and for nothing else."""

import pytest
from tests.ambients import NOON, Clock

from authwright.engine.memory import Memory
from authwright.origin import Origin
from authwright.rules.match import Match
from authwright.rules.rule import Rule
from authwright.schemes.basic import Basic
from authwright.secret import Secret

API = Origin("https", "api.example.com", 443)
ALICE = Basic(username="alice", password=Secret("wonderland"))


def rule(name="api", location="f.yaml:3"):
    return Rule(name, location, Match.build(host=["api.example.com"]), None)


def test_the_same_rule_principal_and_origin_find_what_was_kept():
    memory = Memory(Clock())
    kept = memory.of(rule(), ALICE, API, "dev").recall(lambda: ["nonce"])
    assert memory.of(rule(), Basic(username="alice", password=Secret("wonderland")), API, "dev").recall(list) is kept


@pytest.mark.parametrize(
    "other",
    [
        (rule("admin"), ALICE, API, "dev"),
        (rule(location="f.yaml:9"), ALICE, API, "dev"),
        (rule(), Basic(username="alice", password=Secret("changed")), API, "dev"),
        (rule(), ALICE, Origin("https", "api.example.com", 8443), "dev"),
        (rule(), ALICE, API, "prod"),
    ],
    ids=["another rule", "another place", "another password", "another port", "another environment"],
)
def test_anything_else_begins_anew(other):
    memory = Memory(Clock())
    memory.of(rule(), ALICE, API, "dev").recall(lambda: ["nonce"])
    assert memory.of(*other).recall(list) == []


def test_time_and_chance_are_handed_on():
    ambient = Memory(Clock()).of(rule(), ALICE, API, "dev")
    assert (ambient.now(), ambient.nonce()) == (NOON, "n0nce")
