"""`topics apply` and `topics show`: the topics of a cluster, as they are to be and as they are."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from rentalwatch.cli.session import Format, FormatOption, LangOption
from rentalwatch.cli.show import as_csv, as_json, table
from rentalwatch.cli.waiting import note
from rentalwatch.extras import needs
from rentalwatch.settings import settings

app = typer.Typer(
    help="Topics of a cluster (RENTALWATCH_KAFKA, RENTALWATCH_TOPICS): what other systems read.",
    no_args_is_help=True,
)

ReplicationOption = Annotated[
    int | None,
    typer.Option(
        "--replication", min=1, help="Copies of a topic that is made [default: 3, or one a broker if fewer]."
    ),
]


@app.command("apply")
def apply(
    replication: ReplicationOption = None, fmt: FormatOption = Format.TABLE, lang: LangOption = None
) -> None:
    """Make the topics that are missing and put right what differs, where that loses nothing. Repeatable.

    Example: rentalwatch topics apply --replication 3
    """
    with needs("cluster"):
        from rentalwatch.ledger import topics

        applied = topics.apply(settings().kafka, settings().topics, replication)
    rows = [_as_row(one.standing) | {"done": one.done, "changed": list(one.changes)} for one in applied]
    _show(rows, fmt)
    for one in applied:
        for name in one.left:
            note(f"{one.standing.name}: {name} stays as it is, since changing it would delete records")
    _remark(min(one.standing.replication for one in applied))


@app.command("show")
def show(fmt: FormatOption = Format.TABLE, lang: LangOption = None) -> None:
    """The topics as the brokers have them; changes nothing."""
    with needs("cluster"):
        from rentalwatch.ledger import topics

        standing = topics.show(settings().kafka, settings().topics)
        missing = {topic.name for topic in topics.wanted(settings().topics)} - {one.name for one in standing}
    _show([_as_row(one) | {"settings": one.settings} for one in standing], fmt)
    for name in sorted(missing):
        note(f"{name} is missing: `rentalwatch topics apply` makes it")
    if standing:
        _remark(min(one.replication for one in standing))


def _as_row(topic: Any) -> dict[str, Any]:
    return {
        "topic": topic.name,
        "id": topic.topic_id,
        "partitions": topic.partitions,
        "replication": topic.replication,
    }


def _show(rows: list[dict[str, Any]], fmt: Format) -> None:
    if fmt is Format.JSON:
        as_json(rows)
    elif rows:
        cells = [[_cell(value) for value in row.values()] for row in rows]
        (as_csv if fmt is Format.CSV else table)([*rows[0]], cells)


def _cell(value: Any) -> Any:
    if isinstance(value, dict):
        return " ".join(f"{name}={setting}" for name, setting in sorted(value.items()))
    return ", ".join(value) if isinstance(value, list) else value


def _remark(replication: int) -> None:
    from rentalwatch.ledger.wanted_topics import remark

    if text := remark(replication):
        note(text)
