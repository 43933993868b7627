"""Fines and penalties are never totalled by officer or team (行政处罚法 art. 74), and nothing offers it."""

from __future__ import annotations

import re
from typing import Any

import typer.main

from projections import migrations
from projections.cases import CASES, Listed
from projections.database import METADATA
from projections.targets import FIGURES
from rentalwatch.cli.case import COLUMNS
from rentalwatch.cli.main import app
from rentalwatch.observe import metrics

MONEY = re.compile(r"fine|penalt|rmb|amount|paid|^least$|^most$", re.IGNORECASE)
WHOSE = re.compile(r"officer|team|squad|unit|department|inspector|actor|^by$", re.IGNORECASE)


def test_no_table_of_the_read_models_holds_both_money_and_whose_work_it_was() -> None:
    assert migrations.cases.CASES.table.name in METADATA.tables
    for table in METADATA.tables.values():
        names = [column.name for column in table.columns]
        assert not (any(map(MONEY.search, names)) and any(map(WHOSE.search, names))), table.name


def test_no_row_of_a_case_says_who_handles_it() -> None:
    assert not any(map(WHOSE.search, (*COLUMNS, *CASES.fields, *Listed._fields)))


def test_no_figure_and_no_metric_counts_penalties() -> None:
    assert not any(map(MONEY.search, FIGURES))
    assert not any(MONEY.search(name) for name in vars(metrics))


def test_no_command_about_cases_can_be_asked_by_officer_or_team() -> None:
    group: Any = typer.main.get_command(app)
    for command in group.commands["case"].commands.values():
        options = [name for p in command.params for name in (p.name, *p.opts)]
        assert not any(map(WHOSE.search, options)), command.name
