"""Story (a): a 12345 ticket, ten persons in five bunk beds, the sublandlord behind an owner company, put
right in time, a penalty at the minimum of the law of the day; verified while the penalty still runs.
"""

from __future__ import annotations

from projections.case_law import beside
from projections.cases import cases, history
from rentalwatch.domain.folds.case import PenaltyCase
from tests.integration.stories.telling import Story, at

HOME, AREA = "浦东新区 12号302室", "sh/pudong/estate-7/"
FOUND = ["headcount/home"]
TICKET = {"ticket": "12345-0071", "channel": "12345"}
TWO = ["A-1", "A-2"]


def test_a_home_is_put_right_in_time_and_its_sublandlord_is_fined_at_the_minimum(story: Story) -> None:
    story.home(HOME, AREA)
    story.on("2025-03-03T09:30", "lead", HOME, **TICKET)
    story.on("2025-03-03T10:00", "dispatch", HOME, **TICKET, unit="squad-2")

    found_there = {"officers": TWO, "rooms_found": 3, "beds_found": 5, "persons_found": 10}
    story.on("2025-03-05T20:00", "inspection", HOME, inspection_id="v-1", access="full", **found_there)
    story.on("2025-03-05T20:30", "confirmation", HOME, inspection_id="v-1", findings=FOUND)
    story.on("2025-03-05T21:00", "notice", HOME, number="N-71", findings=FOUND, deadline="2025-03-12")

    story.on("2025-03-06T09:00", "answer", HOME, **TICKET, outcome="confirmed, put right by order")
    documented = {"certainty": "documented", "basis": "lease"}
    story.on("2025-03-06", "party", HOME, party="C-900", role="owner", **documented)
    story.on("2025-03-07", "sublandlord", "S-127", party="S-127", party_kind="individual", basis="lease")
    story.on("2025-03-07", "party", HOME, party="S-127", role="sublandlord", **documented)
    against = {"party": "S-127", "party_kind": "individual", "officers": TWO}
    act = {"dwelling": HOME, "ground": "headcount", "acted_on": "2025-03-05"}
    story.on("2025-03-07", "case", "P-71", number="P-71", **against, **act)

    story.on("2025-03-10", "claim", HOME, findings=FOUND)
    story.on("2025-03-12T15:00", "inspection", HOME, inspection_id="v-2", access="full", officers=TWO)
    seen = {"basis": "re_inspection", "inspection_id": "v-2"}
    story.on("2025-03-12T15:10", "verification", HOME, findings=FOUND, **seen)
    story.on("2025-03-14T10:00", "inspection", HOME, inspection_id="v-3", access="full", purpose="revisit")

    story.on("2025-03-20", "notification", "P-71", intended_rmb=10_000)
    story.on("2025-03-24", "defence", "P-71")
    assert story.overdue("2025-04-01") == []
    assert story.state(HOME, "2025-04-01") == "verified"
    assert _case(story, "2025-04-01").state == "heard"

    applied = {"regime": "R2", "tier": "at_once", "article": "第五十二条"}
    applied |= {"range_from_rmb": 10_000, "range_to_rmb": 50_000}
    story.on("2025-04-02", "decision", "P-71", number="D-71", amount_rmb=10_000, **applied)
    story.on("2025-04-08", "service", "P-71")
    case = _case(story, "2025-04-10")
    assert (case.state, case.amount, case.standing, case.irregular) == ("served", 10_000, 1, 0)
    assert story.state(HOME, "2025-04-10") == "verified"

    with story.engine.connect() as connection:
        scope = at("2025-04-10")
        (law,) = beside(connection, scope, cases(connection, scope))
        before = history(connection, at("2025-04-01"), {"S-127"})
        afterwards = history(connection, scope, {"S-127"})
    assert law.found is not None
    (only,) = law.found.candidates
    assert (only.name, only.range.least, law.codes) == ("R2", 10_000, ())
    assert before.first_offence
    assert [r.case.number for r in afterwards.standing] == ["P-71"]
    assert not afterwards.first_offence

    story.on("2025-04-20", "payment", "P-71", amount_rmb=10_000)
    assert _case(story, "2025-04-20").state == "paid"
    assert _case(story, "2025-04-20", known="2025-04-10").state == "served"


def _case(story: Story, day: str, known: str = "") -> PenaltyCase:
    with story.engine.connect() as connection:
        (row,) = cases(connection, at(day, known=known))
    return row.case
