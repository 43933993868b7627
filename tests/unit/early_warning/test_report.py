"""The report to the city: what it says, and what it must leave out."""

from __future__ import annotations

from uuid import UUID

from projections.alerts import AlertRow
from rentalwatch.domain.alerts import OBSERVATIONS
from rentalwatch.domain.instants import FOREVER, micros
from rentalwatch.domain.judgement import Alert
from rentalwatch.early_warning.reporting import SEEN, report
from tests.unit.domain.story import moment

AT = micros(moment("2026-03-01 09:12"))
NUMBER = str(UUID(int=7))
ALERT = Alert(
    NUMBER, "alert", "complaints_30d", "3f1c", AT, AT, "manager", "", FOREVER, "unhandled", 0, "signal", AT,
    1, 0, 0, AT, "", 0, "complaints_30d=3>2",
)  # fmt: skip
ROW = AlertRow("dwelling-1", "梅园 12号302室", "sh/pudong/e7/", "Asia/Shanghai", ALERT)


def test_every_observation_can_be_put_into_the_report() -> None:
    assert set(SEEN) == set(OBSERVATIONS)
    assert all(all(words) for words in SEEN.values())


def test_it_says_where_when_and_what_was_seen_in_both_languages() -> None:
    said = report(ROW, AT, "beds_seen", "M-03", "沪房市场〔2025〕179号")
    for text in said:
        for part in ("梅园 12号302室", "2026-03-01 09:12", "M-03", NUMBER, "沪房市场〔2025〕179号"):
            assert part in text
    assert SEEN["beds_seen"][0] in said.en
    assert SEEN["beds_seen"][1] in said.zh


def test_it_names_neither_the_rule_nor_that_anybody_complained() -> None:
    said = report(ROW, AT, "", "", "")
    for text in said:
        assert "complaint" not in text
        assert "投诉" not in text
        assert ALERT.rule not in text
