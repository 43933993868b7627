"""Warning rules of one's own are checked before use: every complaint with its line, the tests inside run."""

from __future__ import annotations

import pytest

from rentalwatch.errors import InvalidInputError
from rentalwatch.rulebooks import check, load, read
from rentalwatch.rulebooks.adoption import adoption

GOOD = """\
name: mine
title: mine
zone: Asia/Shanghai
grounds: {}
warning:
  rules:
    cards:
      title: many cards
      title_zh: 门禁卡多
      when: monotone
      all: [{feature: often_run, at_least: 3}]
      only: any
      score: 0.4
      origin: practice
      tests:
        - {given: {often_run: 3}, alert: true}
        - {given: {often_run: 1}, alert: false}
  combined:
    weights:
      cards: 0.4
    threshold: 0.6
    days: {cards: 2}
    origin: assumed
    tests:
      - {given: {cards: 2}, alert: false}
"""

WRONG: dict[str, tuple[str, str, str, str]] = {  # what is replaced, by what, the line it is told at, what
    "a figure that nobody measures": ("often_run, at", "seldom_run, at", "seldom_run", "no figure 'seldom"),
    "two comparisons": ("at_least: 3}]", "at_least: 3, less_than: 9}]", "less_than", "exactly one of"),
    "no comparison": ("often_run, at_least: 3}]", "often_run}]", "often_run}]", "exactly one of"),
    "no number": ("at_least: 3}]", "at_least: .nan}]", ".nan", "finite number"),
    "no condition": ("[{feature: often_run, at_least: 3}]", "[]", "all: []", "at least 1"),
    "what can unfire while the day runs": ("at_least: 3}]", "at_most: 3}]", "at_most", "only grow"),
    "what is known only when the day is over": (
        "often_run, at_least: 3}]", "gas_to_peers, at_least: 3}]", "gas_to_peers", "judge it at day_closed"),
    "a relapse of homes that were never put right": (
        "only: any", "relapse: true\n      only: any", "only: any", "homes under watch"),
    "a rule that was never seen silent": (
        "        - {given: {often_run: 1}, alert: false}\n", "", "tests:", "one in which it does not"),
    "a test that gives what nobody measures": (
        "{often_run: 3}, alert", "{often: 3}, alert", "{often: 3}", "no figure 'often'"),
    "a test that comes out otherwise": (
        "{often_run: 3}, alert", "{often_run: 2}, alert", "{often_run: 2}",
        "given often_run 2 it wants an alert, and there is none"),
    "a test in which it fires after all": (
        "{often_run: 1}, alert", "{often_run: 8}, alert", "{often_run: 8}",
        "given often_run 8 it wants no alert, and there is one"),
    "the name of the combined score": ("    cards:\n", "    combined:\n", "    combined:", "is the name of"),
    "a name with a blank": ("    cards:\n", "    my cards:\n", "    my cards:", "match pattern"),
    "a weight of a rule that there is not": (
        "cards: 0.4", "cards: 0.4\n      keys: 0.4", "keys: 0.4", "no rule 'keys'"),
    "a weight that is certain": ("cards: 0.4", "cards: 1", "cards: 1", "less than 1"),
    "what is kept no longer": (
        "threshold: 0.6", "threshold: 0.6\n    within_days: 90", "within_days", "less than or equal to 28"),
    "more days than it looks back": (
        "days: {cards: 2}", "within_days: 7\n    days: {cards: 9}", "cards: 9", "looks back"),
    "days of what has no weight": ("days: {cards: 2}", "days: {keys: 2}", "days: {keys", "has no weight"),
    "a test of what has no weight": ("given: {cards: 2}", "given: {keys: 2}", "keys: 2", "has no weight"),
    "a combined score that fires in its test after all": (
        "threshold: 0.6", "threshold: 0.3", "given: {cards: 2}", "wants no alert, and there is one"),
    "a level that there is not": ("score: 0.4", "score: 0.4\n      level: mayor", "level: mayor", "Input"),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "where", "what"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_with_a_rule_is_told_with_its_line(old: str, new: str, where: str, what: str) -> None:
    assert GOOD.count(old) == 1
    text = GOOD.replace(old, new)

    book, complaints = check(text)

    assert book is None
    line = next(n for n, said in enumerate(text.splitlines(), start=1) if where in said)
    assert [c.line for c in complaints if what in c.what] == [line]


def test_a_good_rule_is_taken_and_keeps_its_version_wherever_it_stands() -> None:
    book, complaints = check(GOOD)

    assert complaints == []
    assert book is not None
    assert book.warning.versions["cards"] == read("# a remark\n" + GOOD)[0].warning.versions["cards"]


def test_a_rulebook_whose_rules_fail_their_own_tests_is_not_adopted() -> None:
    failing = GOOD.replace("{often_run: 3}, alert", "{often_run: 2}, alert")

    with pytest.raises(InvalidInputError, match=r"line 16: .*it wants an alert") as refused:
        adoption(failing, 2026)

    assert refused.value.code == "RW-RULEBOOK"
    assert adoption(GOOD, 2026)["text"] == GOOD


def test_a_district_takes_over_the_citys_rules_and_changes_one() -> None:
    city = load("shanghai")[0].warning

    district = read(
        "extends: shanghai\nname: mine\nwarning: {rules: {complaints: {level: squad}}, combined: null}\n"
    )[0].warning

    changed = {name for name, version in district.versions.items() if city.versions[name] != version}
    assert changed == {"complaints"}
    assert district.combined is None


READING: dict[str, tuple[str, str]] = {  # a test with readings → what is told at its line
    "a card that passes often enough": (
        "{readings: [{signal: gate_pass, a_day: 11, days: 3}], alert: true}", ""),
    "a card that passes too seldom": (
        "{readings: [{signal: gate_pass, a_day: 11, days: 2}], alert: true}",
        "given 2 days of gate_pass it wants an alert, and there is none"),
    "different cards that pass as often": (
        "{readings: [{signal: gate_pass, cards: 11, days: 3}], alert: true}", "and there is none"),
    "neither figures nor readings": ("{alert: true}", "neither figures nor readings"),
    "a figure that comes of readings": (
        "{readings: [{signal: gate_pass}], given: {often_run: 3}, alert: true}", "comes of readings"),
    "readings of what there is not": ("{readings: [{signal: parcels}], alert: true}", "Input should be"),
}  # fmt: skip


@pytest.mark.parametrize(("test", "what"), READING.values(), ids=READING)
def test_a_rule_may_be_tried_with_readings_from_the_gate_to_the_alert(test: str, what: str) -> None:
    text = GOOD.replace("{given: {often_run: 3}, alert: true}", test)

    book, complaints = check(text)

    assert (book is None) == bool(what)
    assert [c.line for c in complaints if what in c.what] == ([16] if what else [])
