"""What holds for every file, however it came about."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import pairwise

from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from rentalwatch.domain import events as ev
from rentalwatch.domain import judgement as rows
from rentalwatch.domain.defences import DEFENCES
from rentalwatch.domain.facts import Axis, Fact, standing
from rentalwatch.domain.instants import FOREVER, Micros
from rentalwatch.domain.judge import judge
from rentalwatch.domain.judgement import Judgement, Span
from rentalwatch.domain.marks import LateEntry, Mark
from tests.unit.domain.lives import lives

repeatable = settings(derandomize=True, database=None, deadline=None, max_examples=200)
axes = st.sampled_from(["ledger", "source"])
DUES = {"on_site": "a_due", "notice": "b1_due", "deadline": "b2_due", "verification": "b3_due"}


def instants(facts: Iterable[Fact]) -> list[Micros]:
    """Every instant at which something may differ: at each fact, and just after it."""
    return sorted({at + step for at in {f.at for f in facts} for step in (0, 1)} | {FOREVER})


def rows_at(judgement: Judgement, asked: Micros) -> Counter[tuple[str, object]]:
    held = (s.row for s in judgement.spans if s.valid_from < asked <= s.valid_to)
    return Counter((type(row).__name__, row) for row in held)


def slot(span: Span) -> tuple[object, ...]:
    match span.row:
        case rows.State() | rows.Particulars() | rows.Watch():
            return (type(span.row),)
        case rows.Round(number=number):
            return ("round", number)
        case rows.Claim(record=record):
            return ("claim", record)
        case rows.Clock(kind=kind, key=key):
            return (kind, key)
        case rows.Party(party=party, role=role):
            return ("party", party, role)
        case (
            rows.Exemption(record=record)
            | rows.Departure(record=record)
            | rows.Alert(record=record)
            | rows.RelapseCall(record=record)
        ):
            return (type(span.row), record)
        case rows.Complaint(lead=lead):
            return ("complaint", lead)
        case Mark(kind=kind, key=key):
            return ("mark", kind, key)
        case LateEntry(record=record):
            return ("late", record)
    raise AssertionError(f"a row of no known kind: {span.row!r}")


@repeatable
@for_all(home=lives(), axis=axes, shuffled=st.randoms(use_true_random=False))
def test_the_order_of_arrival_never_matters(home, axis: Axis, shuffled):
    judged = judge(home, axis)
    other = list(home)
    shuffled.shuffle(other)
    assert judge(other, axis) == judged
    assert judge(iter(other), axis) == judged


@repeatable
@for_all(home=lives(corrected=False))
def test_as_of_an_instant_nothing_that_happened_later_can_be_seen(home):
    judged = judge(home)
    for asked in instants(home):
        assert rows_at(judged, asked) == rows_at(judge(f for f in home if f.at < asked), asked)


@repeatable
@for_all(home=lives())
def test_as_of_holds_for_what_stands_after_corrections_too(home):
    """Acts of correction have no place on the axis of what happened: all that are known apply."""
    judged = judge(home)
    stands = {f.position for f in standing(home)}
    for asked in instants(home):
        upto = [f for f in home if f.at < asked or f.position not in stands]
        assert rows_at(judged, asked) == rows_at(judge(upto), asked)


@repeatable
@for_all(home=lives(), axis=axes)
def test_a_slot_holds_one_row_at_a_time_and_no_span_is_empty(home, axis: Axis):
    slots = defaultdict(list)
    for span in judge(home, axis).spans:
        assert span.valid_from < span.valid_to
        slots[slot(span)].append(span)
    for spans in slots.values():
        spans.sort()
        for earlier, later in pairwise(spans):
            assert earlier.valid_to <= later.valid_from
            assert earlier.row != later.row or earlier.valid_to < later.valid_from


@repeatable
@for_all(home=lives())
def test_from_its_first_fact_on_a_home_always_has_exactly_one_state(home):
    judged, begins = judge(home), standing(home)[0].at
    for asked in instants(home):
        assert len(judged.at(asked, rows.State)) == (asked > begins)


@repeatable
@for_all(home=lives())
def test_due_instants_are_those_of_the_clocks_that_run(home):
    judged = judge(home)
    for asked in instants(home):
        for state in judged.at(asked, rows.State):
            running = [c for c in judged.at(asked, rows.Clock) if c.outcome == "running"]
            for kind, field in DUES.items():
                dues = [c.due for c in running if c.kind == kind and state.state != "gone"]
                assert getattr(state, field) == min(dues, default=FOREVER), (kind, asked)


@repeatable
@for_all(home=lives())
def test_every_relapse_is_tagged_and_nothing_else_is(home):
    untagged = ("", "", "", -1)
    for span in judge(home).of(rows.Round):
        row = span.row
        tags = (row.caught_by, row.ground, row.operator, row.days_since)
        if row.opening == "relapse":
            assert row.caught_by in DEFENCES
            assert (row.ground in ("same", "other"), row.operator in ("same", "other", "unknown")) == (
                True,
                True,
            )
            assert row.days_since >= 0
        else:
            assert tags == untagged


@repeatable
@for_all(home=lives())
def test_rounds_claims_and_the_state_agree(home):
    judged = judge(home)
    for asked in instants(home):
        for state in judged.at(asked, rows.State):
            rounds = sorted(judged.at(asked, rows.Round))
            still_open = [r for r in rounds if r.closed_at == FOREVER]
            assert [r.number for r in rounds] == list(range(1, state.round_no + 1))
            assert len(still_open) == (state.open_findings > 0)
            assert [r.opening for r in still_open] == ([state.opening] if state.opening else [])
            pending = any(c.status == "pending" for c in judged.at(asked, rows.Claim))
            assert state.pending_findings == 0 or pending


@repeatable
@for_all(home=lives(corrected=False))
def test_without_a_verification_nothing_is_a_relapse(home):
    unverified = [f for f in home if not isinstance(f.event, ev.RectificationVerified)]
    openings = {s.row.opening for s in judge(unverified).of(rows.Round)}
    assert openings <= {"original", "implied"}


def test_the_lives_tried_here_hold_what_they_are_meant_to_try():
    seen: Counter[str] = Counter()

    @repeatable
    @for_all(home=lives())
    def live(home):
        judged = judge(home)
        seen.update(s.row.opening for s in judged.of(rows.Round))
        seen.update(s.row.status for s in judged.of(rows.Claim))
        seen.update(f"{s.row.kind} {s.row.outcome}" for s in judged.of(rows.Clock))
        seen.update(s.row.state for s in judged.of(rows.State))
        seen.update(f"alert {s.row.status}" for s in judged.of(rows.Alert))
        seen.update(f"missed {s.row.missed}" for s in judged.of(rows.Alert))
        for tag in ("caught_by", "ground", "operator", "watch"):
            seen.update(f"{tag} {getattr(s.row, tag)}" for s in judged.of(rows.Round))

    live()
    wanted = {"relapse", "implied", "refuted", "rejected", "replaced", "deadline claimed", "revisit void"}
    wanted |= {"alert false", "alert confirmed", "alert answered", "alert lifted", "missed 1", "transfer met"}
    wanted |= {"caught_by complaint", "caught_by platform", "caught_by patrol", "caught_by unknown"}
    wanted |= {"ground same", "ground other", "operator same", "operator other", "operator unknown"}
    wanted |= {"alert_answer void", "alert_answer met", "on_site void", "watch under_watch", "watch released"}
    assert wanted | {"released", "gone", "claimed", "revisit met", "notice void"} <= set(seen)
