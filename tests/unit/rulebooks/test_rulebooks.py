"""Rulebooks: checked before use, with the line of what is wrong; laid over one another; in force by date."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rentalwatch.domain.calendar import Calendar
from rentalwatch.domain.clock import CLOCK_NAMES
from rentalwatch.domain.events import WatchTerms
from rentalwatch.domain.rulebook import Rulebook, content_hash, in_force
from rentalwatch.errors import InvalidInputError, NotFoundError
from rentalwatch.importers.record import statement
from rentalwatch.rulebooks import check, load, names, read, read_text, resolve

GOOD = read_text("shanghai")


NASTY = (
    "{", "]", ": ", "*a", "&a ", "\t", "? ", "- ", "'", "|", "null", "\x00", "2026-02-30", "1e999",
    "<<: *x\n", "!!python/object:os.system ", "!!timestamp soon", "!!bool perhaps", "!!int many",
    "!!binary x", "!!set {a}",
)  # fmt: skip
"""What parsers have stumbled over."""


def line_of(text: str, part: str) -> int:
    return next(n for n, line in enumerate(text.splitlines(), start=1) if part in line)


WRONG: dict[str, tuple[str, str, str, str]] = {  # what is replaced, by what, the line it is told at, what
    "an unknown clock": ("  screening:", "  sreening:", "sreening:", "Input should be"),
    "a clock in two ways": (
        "{day_of_next_month: 10,", "{days: 1, day_of_next_month: 10,", "days: 1, day", "exactly one of"),
    "a clock in no way": ("{cycle_months: 3, origin", "{origin", "  screening", "exactly one of"),
    "a day that some months lack": (
        "day_of_next_month: 10", "day_of_next_month: 30", "day_of_next_month: 30", "less than"),
    "a zone that there is not": ("Asia/Shanghai", "Asia/Pudong", "Asia/Pudong", "time zone"),
    "a calendar that there is not": ("calendar: china", "calendar: mars", "mars", "Input should be"),
    "a calendar with a wrong day": (
        "calendar: china", "calendar:\n  name: own\n  days_off:\n    - never", "- never", "valid date"),
    "working days without a calendar": ("calendar: china\n", "", "on_site: {", "need a `calendar`"),
    "an area path without its end": ("scope: sh/", "scope: sh", "scope: sh", "match pattern"),
    "a regime that ended before it began": (
        "until: 2023-01-31}  #", "until: 2003-01-31}  #", "2003", "ends before it begins"),
    "a date that is none": ("since: 2025-09-15", "since: 2025-09-31", "2025-09-31", "out of range"),
    "a range upside down": ("[2000, 10000]", "[20000, 10000]", "[20000, 10000]", "[least, most]"),
    "a fine with one end": ("[2000, 10000]", "[2000]", "[2000]", "Field required"),
    "a tier that there is not": ("{tier: warning,", "{tier: scolding,", "scolding", "Input should be"),
    "a warning with a fine": ("{tier: warning,", "{tier: warning, fine: [1, 2],", "fine: [1, 2]", "no fine"),
    "a party that there is not": ("party: company", "party: firm", "party: firm", "Input should be"),
    "nobody fines a company": (
        "party: company", "party: individual", "non_living_space: {article: 第七条}", "for a company"),
    "a ground that nobody knows": (
        "changed_use: {article: 第十五条,", "misuse: {article: 第十五条,", "misuse", "no ground 'misuse'"),
    "a sanction for a ground that is not banned": (
        "grounds: [collective_letting], fine: [30000", "grounds: [short_let], fine: [30000", "[short_let]",
        "no ground 'short_let'"),
    "something said twice": (
        "  transfer: {working", "  on_site: {working", "on_site: {working_days: 3", "second time"),
    "an unknown part": ("definitions:", "meanings:", "meanings:", "Extra inputs"),
    "an unknown base": ("name: shanghai", "name: x\nextends: atlantis", "extends", "no rulebook 'atlantis'"),
    "YAML that is none": ("title: Shanghai\n", 'title: "Shanghai\n', "", ""),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "where", "what"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_told_with_its_line(old: str, new: str, where: str, what: str) -> None:
    assert GOOD.count(old) == 1
    text = GOOD.replace(old, new)

    book, complaints = check(text)

    assert book is None
    assert complaints
    if what:
        assert [c.line for c in complaints if what in c.what] == [line_of(text, where)]


@settings(deadline=None)
@given(st.integers(0, len(GOOD)), st.integers(0, 400), st.text(max_size=12) | st.sampled_from(NASTY))
def test_whatever_happened_to_a_text_it_is_taken_or_told_never_a_crash(at: int, n: int, put: str) -> None:
    text = GOOD[:at] + put + GOOD[at + n :]

    book, complaints = check(text)

    assert (book is None) == bool(complaints)
    assert all(1 <= c.line <= text.count("\n") + 2 and c.what for c in complaints)


@pytest.mark.parametrize("text", ["", "5", "- a\n", "&a [*a]", "name: &a {x: *a}\n", "extends: [1]\n"])
def test_what_is_no_rulebook_at_all_is_told(text: str) -> None:
    book, complaints = check(text)

    assert book is None
    assert complaints


def test_a_text_that_no_event_could_hold_is_told() -> None:
    book, (complaint,) = check(GOOD + "#" * 200_000)

    assert book is None
    assert "longer than" in complaint.what


def test_a_text_that_names_itself_a_thousand_million_times_is_told_at_once() -> None:
    levels = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 10))

    book, complaints = check("a0: &a0 [x]\n" + levels + "grounds: *a9\nlaw: {regimes: *a9}\n")

    assert book is None
    assert complaints


def test_the_rulebooks_that_come_along_are_good() -> None:
    assert {"new_york", "pudong", "shanghai"} <= set(names())
    for name in names():
        assert check(read_text(name))[1] == []
        assert load(name)[0].name == name


def test_shanghai_has_every_clock_and_says_where_each_comes_from() -> None:
    book, _ = load("shanghai")

    assert set(book.clocks) == set(CLOCK_NAMES)
    assert all(clock.origin for clock in book.clocks.values())
    assert book.timely_disposal is None, "not computed until somebody defines it"


def test_pudong_is_shanghai_but_for_what_it_says_itself() -> None:
    pudong, shanghai = load("pudong")[0], load("shanghai")[0]

    assert pudong.clocks["on_site"].length == ("hours", 24)
    assert "notice" not in pudong.clocks
    others = set(shanghai.clocks) - {"on_site", "notice"}
    assert {n: pudong.clocks[n] for n in others} == {n: shanghai.clocks[n] for n in others}  # type: ignore[index]
    assert (pudong.law, pudong.grounds) == (shanghai.law, shanghai.grounds)


def test_what_pudong_and_new_york_gave_to_records_before_they_give_still() -> None:
    opened = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
    pudong, new_york = load("pudong")[0], load("new_york")[0]

    assert pudong.due("on_site", opened) == datetime(2026, 3, 3, 1, 30, tzinfo=UTC)
    assert pudong.due("self_rectification", opened) == datetime(2026, 3, 9, 16, tzinfo=UTC)
    assert pudong.due("verification", opened) == datetime(2026, 3, 5, 16, tzinfo=UTC)
    assert pudong.due("notice", opened) is None
    assert pudong.watch == new_york.watch == WatchTerms()
    assert load("new_york")[1] == "new_york@9808f7c4ee95"


def test_the_whole_text_of_an_overlay_says_all_by_itself() -> None:
    text = read(read_text("pudong"))[1]

    assert "extends" not in text
    assert resolve(text) == load("pudong")[0]
    assert load("pudong")[1] == f"pudong@{content_hash(text.encode())}"
    assert read(text) == (load("pudong")[0], text)
    assert read(GOOD) == (load("shanghai")[0], GOOD), (
        "what extends nothing is adopted as it was written, remarks and all"
    )


def test_an_overlay_is_not_whole() -> None:
    with pytest.raises(InvalidInputError, match="extends"):
        resolve(read_text("pudong"))


def test_null_takes_a_part_out_and_a_table_is_laid_over_part_by_part() -> None:
    book = read("extends: new_york\nname: x\nclocks: {verification: null, notice: {days: 2}}\n")[0]

    assert {name: clock.length for name, clock in book.clocks.items()} == {"notice": ("days", 2)}
    assert book.grounds == load("new_york")[0].grounds


def test_what_is_wrong_in_an_overlay_is_told_at_its_line() -> None:
    text = "extends: shanghai\nname: x\nclocks:\n  on_site: {hours: 24}\n"

    assert [(c.line, c.where) for c in check(text)[1]] == [(4, "clocks.on_site")]


def test_a_text_that_was_never_resolved_computes_no_working_days() -> None:
    book, _ = check(GOOD)

    assert isinstance(book, Rulebook)
    with pytest.raises(ValueError, match="not resolved"):
        book.due("on_site", datetime(2026, 2, 13, tzinfo=UTC))


def test_a_calendar_of_ones_own_may_stand_in_the_text() -> None:
    own = "calendar: {name: own, days_off: [2026-03-03]}"
    book = resolve(GOOD.replace("calendar: china", own), Calendar(name="other"))

    assert book.due("on_site", datetime(2026, 3, 2, tzinfo=UTC)) == datetime(2026, 3, 5, 16, tzinfo=UTC)


def test_a_rulebook_that_is_not_there_or_not_good_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="atlantis"):
        load("atlantis")
    with pytest.raises(NotFoundError, match="atlantis"):
        read_text("atlantis")
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InvalidInputError, match="cannot be read"):
        read_text(str(tmp_path / "binary.yaml"))
    (tmp_path / "large.yaml").write_text("#" * 800_001)
    with pytest.raises(InvalidInputError, match="longer than a rulebook may be"):
        read_text(str(tmp_path / "large.yaml"))
    with pytest.raises(InvalidInputError, match=rf"line {line_of(GOOD, 'zone: Asia')}: zone"):
        resolve(GOOD.replace("Asia/Shanghai", "Asia/Pudong"))


def test_a_record_under_shanghais_rulebook_gets_its_due_instant_in_working_days() -> None:
    lead = {
        "kind": "lead", "key": "1", "dwelling": "H", "ticket": "T-1", "at": "2026-09-30T10:00",
        "rulebook": "shanghai",
    }  # fmt: skip

    said = statement(lead, now=datetime(2026, 11, 25, tzinfo=UTC), source="records")

    # the 1st to the 7th of October are off; the 8th and the 9th are the two working days on which to be on
    # site, and with Saturday the 10th, the 12th and the 13th there are five in which to answer
    assert said.terms == {
        "due": datetime(2026, 10, 9, 16, tzinfo=UTC),
        "answer_due": datetime(2026, 10, 13, 16, tzinfo=UTC),
    }


@dataclass(frozen=True)
class Adoption:
    """What in_force needs to know of an adoption."""

    scope: str
    effective_from: date | None = None
    effective_until: date | None = None
    nth: int = 0


NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)
ZONE = "Asia/Shanghai"


def test_the_narrowest_scope_holds() -> None:
    city, district, other = Adoption("sh/"), Adoption("sh/pudong/"), Adoption("sh/hongkou/")

    assert in_force([district, city, other], "sh/pudong/beicai/", NOON, ZONE) is district
    assert in_force([district, city, other], "sh/xuhui/", NOON, ZONE) is city
    assert in_force([district, city, other], "nyc/", NOON, ZONE) is None


def test_of_one_scope_the_one_that_began_last_holds_and_of_these_the_one_adopted_last() -> None:
    old = Adoption("sh/", date(2025, 1, 1))
    new = Adoption("sh/", date(2026, 3, 1))
    corrected = Adoption("sh/", date(2025, 1, 1), nth=1)
    future = Adoption("sh/", date(2027, 1, 1))
    adopted = [old, new, future, corrected]

    assert in_force(adopted, "sh/x/", NOON, ZONE) is new
    assert in_force(adopted, "sh/x/", datetime(2025, 6, 1, tzinfo=UTC), ZONE) is corrected
    assert in_force(adopted, "sh/x/", datetime(2024, 6, 1, tzinfo=UTC), ZONE) is None


def test_a_rulebook_holds_from_the_first_moment_of_its_day_in_the_area_to_the_last_of_its_last() -> None:
    book = Adoption("sh/", date(2026, 3, 1), date(2026, 3, 31))

    def holds(text: str) -> bool:
        return in_force([book], "sh/", datetime.fromisoformat(text), ZONE) is book

    assert not holds("2026-02-28T23:59:59.999999+08:00")
    assert holds("2026-03-01T00:00:00+08:00")
    assert holds("2026-03-31T23:59:59.999999+08:00")
    assert not holds("2026-04-01T00:00:00+08:00")


DAYS = st.dates(date(2026, 2, 1), date(2026, 4, 1))
ADOPTIONS = st.lists(
    st.builds(
        Adoption, st.sampled_from(["", "sh/", "sh/pudong/", "s/"]), st.none() | DAYS, st.none() | DAYS,
        st.integers(0, 9),
    ),
    max_size=8,
)  # fmt: skip


@given(ADOPTIONS)
def test_whatever_was_adopted_what_holds_is_meant_for_the_area_and_the_day(adopted: list[Adoption]) -> None:
    found = in_force(adopted, "sh/pudong/beicai/", NOON, ZONE)

    today = date(2026, 3, 2)
    fitting = [
        a for a in adopted
        if "sh/pudong/beicai/".startswith(a.scope)
        and (a.effective_from or date.min) <= today <= (a.effective_until or date.max)
    ]  # fmt: skip
    assert (found in fitting) if fitting else (found is None)
    assert found is None or all(len(found.scope) >= len(a.scope) for a in fitting)
