"""Story (f): the same sublandlord moves to another estate: recurrence elsewhere, its exit contradicted."""

from __future__ import annotations

from projections.sublandlords import ExitStood, Operators, Recurrence, figures
from tests.integration.importing import figures as board_figures
from tests.integration.stories.telling import Story, at

FIRST, SECOND = "梅园 3号101室", "竹园 8号502室"
FOUND = ["partition/home"]
DOCUMENTED = {"role": "sublandlord", "certainty": "documented", "basis": "lease"}


def _moves_on(story: Story) -> None:
    story.home(FIRST, "sh/pudong/meiyuan/")
    story.home(SECOND, "sh/pudong/zhuyuan/")
    story.on("2025-03-01", "sublandlord", "S-9", party="S-9", party_kind="individual", basis="lease")

    story.on("2025-03-02", "confirmation", FIRST, basis="source", findings=FOUND)
    story.on("2025-03-03", "party", FIRST, party="S-9", **DOCUMENTED)
    story.on("2025-03-10", "exit", "S-9", manner="declared", voluntary=True, area="sh/pudong/meiyuan/")
    story.on("2025-03-12", "verification", FIRST, basis="on_site", findings=FOUND)

    story.on("2025-05-20", "party", SECOND, party="S-9", **DOCUMENTED)
    story.on("2025-05-20", "confirmation", SECOND, basis="source", findings=FOUND)


def test_an_exit_is_declared_then_completed_then_contradicted_elsewhere(story: Story) -> None:
    _moves_on(story)

    assert [_exit(story, day).status for day in ("2025-03-11", "2025-03-12", "2025-05-19", "2025-05-20")] == [
        "declared",
        "completed",
        "completed",
        "contradicted",
    ]
    stood = _exit(story, "2025-06-01")
    assert (stood.homes, stood.done, stood.again, stood.again_there) == (1, 1, SECOND, False)


def test_what_was_known_before_the_second_home_was_found_stays_what_it_was(story: Story) -> None:
    _moves_on(story)

    assert _exit(story, "2025-06-01", known="2025-05-19").status == "completed"
    assert _recurrences(story, "2025-06-01", known="2025-05-19") == []


def test_the_second_address_is_operator_recurrence_and_no_relapse_of_any_home(story: Story) -> None:
    _moves_on(story)

    (again,) = _recurrences(story, "2025-06-01", begin="2025-05-01")
    assert (again.place.label, again.earlier.label) == (SECOND, FIRST)
    assert _recurrences(story, "2025-05-19") == []
    assert _recurrences(story, "2025-07-01", begin="2025-06-01") == []
    assert board_figures(story.engine, at("2025-06-01"))["relapses"] == 0
    with story.engine.connect() as connection:
        beside = figures(Operators(connection, at("2025-06-01")))
        there = figures(Operators(connection, at("2025-06-01", area="sh/pudong/meiyuan/")))
    assert beside == {
        "operator_recurrences": 1,
        "exits_declared": 0,
        "exits_completed": 0,
        "exits_contradicted": 1,
    }
    assert there["operator_recurrences"] == 0


def _exit(story: Story, day: str, known: str = "") -> ExitStood:
    with story.engine.connect() as connection:
        (stood,) = Operators(connection, at(day, known=known)).exits_stood()
    return stood


def _recurrences(story: Story, day: str, *, begin: str = "", known: str = "") -> list[Recurrence]:
    with story.engine.connect() as connection:
        return Operators(connection, at(day, begin=begin, known=known)).recurrences()
