"""A sublandlord's own stream: who it is, from where it left, with whom it is one."""

from __future__ import annotations

from typing import Any

from hypothesis import given as drawn
from hypothesis import strategies as st

from rentalwatch.domain import events as ev
from rentalwatch.domain.facts import Fact
from rentalwatch.domain.folds.sublandlord import Exit, Sublandlord, SublandlordMerge
from rentalwatch.domain.instants import FOREVER
from rentalwatch.domain.judge import Running, judge
from rentalwatch.domain.judgement import Judgement
from tests.unit.domain.story import Said, given, record_id, retracted, say, us


def identified(when: str = "2025-01-02", **more: Any) -> Said:
    return say(ev.SublandlordIdentified, when, **{"party": "S-1", "basis": "lease", **more})


def left(when: str, *homes: str, area: str = "", **more: Any) -> Said:
    return say(ev.SublandlordExited, when, manner="declared", dwellings=homes, area=area, **more)


def merged(when: str, into: str = "S-2", record: str = "merge") -> Said:
    return say(ev.SublandlordsMerged, when, into=into, reason="one lease", record=record)


def undone(when: str, record: str = "merge") -> Said:
    return say(ev.MergeUndone, when, merge=record_id(record), reason="two brothers")


def judged(*told: Said) -> Judgement:
    return judge(given(*told), of="sublandlord")


def test_an_exit_is_a_row_for_each_home_that_it_names_and_one_for_an_area():
    rows = judged(identified(), left("2025-02-01", "A", "B", "A"), left("2025-03-01", area="sh/a/")).at(
        FOREVER, Exit
    )

    assert [(r.dwelling, r.area) for r in rows] == [("A", ""), ("B", ""), ("", "sh/a/")]
    assert rows[0].record == rows[1].record != rows[2].record


def test_an_exit_that_names_nothing_is_from_everywhere_and_one_retracted_never_was():
    everywhere = left("2025-02-01", record="slip")

    assert [(r.dwelling, r.area) for r in judged(identified(), everywhere).at(FOREVER, Exit)] == [("", "")]
    assert judged(identified(), everywhere, retracted("slip", recorded="2025-02-02")).of(Exit) == []


def test_a_merge_holds_until_it_is_undone_and_of_two_the_last():
    twice = judged(identified(), merged("2025-02-01"), merged("2025-03-01", "S-3", "second"))
    again = judged(
        identified(),
        merged("2025-02-01"),
        merged("2025-03-01", "S-3", "second"),
        undone("2025-04-01", "second"),
    )

    assert [m.into for m in twice.at(FOREVER, SublandlordMerge)] == ["S-3"]
    assert [m.into for m in again.at(FOREVER, SublandlordMerge)] == ["S-2"]
    assert (
        judged(identified(), merged("2025-02-01"), undone("2025-03-01")).at(FOREVER, SublandlordMerge) == []
    )


def test_what_was_never_merged_cannot_be_undone():
    assert [i.code for i in judged(identified(), undone("2025-03-01")).irregular] == ["refers-to-nothing"]


_TOLD = [
    *(identified(f"2025-01-0{d}", party_kind=k) for d in (2, 3) for k in ("individual", "company")),
    *(
        left(f"2025-01-0{d}", *h, area=a)
        for d in (2, 5)
        for h in ((), ("A",), ("A", "B"))
        for a in ("", "sh/")
    ),
    *(merged(f"2025-01-0{d}", into, f"{into}{d}") for d in (3, 4) for into in ("S-2", "S-3")),
    *(undone(f"2025-01-0{d}", m) for d in (4, 6) for m in ("S-23", "S-34", "never")),
]


@drawn(st.lists(st.sampled_from(_TOLD), min_size=1, max_size=12), st.randoms(use_true_random=False))
def test_any_order_of_arrival_gives_the_same_judgement(told: list[Said], chance: Any):
    facts: list[Fact] = given(*dict.fromkeys(told))
    mixed = chance.sample(facts, len(facts))
    running = Running(of="sublandlord")
    for fact in mixed:
        running.add([fact])

    assert sorted(running.spans(), key=repr) == sorted(judge(facts, of="sublandlord").spans, key=repr)
    assert len(judge(facts, of="sublandlord").at(us("2025-01-07"), Sublandlord)) <= 1
