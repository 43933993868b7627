"""Names that meet the outside are each listed in one place of the documentation, and none lingers there."""

from __future__ import annotations

import inspect
import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, get_args

import typer.main

from projections.alerts import STATUSES
from projections.database import CLUSTER, METADATA
from projections.migrations import migrate  # noqa: F401 - importing it declares every table
from projections.targets import FIGURES
from rentalwatch.cli.dwellings import STATE_NAMES
from rentalwatch.cli.main import app
from rentalwatch.cli.overdue import CLOCK_KINDS
from rentalwatch.cli.words import WORDS
from rentalwatch.delivery.channels import Kind
from rentalwatch.delivery.notification import Severity
from rentalwatch.delivery.outcomes import OUTCOMES
from rentalwatch.delivery.tables import STATES
from rentalwatch.domain.addresses import REASONS, Certainty
from rentalwatch.domain.alerts import LEVELS, OBSERVATIONS
from rentalwatch.domain.applicable import REMARKS
from rentalwatch.domain.clock import CLOCK_NAMES, LENGTHS
from rentalwatch.domain.events import TYPE_OF, VERSIONED, AlertAnswered, RecordCorrected
from rentalwatch.domain.features import FEATURES, METERS
from rentalwatch.domain.folds import DwellingFold
from rentalwatch.domain.folds.case import CASE_STATES
from rentalwatch.domain.irregularities import IRREGULARITIES
from rentalwatch.domain.law import TIERS
from rentalwatch.importers.record import KINDS
from rentalwatch.rulebooks import load
from rentalwatch.settings import NAMES, settings
from rentalwatch.signals.treatments import TREATMENTS

ROOT = Path(__file__).parents[2]
SOURCES = [path for part in ("src", "projections", "streams") for path in (ROOT / part).rglob("*.py")]
CODE = r"RW-[A-Z]+(?:-[A-Z]+)*"


def found_in_sources(pattern: str) -> set[str]:
    return {name for path in SOURCES for name in re.findall(pattern, path.read_text(encoding="utf-8"))}


def page(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def first_cells(text: str) -> list[str]:
    """What the rows of tables are about: the name in their first cell."""
    return re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE)


def section(title: str) -> str:
    """A section of names.md."""
    return page("names.md").split(f"\n## {title}")[1].split("\n## ")[0]


def listed(text: str) -> list[str]:
    """Names that stand in a line of names."""
    return re.findall(r"`([^`]+)`", text)


def once_each(documented: Iterable[str], there: Iterable[str]) -> None:
    """The page names everything that there is, each once, and nothing else."""
    assert sorted(documented) == sorted(set(there))


def test_every_error_code_is_explained_once() -> None:
    once_each(first_cells(page("errors.md")), found_in_sources(rf'"({CODE})"'))


def test_codes_that_pages_mention_are_real() -> None:
    mentioned = {c for p in (ROOT / "docs").rglob("*.md") for c in re.findall(CODE, p.read_text("utf-8"))}
    assert mentioned <= found_in_sources(rf'"({CODE})"')


def test_every_setting_is_explained_once() -> None:
    once_each(first_cells(page("settings.md")), NAMES)


def test_every_setting_that_is_read_is_a_known_one() -> None:
    assert found_in_sources(r"RENTALWATCH_[A-Z]+") == set(NAMES)


def test_the_settings_page_states_the_defaults() -> None:
    rows = dict(re.findall(r"^\| `(RENTALWATCH_\w+)` \| `([^`]+)` \|", page("settings.md"), re.MULTILINE))
    assert rows["RENTALWATCH_DATA"] == NAMES["RENTALWATCH_DATA"]
    assert rows["RENTALWATCH_ZONE"] == NAMES["RENTALWATCH_ZONE"]
    assert settings().zone


def test_every_kind_of_record_and_its_event() -> None:
    rows = re.findall(r"^\| `(\w+)` \| `([\w.]+)` \|", section("Kinds of record"), re.MULTILINE)
    assert rows == [(kind, TYPE_OF[event]) for kind, event in KINDS.items()]


def test_every_type_that_may_be_stored() -> None:
    once_each(re.findall(r"`(rentalwatch\.\w+\.v\d+)`", section("Kinds of record")), VERSIONED)
    assert TYPE_OF[RecordCorrected] in VERSIONED


def test_every_figure() -> None:
    once_each(first_cells(section("Figures")), FIGURES)


def test_every_command() -> None:
    once_each(listed(section("Commands")), commands(typer.main.get_command(app)))


def test_every_command_has_a_sentence_and_an_example_where_it_takes_something() -> None:
    for name, command in commands(typer.main.get_command(app)).items():
        sentence, _, rest = (command.help or "").partition("\n\n")
        assert sentence.endswith("."), name
        takes = {p.name for p in command.params} - {"data", "fmt", "lang", "help"}
        assert rest.startswith(f"Example: rentalwatch {name} ") or not takes, name


def commands(command: Any, name: str = "") -> dict[str, Any]:
    if not hasattr(command, "commands"):
        return {name.strip(): command}
    parts = [commands(sub, f"{name} {part}") for part, sub in command.commands.items()]
    if name and command.invoke_without_command:
        parts.append({name.strip(): command})
    return {found: sub for part in parts for found, sub in part.items()}


def test_every_state_clock_and_irregularity() -> None:
    once_each(listed(section("States of a home")), STATE_NAMES)
    once_each(listed(section("Clocks")), CLOCK_KINDS)
    once_each(listed(section("What does not fit")), IRREGULARITIES)


def test_every_treatment_of_signals() -> None:
    once_each(listed(section("What becomes of signals")), TREATMENTS)
    once_each(first_cells(page("signals.md")), TREATMENTS)


def test_every_word_about_an_alert() -> None:
    statuses, levels, answers, seen = section("Alerts").strip().split("\n\n")
    answered = get_args(AlertAnswered.model_fields["answer"].annotation)
    for text, names in ((statuses, STATUSES), (levels, LEVELS), (answers, answered), (seen, OBSERVATIONS)):
        once_each(listed(text), names)
    said = [
        *(f"fate_alert_{s}" for s in STATUSES),
        *(f"level_{n}" for n in LEVELS),
        *(f"code_{a}" for a in answered),
    ]
    assert all(all(WORDS[key]) for key in said)


def test_every_state_of_a_case() -> None:
    once_each(listed(section("States of a penalty case")), CASE_STATES)
    assert all(all(WORDS[f"case_{state}"]) for state in CASE_STATES)


def test_every_irregularity_is_noted_somewhere_and_has_an_article_and_words_in_both_languages() -> None:
    domain = ROOT / "src/rentalwatch/domain"
    judging = [*(domain / "folds").rglob("*.py"), domain / "penalty.py"]
    noted = [c for p in judging for c in re.findall(r'"([a-z]+(?:-[a-z]+)+)"', p.read_text(encoding="utf-8"))]
    once_each(IRREGULARITIES, noted)
    for code, article in IRREGULARITIES.items():
        assert all(article)
        assert all(WORDS[f"irregular_{code.replace('-', '_')}"])


def test_every_word_of_a_rulebook_is_listed_and_has_words_in_both_languages() -> None:
    clocks, lengths, tiers, remarks = section("What a rulebook says").strip().split("\n\n")
    for text, names in ((clocks, CLOCK_NAMES), (lengths, LENGTHS), (tiers, TIERS), (remarks, REMARKS)):
        once_each(listed(text), names)
    said = [
        *(f"length_{n}" for n in LENGTHS),
        *(f"tier_{n}" for n in TIERS),
        *(f"remark_{n}" for n in REMARKS),
    ]
    assert all(all(WORDS[key]) for key in said)


def test_the_states_are_those_that_are_shown() -> None:
    once_each(STATE_NAMES, re.findall(r'"(\w+)"', inspect.getsource(DwellingFold._shown)))


def test_every_state_and_clock_has_words_in_both_languages() -> None:
    for name in (*STATE_NAMES, *CLOCK_KINDS):
        assert all(WORDS[name])


def test_every_reason_why_homes_are_possibly_the_same() -> None:
    once_each(listed(section("Why homes")), [*get_args(Certainty), *REASONS])
    for name in (*(f"why_{r}" for r in REASONS), *get_args(Certainty)):
        assert all(WORDS[name])


def test_every_figure_that_a_warning_rule_may_ask_for() -> None:
    rows = first_cells(page("rules.md").split("\n## The figures")[1].split("\n## ")[0])
    each = [[re.sub("^m_", f"{m}_", row) for m in METERS] if row.startswith("m_") else [row] for row in rows]
    once_each([name for names in each for name in names], FEATURES)


def test_every_shipped_warning_rule_says_where_its_numbers_come_from() -> None:
    rows = [
        line.split("|")
        for line in page("rules.md").split("\n## The rules of")[1].split("\n## ")[0].splitlines()
    ]
    named = [name for row in rows if len(row) > 3 for name in listed(row[1])]
    once_each(named, load("shanghai")[0].warning.rules)


def test_every_word_of_delivery_is_listed_and_has_words_in_both_languages() -> None:
    kinds, severities, states, outcomes = section("Delivery").strip().split("\n\n")
    once_each(listed(kinds), get_args(Kind))
    once_each(listed(severities), [s.word for s in Severity])
    once_each(listed(states), STATES)
    once_each(listed(outcomes), OUTCOMES)
    said = [
        *(f"severity_{s.word}" for s in Severity),
        *(f"delivery_{state}" for state in STATES),
        *(f"outcome_{outcome}" for outcome in OUTCOMES),
    ]
    assert all(all(WORDS[key]) for key in said)


def test_every_dependency_earns_its_line() -> None:
    asked = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    project = asked["project"]
    named = [
        *project["dependencies"],
        *(d for extra in project["optional-dependencies"].values() for d in extra),
    ]
    named += asked["dependency-groups"]["dev"]
    text = page("dependencies.md")
    for name in {re.match(r"[\w-]+", d).group() for d in named} - {"rentalwatch"}:  # type: ignore[union-attr]
        assert re.search(rf"\b{name}\b", text), name


def test_every_table_of_the_read_models_is_listed_once_with_what_it_holds() -> None:
    rows = [line.split("|")[2] for line in page("read-models.md").splitlines() if line.startswith("| ")]
    named = [name for row in rows for name in re.findall(r"`(\w+)`", row)]
    cluster = {"generations", *CLUSTER.tables}
    once_each([name for name in named if name not in cluster], set(METADATA.tables) - cluster)
    assert cluster <= set(named)
