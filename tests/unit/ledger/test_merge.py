"""Two files of one home become one: a command, a commit; and back again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest

from rentalwatch.domain import events as ev
from rentalwatch.domain.facts import standing
from rentalwatch.domain.judge import judge
from rentalwatch.errors import NotPermittedError, RentalwatchError
from rentalwatch.ledger import batches
from rentalwatch.ledger.application import Command, Ledger
from rentalwatch.ledger.audit import audit
from rentalwatch.ledger.moves import companions
from rentalwatch.ledger.reading import Outcome
from rentalwatch.ledger.rebuild import side_tables
from rentalwatch.ledger.statements import NO_RECORD, Statement, dwelling_stream
from tests.unit.ledger.words import (
    HOME,
    NOON,
    an_id,
    began,
    home_row,
    imports,
    notices,
    patrols,
    registers,
    retracts,
    row,
    says,
    stored,
    told,
    undoes,
)

OTHER = "HOME-2"
HERE, THERE = dwelling_stream(HOME), dwelling_stream(OTHER)


def merges(home: str = HOME, into: str = OTHER) -> Statement:
    return says(ev.DwellingsMerged, home, into=into, reason="one home")


def unmerges(merge: str = "merge", home: str = HERE) -> Statement:
    event = ev.MergeUndone(record_id=NO_RECORD, happened_at=NOON, merge=an_id(merge), reason="two homes")
    return Statement(event, subject=home, of="dwelling")


def merge(ledger: Ledger, home: str = HOME, into: str = OTHER, name: str = "merge") -> Outcome:
    return ledger.record(merges(home, into), an_id(name))


def undo(ledger: Ledger, name: str = "undo", of: str = "merge", home: str = HERE) -> Outcome:
    return ledger.record(unmerges(of, home), an_id(name))


def two_homes(ledger: Ledger) -> None:
    """Two homes of an import, with a note each."""
    began(ledger, "first")
    imports(ledger, home_row(), home_row(OTHER), row("1", "noise"), row("2", "fire", OTHER))


def sound(ledger: Ledger) -> bool:
    """Whether the ledger is whole and its side tables are what the events tell."""
    tables = side_tables(stored(ledger))
    side = {
        "record_ids": tables.records,
        "source_facts": tables.facts,
        "identity_keys": tables.keys,
        "moved_records": tables.moved,
        "merged_streams": tables.merged,
    }
    for name, rows in side.items():
        assert {tuple(r) for r in ledger.recorder.query(f"SELECT * FROM {name}")} == set(rows.values()), name
    assert list(audit(ledger)) == []
    return True


def codes(ledger: Ledger, stream: str) -> list[str]:
    facts = standing(ledger.facts(stream))
    return sorted(f.event.code for f in facts if isinstance(f.event, ev.NoteRecorded))


def judged(ledger: Ledger) -> list[object]:
    """The judgements of both files, but for the mark that one was merged and that it was undone."""
    found = [judge(ledger.facts(s)) for s in (HERE, THERE)]
    return [j._replace(spans=[s for s in j.spans if getattr(s.row, "kind", "") != "moved"]) for j in found]


def refused(code: str) -> object:
    return pytest.raises(RentalwatchError, match=rf"\[{code}\]")


def test_a_merge_is_one_commit_with_a_record_in_each_file(ledger: Ledger) -> None:
    two_homes(ledger)
    before = len(stored(ledger))
    answer = merge(ledger)
    added = stored(ledger)[before:]
    assert answer.stream_id == HERE
    assert [event.stream_id for event in added] == [HERE, THERE, THERE]
    assert len({event.recorded_at for event in added}) == 1
    assert [codes(ledger, s) for s in (HERE, THERE)] == [[], ["fire", "noise"]]
    assert sound(ledger)


def test_sent_twice_it_is_stored_once(ledger: Ledger) -> None:
    two_homes(ledger)
    first = merge(ledger)
    events = len(stored(ledger))
    again = merge(ledger)
    assert again.again
    assert (again.stream_id, again.version) == (first.stream_id, first.version)
    assert len(stored(ledger)) == events


def test_the_same_id_for_another_merge_is_refused(ledger: Ledger) -> None:
    two_homes(ledger)
    imports(ledger, home_row("HOME-3"))
    merge(ledger)
    with refused("RW-RECORD-ID-USED"):
        merge(ledger, into="HOME-3")


def test_what_is_said_of_the_closed_file_goes_to_the_one_that_goes_on(ledger: Ledger) -> None:
    two_homes(ledger)
    merge(ledger)
    by_key = ledger.record(patrols(), an_id("by key"))
    by_stream = ledger.record(patrols(HERE), an_id("by stream"))
    assert {by_key.stream_id, by_stream.stream_id} == {THERE}
    assert ledger.stream_of(HOME) == ledger.stream_of(HERE) == THERE
    assert sound(ledger)


def test_a_command_repeated_after_the_merge_finds_its_outcome(ledger: Ledger) -> None:
    two_homes(ledger)
    first = ledger.record(patrols(), an_id("patrol"))
    merge(ledger)
    again = ledger.record(patrols(), an_id("patrol"))
    assert again.again
    assert again.version == first.version


def test_the_same_file_imported_again_adds_nothing(ledger: Ledger) -> None:
    two_homes(ledger)
    merge(ledger)
    events = len(stored(ledger))
    counts = imports(
        ledger, home_row(), home_row(OTHER), row("1", "noise"), row("2", "fire", OTHER), batch="2"
    )
    assert counts.known == 4
    assert len(stored(ledger)) == events


def test_a_revised_row_corrects_the_record_where_it_counts_now(ledger: Ledger) -> None:
    two_homes(ledger)
    merge(ledger)
    counts = imports(ledger, row("1", "smoke"), batch="second")
    assert counts.corrected == 1
    assert [codes(ledger, s) for s in (HERE, THERE)] == [[], ["fire", "smoke"]]
    # and once more, and back
    assert imports(ledger, row("1", "smoke"), batch="third").known == 1
    imports(ledger, row("1", "noise"), batch="fourth")
    assert codes(ledger, THERE) == ["fire", "noise"]
    assert sound(ledger)


def test_an_older_row_is_superseded_where_the_record_counts_now(ledger: Ledger) -> None:
    imports(ledger, home_row(), home_row(OTHER), row("1", "noise", seen=5))
    merge(ledger)
    assert imports(ledger, row("1", "older", seen=2), batch="second").superseded == 1
    assert codes(ledger, THERE) == ["noise"]
    assert stored(ledger)[-1].stream_id == THERE
    assert sound(ledger)


@pytest.mark.parametrize("undoing", [False, True])
def test_an_import_is_taken_back_where_its_records_count_now(ledger: Ledger, undoing: bool) -> None:
    # given an import, the revision of one of its rows after the merge
    two_homes(ledger)
    began(ledger, "second")
    merge(ledger)
    imports(ledger, row("1", "smoke"), row("3", "gas"), batch="second")
    if undoing:
        undo(ledger)
    place = HERE if undoing else THERE
    # when the second import is taken back, then what the first said of that row stands again
    undoes(ledger, "second")
    assert codes(ledger, HERE) == (["noise"] if undoing else [])
    assert codes(ledger, THERE) == (["fire"] if undoing else ["fire", "noise"])
    # and when the first is taken back as well, nothing does
    undoes(ledger, "first")
    assert [codes(ledger, s) for s in (HERE, THERE)] == [[], []]
    assert place
    assert sound(ledger)
    # and importing it again brings it back
    assert imports(ledger, home_row(), home_row(OTHER), row("1", "noise"), batch="third").added == 3
    assert codes(ledger, place) == ["noise"]
    assert sound(ledger)


def test_a_record_of_an_import_retracted_by_hand_after_the_merge_can_be_imported_again(
    ledger: Ledger,
) -> None:
    two_homes(ledger)
    record = ledger.facts(HERE)[1].event.record_id
    merge(ledger)
    ledger.record(retracts(record, OTHER), an_id("retraction"))
    assert codes(ledger, THERE) == ["fire"]
    assert imports(ledger, row("1", "noise"), batch="second").added == 1
    assert codes(ledger, THERE) == ["fire", "noise"]
    assert sound(ledger)


def test_a_record_that_was_taken_over_is_corrected_by_its_own_id(ledger: Ledger) -> None:
    two_homes(ledger)
    ledger.record(patrols(seen="unclear"), an_id("patrol"))
    merge(ledger)
    ledger.record(patrols(OTHER, seen="suspicious"), an_id("second look"), correcting=an_id("patrol"))
    seen = [f.event.seen for f in standing(ledger.facts(THERE)) if isinstance(f.event, ev.PatrolRecorded)]
    assert seen == ["suspicious"]
    assert sound(ledger)


def test_a_notice_number_of_the_closed_file_is_used_in_the_other(ledger: Ledger) -> None:
    two_homes(ledger)
    ledger.record(notices("2024-7"), an_id("notice"))
    merge(ledger)
    with refused("RW-NOTICE-NUMBER-USED"):
        ledger.record(notices("2024-7", OTHER), an_id("again"))


def test_an_undone_merge_gives_every_fact_back(ledger: Ledger) -> None:
    two_homes(ledger)
    before = judged(ledger)
    merge(ledger)
    undo(ledger)
    assert judged(ledger) == before
    assert ledger.stream_of(HOME) == ledger.stream_of(HERE) == HERE
    counts = imports(ledger, home_row(), row("1", "noise"), row("2", "fire", OTHER), batch="second")
    assert counts.known == 3
    assert ledger.record(patrols(), an_id("patrol")).stream_id == HERE
    assert undo(ledger).again
    assert merge(ledger).again
    assert sound(ledger)


def test_corrections_go_back_and_what_came_in_since_stays(ledger: Ledger) -> None:
    two_homes(ledger)
    ledger.record(patrols(seen="unclear"), an_id("patrol"))
    merge(ledger)
    imports(ledger, row("1", "smoke"), row("3", "gas"), batch="second")
    ledger.record(patrols(OTHER, seen="suspicious"), an_id("second look"), correcting=an_id("patrol"))
    undo(ledger)
    assert codes(ledger, HERE) == ["smoke"]
    assert codes(ledger, THERE) == ["fire", "gas"]
    seen = [f.event.seen for f in standing(ledger.facts(HERE)) if isinstance(f.event, ev.PatrolRecorded)]
    assert seen == ["suspicious"]
    # what the source goes on to say of the home that it names moves there with the next import
    counts = imports(ledger, row("1", "smoke"), row("3", "gas"), batch="third")
    assert (counts.known, counts.corrected) == (1, 1)
    assert [codes(ledger, s) for s in (HERE, THERE)] == [["gas", "smoke"], ["fire"]]
    assert sound(ledger)


def test_merged_again_after_an_undoing_it_counts_once(ledger: Ledger) -> None:
    two_homes(ledger)
    merge(ledger)
    imports(ledger, row("1", "smoke"), batch="second")
    undo(ledger)
    merge(ledger, name="again")
    assert [codes(ledger, s) for s in (HERE, THERE)] == [[], ["fire", "smoke"]]
    undo(ledger, "undo again", of="again")
    assert [codes(ledger, s) for s in (HERE, THERE)] == [["smoke"], ["fire"]]
    assert sound(ledger)


def test_a_chain_of_merges_leads_to_its_end_and_is_undone_from_there(ledger: Ledger) -> None:
    two_homes(ledger)
    third = dwelling_stream("HOME-3")
    imports(ledger, home_row("HOME-3"))
    merge(ledger)
    merge(ledger, OTHER, "HOME-3", name="next")
    assert {ledger.stream_of(n) for n in (HOME, OTHER, HERE, THERE)} == {third}
    assert codes(ledger, third) == ["fire", "noise"]
    imports(ledger, row("1", "smoke"), batch="second")
    with refused("RW-FILE-CLOSED"):
        undo(ledger)
    undo(ledger, "first undo", of="next", home=THERE)
    assert codes(ledger, THERE) == ["fire", "smoke"]
    assert {ledger.stream_of(n) for n in (HOME, OTHER, HERE)} == {THERE}
    undo(ledger)
    assert [codes(ledger, s) for s in (HERE, THERE, third)] == [["smoke"], ["fire"], []]
    assert imports(ledger, row("1", "smoke"), row("2", "fire", OTHER), batch="third").known == 2
    assert sound(ledger)


@pytest.mark.parametrize(
    ("home", "into", "code"),
    [
        (HOME, HOME, "RW-SAME-FILE"),
        (HOME, HERE, "RW-SAME-FILE"),
        (HOME, "NOBODY", "RW-NO-DWELLING"),
        ("NOBODY", HOME, "RW-NO-DWELLING"),
    ],
)
def test_what_is_no_merge_is_refused(ledger: Ledger, home: str, into: str, code: str) -> None:
    two_homes(ledger)
    events = len(stored(ledger))
    with refused(code):
        merge(ledger, home, into)
    assert len(stored(ledger)) == events


def test_what_was_merged_cannot_be_merged_by_its_own_name(ledger: Ledger) -> None:
    two_homes(ledger)
    imports(ledger, home_row("HOME-3"))
    merge(ledger)
    with refused("RW-FILE-CLOSED"):
        merge(ledger, HERE, "HOME-3", name="second")


def test_a_merge_is_undone_once_and_only_a_merge_is(ledger: Ledger) -> None:
    two_homes(ledger)
    ledger.record(patrols(), an_id("patrol"))
    with refused("RW-NO-MERGE"):
        undo(ledger, of="never")
    with refused("RW-NO-MERGE"):
        undo(ledger, of="patrol")
    merge(ledger)
    undo(ledger)
    with refused("RW-NO-MERGE"):
        undo(ledger, "once more")
    assert sound(ledger)


@pytest.mark.parametrize("which", [0, 1])
def test_no_correction_or_retraction_names_a_merge(ledger: Ledger, which: int) -> None:
    two_homes(ledger)
    merge(ledger)
    target = (an_id("merge"), companions(an_id("merge"))[0])[which]
    with refused("RW-(MOVE|NO)-RECORD"):
        ledger.record(retracts(target, OTHER), an_id("retraction"))
    with refused("RW-(MOVE|NO)-RECORD"):
        ledger.record(patrols(OTHER), an_id("correction"), correcting=target)


def test_two_merges_at_once_close_one_of_the_two(ledger: Ledger) -> None:
    two_homes(ledger)

    def one(way: tuple[str, str, str]) -> str:
        try:
            merge(ledger, *way)
        except NotPermittedError as e:
            return e.code
        return "merged"

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(one, [(HOME, OTHER, "there"), (OTHER, HOME, "back")]))
    assert sorted(answers) == ["RW-SAME-FILE", "merged"]
    assert sorted(map(len, (codes(ledger, HERE), codes(ledger, THERE)))) == [0, 2]
    assert sound(ledger)


def test_commands_that_share_the_commit_of_a_merge_go_to_the_file_that_goes_on(ledger: Ledger) -> None:
    from rentalwatch.ledger.deciding import Deciding

    two_homes(ledger)
    commands = [
        Command(patrols(seen="unclear"), an_id("before")),
        Command(merges(), an_id("merge")),
        Command(patrols(seen="suspicious"), an_id("after")),
        Command(unmerges(), an_id("undo")),
        Command(patrols(seen="nothing"), an_id("last")),
    ]
    with ledger.recorder.joined() as tx:
        answers = Deciding(tx, commands).all()
    assert [a.stream_id for a in answers if isinstance(a, Outcome)] == [HERE, HERE, THERE, HERE, HERE]
    assert sound(ledger)


def test_a_row_that_registers_the_closed_home_anew_does_not_rename_the_other(ledger: Ledger) -> None:
    two_homes(ledger)
    merge(ledger)
    imports(ledger, home_row(label="12号302"), batch="second")

    def labels(stream: str) -> list[str]:
        facts = standing(ledger.facts(stream))
        return [f.event.label for f in facts if isinstance(f.event, ev.DwellingRegistered)]

    assert labels(THERE) == [OTHER]
    undo(ledger)
    assert (labels(HERE), labels(THERE)) == (["12号302"], [OTHER])
    assert imports(ledger, home_row(label="12号302"), batch="third").known == 1
    assert sound(ledger)


def test_a_file_that_no_commit_could_hold_is_refused(ledger: Ledger) -> None:
    two_homes(ledger)
    for n in range(5):
        imports(ledger, *(row(f"{n}/{k}", "noise") for k in range(200)), batch=str(n))
    events = len(stored(ledger))
    with refused("RW-COMMIT-TOO-LARGE"):
        merge(ledger)
    assert len(stored(ledger)) == events
    assert told(ledger).count("noise") == 1001


def test_a_source_that_says_it_of_another_home_moves_it_out_of_the_merged_file(ledger: Ledger) -> None:
    two_homes(ledger)
    imports(ledger, home_row("HOME-3"))
    merge(ledger)
    assert imports(ledger, row("1", "noise", "HOME-3"), batch="second").corrected == 1
    assert codes(ledger, THERE) == ["fire"]
    assert told(ledger, "HOME-3") == ["noise"]
    undo(ledger)
    assert [codes(ledger, s) for s in (HERE, THERE)] == [[], ["fire"]]
    assert imports(ledger, row("1", "noise", "HOME-3"), batch="third").known == 1
    assert sound(ledger)


def test_batches_that_were_taken_back_before_stay_so(ledger: Ledger) -> None:
    two_homes(ledger)
    undoes(ledger, "first")
    assert batches.find(ledger, str(an_id("first"))).state == "retracted"
    ledger.record(registers("HOME-9"), an_id("nine"))
    merge(ledger, HERE, "HOME-9")
    assert codes(ledger, dwelling_stream("HOME-9")) == []
    assert isinstance(an_id("merge"), UUID)
    assert sound(ledger)
