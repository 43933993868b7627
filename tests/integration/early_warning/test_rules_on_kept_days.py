"""Rules tried on kept days, and what an alert rests on: from readings in a file to what is shown."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from projections import follow
from rentalwatch.early_warning.ingest import ingest
from rentalwatch.early_warning.kept import closed_days, grounds_of, of_other_versions
from rentalwatch.early_warning.tables import DAY_COUNTS
from rentalwatch.early_warning.trial import Trial, trial
from rentalwatch.rulebooks.warnings import warnings_of
from tests.integration.early_warning.watched_estate import (
    AREA,
    DAY,
    HOUR,
    MONDAY,
    Pass,
    Warned,
    home,
    passes,
    registered,
    warned,
)
from tests.integration.projections.estates import an_office

FIRST = 20_458
"""The Monday of the readings in local days since 1970-01-01."""

RULES = """\
rules:
  many_cards:
    title: many cards
    title_zh: 门禁卡多
    when: monotone
    all: [{{feature: distinct_cards_7d, more_than: {more_than}}}]
    score: 0.5
    origin: test
    tests:
      - {{given: {{distinct_cards_7d: 99}}, alert: true}}
      - {{given: {{distinct_cards_7d: 0}}, alert: false}}
"""


def busy(days: int = 5) -> list[bytes]:
    """Home 0: one card eleven times a day; home 1: seven cards; home 2: one card; then a pass that closes."""
    sent = []
    for day in range(days):
        begin = MONDAY + day * DAY
        sent += [Pass(0, begin + n * HOUR, 1) for n in range(11)]
        sent += [Pass(1, begin + n * HOUR, 10 + n) for n in range(7)]
        sent.append(Pass(2, begin, 30))
    return [passes(sent), passes([Pass(3, MONDAY + 20 * DAY, 31)])]


@pytest.fixture
def it(tmp_path: Path) -> Iterator[Warned]:
    """An estate whose readings came in; home 1 was confirmed a week later, in home 0 nothing was found."""
    folder = registered(tmp_path / "data")
    with an_office(folder) as office:
        for number, what in ((0, "nothing"), (1, "partition")):
            office.told(
                "inspection", "2026-01-20T10:00", dwelling=home(number), inspection_id=what, access="full"
            )
        office.told(
            "confirmation", "2026-01-20T11:00", dwelling=home(1), inspection_id=what, findings=["partition/1"]
        )
        follow.catch_up(office.ledger, office.engine)
    with warned(folder) as opened:
        file = tmp_path / "s.ndjson"
        file.write_bytes(b"".join(record + b"\n" for record in busy()))
        ingest(opened.ledger, opened.models, opened.signals, str(file), opened.rules())
        yield opened


def tried(it: Warned, rules: str, area: str = AREA) -> Trial:
    with it.models.connect() as models, it.signals.connect() as signals:
        return trial(models, signals, warnings_of(rules, "f"), (FIRST, FIRST + 6), area=area, horizon_days=60)


def test_a_rule_is_tried_on_kept_days_as_it_would_be_judged_live(it: Warned) -> None:
    found = tried(it, RULES.format(more_than=4))

    (rule, together) = found.rules
    assert (found.homes, found.days) == (6, 7)
    assert (rule.rule, rule.alerts, rule.visits, rule.unlooked) == ("many_cards", 2, 1, 0)
    assert (rule.found, rule.missed, rule.visits_a_find, rule.recall) == (1, 0, 1, 1)
    assert (together.rule, together.visits) == ("", 1)
    (visit,) = [v for v in found.visits if v.rule]
    assert visit.dwelling == it.ledger.stream_of(home(1))
    cheaper = tried(it, RULES.format(more_than=0)).rules[0]
    assert (cheaper.visits, cheaper.found, cheaper.false, cheaper.unlooked) == (3, 1, 1, 1)
    assert tried(it, RULES.format(more_than=7)).rules == []
    assert tried(it, RULES.format(more_than=4), "sh/minhang/").homes == 0


def test_the_shipped_rules_raise_on_kept_days_what_they_raised_live(it: Warned) -> None:
    live = {(e.rule, e.rule_version) for e in it.alerts().values()}

    text = "extends: shanghai\nname: mine\n"
    alone = {name for name, rule in warnings_of(text, "f").rules.items() if rule.alone}

    found = {(t.rule, t.version) for t in tried(it, text).rules if t.rule in alone}
    assert live == found
    assert {rule for rule, _ in live} == {"same_card_often"}


def test_days_that_another_version_computed_are_left_out_and_counted(it: Warned) -> None:
    with it.signals.begin() as signals:
        signals.execute(DAY_COUNTS.update().where(DAY_COUNTS.c.day == FIRST).values(evaluator=0))

    with it.signals.connect() as signals:
        days = [rows.day for rows in closed_days(signals, FIRST, FIRST + 6)]
        assert days == [FIRST + n for n in range(1, 7)]
        assert of_other_versions(signals, FIRST, FIRST + 6) == 1


def test_an_alert_rests_on_the_figures_of_its_day(it: Warned) -> None:
    alert = min(it.alerts().items(), key=lambda raised: raised[1].happened_at)[0]

    with it.signals.connect() as signals:
        grounds = grounds_of(signals, alert)
        nothing = grounds_of(signals, "00000000-0000-0000-0000-000000000000")

    assert grounds is not None
    assert (grounds.day, grounds.figures["often_run"]) == (FIRST + 2, 3)
    assert nothing is None
