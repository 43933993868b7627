"""Facts that go from one file to another count there as they counted where they were, and nowhere twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from rentalwatch.domain import events as ev
from rentalwatch.domain.facts import Axis, Fact, standing
from rentalwatch.domain.instants import DAY, instant
from rentalwatch.domain.judge import Running
from rentalwatch.domain.judge import judge as judge_all
from rentalwatch.domain.judgement import Judgement, Name
from rentalwatch.domain.marks import LateEntry, Mark
from rentalwatch.domain.moves import POINTS_AT, of_records, taken_over, together
from tests.unit.domain.lives import FIRST_DAY, lives

repeatable = settings(derandomize=True, database=None, deadline=None, max_examples=40)
axes = st.sampled_from(["ledger", "source"])
shuffles = st.randoms(use_true_random=False)

HERE, THERE = "dwelling-here", "dwelling-there"
MERGE, TAKEN, UNDO, BACK, GIVEN, SPLIT = (UUID(int=2**120 + n) for n in range(6))
LATER = (FIRST_DAY + timedelta(days=200)).timestamp() * 1_000_000


def judge(home: Iterable[Fact], axis: Axis = "ledger") -> Judgement:
    """The judgement of a home; that it was merged and what else it is called stands beside it."""
    judged = judge_all(home, axis)
    return judged._replace(
        spans=[s for s in judged.spans if not _is_beside(s.row)],
        # a note stands in the tests where particulars of the other file are said not to hold
        irregular=tuple(i for i in judged.irregular if i.code != "after-deregistration"),
    )


def _is_beside(row: object) -> bool:
    late_particulars = isinstance(row, LateEntry) and row.what in ("DwellingCorrected", "NoteRecorded")
    return late_particulars or isinstance(row, Name) or (isinstance(row, Mark) and row.kind == "moved")


def another(home: list[Fact], nth: int = 1) -> list[Fact]:
    """The same life of another home, under records of its own."""

    def told(event: ev.Event) -> ev.Event:
        named = {name: getattr(event, name, None) for name in ("record_id", *POINTS_AT)}
        changed = {name: UUID(int=r.int ^ nth * 2**100) for name, r in named.items() if r is not None}
        return event.model_copy(update=changed)

    return [
        Fact(told(f.event), version=f.version, position=f.position, recorded_at=f.recorded_at) for f in home
    ]


def stored(home: list[Fact], *events: ev.Event, days: int) -> list[Fact]:
    """The file with events recorded at the end of it, in one commit, days after the lives have ended."""
    first = home[-1].version + 1 if home else 1
    return home + [
        Fact(event, version=n, position=n, recorded_at=int(LATER) + days * DAY)
        for n, event in enumerate(events, start=first)
    ]


def act(cls: type[ev.Event], record: UUID, **fields: object) -> ev.Event:
    return cls(record_id=record, happened_at=FIRST_DAY, reason="because", **fields)


def merged(here: list[Fact], there: list[Fact]) -> tuple[list[Fact], list[Fact]]:
    """Both files once what is `here` went `there`."""
    taken = taken_over(here, HERE, TAKEN)
    return stored(here, act(ev.DwellingsMerged, MERGE, into=THERE), days=1), stored(there, *taken, days=1)


def undone(here: list[Fact], there: list[Fact]) -> tuple[list[Fact], list[Fact]]:
    """Both files once that is undone; what was recorded of it meanwhile goes along."""
    moved = {f.event.record_id for f in there if f.stored_as == TAKEN}
    going = together(there, moved)
    later = taken_over(of_records(there, going - moved), THERE, BACK)
    gives = act(ev.MergeUndone, GIVEN, merge=MERGE, back_to=HERE, records=tuple(sorted(going)))
    return stored(here, act(ev.MergeUndone, UNDO, merge=MERGE), *later, days=3), stored(there, gives, days=3)


def without_particulars(home: Iterable[Fact]) -> list[Fact]:
    """What a file says but for what it is called and where it lies."""
    return [
        Fact(
            ev.NoteRecorded(code="x", **{n: getattr(f.event, n) for n in ev.Event.model_fields})
            if f.event.PARTICULARS
            else f.event,
            version=f.version,
            position=f.position,
            recorded_at=f.recorded_at,
        )
        for f in home
    ]


@repeatable
@for_all(one=lives(), two=lives(), axis=axes, shuffled=shuffles)
def test_a_merged_file_is_judged_as_if_all_had_been_recorded_in_it(one, two, axis: Axis, shuffled):
    here = another(one)
    closed, whole = merged(here, two)
    shuffled.shuffle(whole)
    assert judge(whole, axis) == judge(without_particulars(here) + two, axis)
    assert judge(closed, axis).spans == []


@repeatable
@for_all(one=lives(), two=lives(), axis=axes, share=st.integers(0, 9))
def test_what_was_known_before_the_merge_stays_visible(one, two, axis: Axis, share):
    here = another(one)
    before = sorted(here, key=lambda f: f.known_to_source)[: 1 + share * len(here) // 10]
    known_at = before[-1].known_to_source + 1 if axis == "source" else int(LATER)

    def known(file: list[Fact]) -> list[Fact]:
        return [f for f in file if (f.known_to_source if axis == "source" else f.recorded_at) < known_at]

    closed, whole = merged(here, two)
    assert judge(known(closed), axis) == judge(known(here), axis)
    assert judge(known(whole), axis) == judge(known(two), axis)


@repeatable
@for_all(one=lives(), two=lives(), axis=axes)
def test_an_undone_merge_leaves_both_files_judged_as_before(one, two, axis: Axis):
    here = another(one)
    closed, whole = undone(*merged(here, two))
    assert judge(closed, axis) == judge(here, axis)
    assert judge(whole, axis) == judge(two, axis)


@repeatable
@for_all(one=lives(), two=lives(), axis=axes, nth=st.integers(0, 30), kept=st.booleans())
def test_what_was_corrected_while_they_were_one_is_corrected_afterwards(one, two, axis: Axis, nth, kept):
    # given a record of the closed file that is retracted or replaced in the other
    here = another(one)
    target = here[nth % len(here)].event
    record = UUID(int=2**121)
    if kept:
        replaced = ev.NoteRecorded(record_id=record, index=1, happened_at=target.happened_at, code="y")
        acts = [act(ev.RecordCorrected, record, target=target.record_id), replaced]
    else:
        acts = [act(ev.RecordRetracted, record, target=target.record_id)]
    closed, whole = merged(here, two)
    # when the merge is undone
    after, left = undone(closed, stored(whole, *acts, days=2))
    # then it is judged as if that had been recorded where the record lies, and the other file as if never
    assert judge(after, axis) == judge(stored(here, *acts, days=2), axis)
    assert judge(left, axis) == judge(two, axis)


@repeatable
@for_all(one=lives(), two=lives(), axis=axes)
def test_merging_again_after_an_undoing_is_as_merging_once(one, two, axis: Axis):
    here = another(one)
    _, once = merged(here, two)
    closed, whole = undone(*merged(here, two))
    again = taken_over([f for f in closed if not f.event.MOVES], HERE, UUID(int=2**119))
    assert judge(stored(whole, *again, days=4), axis) == judge(once, axis)


@repeatable
@for_all(one=lives(), two=lives(), three=lives(), axis=axes)
def test_a_chain_of_merges_is_judged_as_one(one, two, three, axis: Axis):
    first, second, third = another(one), two, another(three, 2)
    _, middle = merged(first, second)
    chain = stored(third, *taken_over(middle, THERE, UUID(int=2**119)), days=2)
    one_by_one = [*without_particulars(first), *without_particulars(second), *third]
    assert judge(chain, axis) == judge(one_by_one, axis)
    origins = {f.event.moved_from.stream for f in chain if f.event.moved_from}
    assert origins == {HERE, THERE}


@repeatable
@for_all(home=lives(), axis=axes, chosen=st.sets(st.integers(1, 30), max_size=5))
def test_a_split_parts_the_facts_and_merging_back_brings_them_together(home, axis: Axis, chosen):
    registration = home[0].event.record_id
    seeds = {f.event.record_id for f in home if f.event.record_id.int in chosen}
    going = together(home, seeds)
    if not going or registration in going:
        return
    # when records go to a part
    given = of_records(home, going)
    part = stored([], *taken_over(given, HERE, TAKEN), days=1)
    rest = stored(home, act(ev.DwellingSplit, SPLIT, part=THERE, records=tuple(sorted(going))), days=1)
    # then each file is judged from its own
    assert judge(rest, axis) == judge([f for f in home if f.event.record_id not in going], axis)
    assert {f.event.record_id for f in standing(part)} == {f.event.record_id for f in standing(given)}
    # and merged back the file is judged as before
    whole = stored(rest, *taken_over(part, THERE, BACK), days=2)
    ours = [f for f in standing(whole, axis) if not f.event.MOVES]
    assert [f.order for f in ours] == [
        f.order for f in standing(home, axis) if not (f.event.PARTICULARS and f.event.record_id in going)
    ]


@repeatable
@for_all(one=lives(), two=lives(), axis=axes, sizes=st.lists(st.integers(1, 6), min_size=1))
def test_taking_facts_in_piece_by_piece_gives_the_same_judgement(one, two, axis: Axis, sizes):
    closed, whole = undone(*merged(another(one), two))
    for file in (closed, whole):
        running, left, n = Running(axis), file, 0
        while left:
            size = sizes[n % len(sizes)]
            running.add(left[:size])
            left, n = left[size:], n + 1
        assert Counter(running.spans()) == Counter(judge_all(file, axis).spans)


def test_a_correction_and_what_it_is_about_go_together():
    note = ev.NoteRecorded(record_id=UUID(int=1), happened_at=FIRST_DAY, code="x")
    home = stored([], note, act(ev.RecordRetracted, UUID(int=2), target=UUID(int=1)), days=0)
    assert together(home, [UUID(int=1)]) == together(home, [UUID(int=2)]) == {UUID(int=1), UUID(int=2)}
    assert together(home, [UUID(int=3)]) == set()
    assert instant(home[0].at) == FIRST_DAY
