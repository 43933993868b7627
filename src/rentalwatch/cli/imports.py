"""`import` and `imports`: files into the ledger, and what each import brought."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

from rentalwatch.cli.adopted import adopted_in
from rentalwatch.cli.output import ForceOption, OutputOption, as_sheet, check_output, instant_in
from rentalwatch.cli.session import (
    DataOption,
    Format,
    FormatOption,
    Lang,
    LangOption,
    Session,
    opened,
    recording,
    words_of,
)
from rentalwatch.cli.show import as_csv, as_json, day, say, stamp, table
from rentalwatch.cli.waiting import note, progress
from rentalwatch.cli.words import Words
from rentalwatch.domain.instants import instant
from rentalwatch.errors import InvalidInputError, NotFoundError
from rentalwatch.importers.record import CANONICAL
from rentalwatch.importers.report_files import Report, begin_report
from rentalwatch.importers.run import Plan, Rejected, Tally, plan, run
from rentalwatch.ledger import batches
from rentalwatch.ledger.folder import open_ledger
from rentalwatch.ledger.store import wall_clock
from rentalwatch.settings import DEFAULT_FOLDER, settings

SHOWN_REFUSALS = 10
"""Refused rows that are shown; the report has them all."""


def import_(
    file: Annotated[Path | None, typer.Argument(help="CSV or NDJSON, plain, .gz or .xz; or .xlsx.")] = None,
    mapping: Annotated[
        str, typer.Option("--mapping", help="A mapping by name or file; `records` for canonical records.")
    ] = CANONICAL,
    sheet: Annotated[
        str, typer.Option("--sheet", help="Which sheet of an .xlsx [default: the first that is shown].")
    ] = "",
    given: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="What the mapping asks for and no row says."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen, store nothing.")] = False,
    max_errors: Annotated[
        int | None, typer.Option("--max-errors", min=0, help="Stop once more rows than this are refused.")
    ] = None,
    once: Annotated[
        bool, typer.Option("--once", help="Do nothing if this very file was imported before.")
    ] = False,
    snapshot_at: Annotated[
        str,
        typer.Option("--snapshot-at", help="When a snapshot was taken [default: the day in its file name]."),
    ] = "",
    confirm_missing: Annotated[
        bool,
        typer.Option("--confirm-missing", help="Take a snapshot that lacks many of the rows shown before."),
    ] = False,
    retract: Annotated[str, typer.Option("--retract", help="Undo an import (its id, see `imports`).")] = "",
    reason: Annotated[str, typer.Option("--reason", help="Why it is undone.")] = "",
    data: DataOption = None,
    fmt: FormatOption = Format.TABLE,
    lang: LangOption = None,
) -> None:
    """Read a file into the ledger. Equal rows are known already, revised rows correct; bad rows are
    reported and never stop the rest. Safe to interrupt and to run again.

    Example: rentalwatch import violations.csv.gz --mapping nyc_hpd
    """
    words = words_of(lang)
    if retract:
        _retract(data, lang, retract, reason, fmt)
        return
    if file is None:
        raise InvalidInputError(
            "which file?", todo="rentalwatch import FILE --mapping NAME", code="RW-OPTIONS"
        )
    place = data or settings().data
    planned = plan(
        file, mapping, instant(wall_clock()), sheet=sheet, given=_given(given or []),
        snapshot_at=snapshot_at, confirm_missing=confirm_missing, rules=adopted_in(place),
    )  # fmt: skip
    if planned.source.encoding != "utf-8":
        note(words("encoding", encoding=planned.source.encoding))
    if once and not dry_run and (before := _before(place, planned)) is not None:
        with opened(place, lang) as session, session.asking() as connection:
            begun = day(before.started_at, session.zone(connection))
        _say_ending(Ending(0, 0, 0, 0, 0), words, fmt, words("once", name=file.name, day=begun))
        return
    _import(place, planned, words, fmt, max_errors=max_errors, dry_run=dry_run)


def _given(said: list[str]) -> dict[str, str]:
    """What `--set` says, once each."""
    found: dict[str, str] = {}
    for text in said:
        name, equals, value = text.partition("=")
        if not equals or not name or name in found:
            raise InvalidInputError(
                f"--set {text!r} is not NAME=VALUE, or says a name twice",
                todo='Write --set NAME="VALUE", once for each name.',
                code="RW-OPTIONS",
            )
        found[name] = value
    return found


def _before(place: Path | str, planned: Plan) -> batches.Batch | None:
    try:
        with open_ledger(place) as ledger:
            return batches.done_before(ledger, planned.source.sha256, planned.mapping_hash)
    except NotFoundError:
        return None


def _import(
    place: Path | str, planned: Plan, words: Words, fmt: Format, *, max_errors: int | None, dry_run: bool
) -> None:
    total = planned.source.rows
    with ExitStack() as stack:
        if dry_run and isinstance(place, Path) and not place.exists():
            place = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        ledger = stack.enter_context(open_ledger(place, create=True))
        reports = place if isinstance(place, Path) else Path(DEFAULT_FOLDER)
        refusals = stack.enter_context(Refusals.collected(reports, planned, write=not dry_run))
        report = stack.enter_context(progress(planned.name))
        if dry_run:
            stack.enter_context(ledger.trial())

        def on_progress(tally: Tally) -> None:
            report(tally.rows, total)

        _, tally = run(
            ledger, planned, on_progress=on_progress, on_rejected=refusals.add, max_errors=max_errors
        )
    _say(tally, refusals, words, fmt, total=total, dry_run=dry_run)
    if not dry_run:
        with recording(place, Lang(words.lang)) as session:
            session.follow()
    if tally.stopped == "interrupted":
        raise typer.Exit(130)
    if tally.stopped:
        raise typer.Exit(2)


class Refusals:
    """The rows that were refused: the first of them to be shown, all of them in a report."""

    def __init__(self, folder: Path, planned: Plan, *, write: bool) -> None:
        self.folder, self.planned, self.write = folder / "rejected", planned, write
        self.shown: list[Rejected] = []
        self.count = 0
        self.report: Report | None = None

    @classmethod
    @contextmanager
    def collected(cls, folder: Path, planned: Plan, *, write: bool) -> Iterator[Refusals]:
        refusals = cls(folder, planned, write=write)
        try:
            yield refusals
        finally:
            if refusals.report is not None:
                refusals.report.close()

    def add(self, rejected: Rejected) -> None:
        self.count += 1
        if len(self.shown) < SHOWN_REFUSALS:
            self.shown.append(rejected)
        if not self.write:
            return
        if self.report is None:
            stem = self.planned.source.path.name.split(".")[0]
            moment = instant(wall_clock())
            self.report = begin_report(self.folder, f"{stem}-{moment:%Y-%m-%dT%H%M%S}", self.planned)
        self.report.add(rejected)


class Ending(NamedTuple):
    """How an import ends, as JSON and CSV say it (schema: docs/import.schema.json)."""

    rows: int
    records: int
    events_added: int
    already_known: int
    rejected: int


def _say_ending(ending: Ending, words: Words, fmt: Format, sentence: str) -> None:
    if fmt is Format.JSON:
        as_json(ending._asdict())
    elif fmt is Format.CSV:
        as_csv(Ending._fields, [ending])
    else:
        say(sentence)


def _say(tally: Tally, refusals: Refusals, words: Words, fmt: Format, *, total: int, dry_run: bool) -> None:
    ending = Ending(tally.rows, tally.records, tally.events_added, tally.counts.known, tally.rejected)
    taken = f"{tally.rows - tally.rejected:,}"
    sentence = words("taken", rows=taken, events=f"{tally.events_added:,}", known=f"{tally.counts.known:,}")
    _say_ending(ending, words, fmt, sentence)
    if refusals.count and fmt is Format.TABLE:
        _say_refused(refusals, words)
    tell = say if fmt is Format.TABLE else note
    if dry_run:
        tell(words("dry_run"))
    if tally.stopped == "interrupted":
        tell(words("interrupted", rows=f"{tally.rows:,}", all=f"{total:,}"))
    elif tally.stopped:
        tell(words("too_many", n=tally.rejected, rows=f"{tally.rows:,}", all=f"{total:,}"))


def _say_refused(refusals: Refusals, words: Words) -> None:
    say(words("refused", n=f"{refusals.count:,}"))
    table(
        ["", "", "", "", "", ""],
        [
            ["  " + words("row", n=r.number), r.error.column, repr(r.error.value) if r.error.value else "",
             r.error.what, "→ " + r.error.todo, f"[{r.error.code}]"]
            for r in refusals.shown
        ],
        bare=True,
    )  # fmt: skip
    if refusals.count > len(refusals.shown):
        say("  " + words("more_refused", n=f"{refusals.count - len(refusals.shown):,}"))
    if refusals.report is not None:
        say(words("report", path=refusals.report.path))


def _retract(data: Path | str | None, lang: Any, batch: str, reason: str, fmt: Format) -> None:
    if not reason:
        raise InvalidInputError("why is it undone?", todo='Add --reason "…".', code="RW-OPTIONS")
    with opened(data, lang) as session:
        found = batches.find(session.ledger, batch)
        with progress(str(found.batch)[:8]) as report:
            stored = 0
            for n in batches.retract(session.ledger, found, reason=reason, at=wall_clock()):
                stored += n
                report(stored, max(found.events_added, stored))
        session.follow()
        if fmt is Format.JSON:
            as_json({"batch": str(found.batch), "events_added": stored})
        elif fmt is Format.CSV:
            as_csv(["batch", "events_added"], [[str(found.batch), stored]])
        else:
            say(session.words("retracted", batch=str(found.batch)[:8], n=f"{stored:,}"))


def imports(
    data: DataOption = None,
    fmt: FormatOption = Format.TABLE,
    output: OutputOption = None,
    force: ForceOption = False,
    lang: LangOption = None,
) -> None:
    """List what was imported, oldest first.

    Example: rentalwatch imports --output imports.xlsx
    """
    check_output(output, fmt, force=force)
    with opened(data, lang) as session:
        found = batches.all_batches(session.ledger)
        if output is not None:
            _as_sheet((output, force), session, found)
        else:
            _list(session, found, fmt)


def _header(words: Words) -> list[str]:
    columns = ("batch", "file", "started", "state", "rows", "events", "known_rows", "rejected")
    return [words(k) for k in columns]


def _as_sheet(output: tuple[Path, bool], session: Session, found: list[batches.Batch]) -> None:
    words = session.words
    with session.asking() as connection:
        zone = session.zone(connection)
    rows = [
        [str(b.batch)[:8], b.file_name, instant_in(b.started_at, zone), words(f"{b.state}_state"),
         b.rows, b.events_added, b.already_known, b.rejected]
        for b in found
    ]  # fmt: skip
    as_sheet(output, words, words("batch"), _header(words), rows)


def _list(session: Session, found: list[batches.Batch], fmt: Format) -> None:
    words = session.words
    with session.asking() as connection:
        zone = session.zone(connection)
    if fmt is Format.JSON:
        as_json([{**vars(b), "batch": str(b.batch), "started_at": stamp(b.started_at, zone),
                  "ended_at": b.ended_at and stamp(b.ended_at, zone)} for b in found])  # fmt: skip
        return
    header = _header(words)
    rows = [
        [str(b.batch)[:8], b.file_name, stamp(b.started_at, zone)[:16].replace("T", " "),
         words(f"{b.state}_state") if fmt is Format.TABLE else b.state,
         b.rows, b.events_added, b.already_known, b.rejected]
        for b in found
    ]  # fmt: skip
    if fmt is Format.CSV:
        as_csv(header, rows)
    elif rows:
        table(header, rows)
    else:
        say(words("no_imports"))
