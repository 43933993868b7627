"""`source list` and `source check`: the mappings there are, and what is wrong with one of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rentalwatch.cli.adopted import adopted_in
from rentalwatch.cli.output import ForceOption, OutputOption, check_output, whole_file
from rentalwatch.cli.session import DataOption, Format, FormatOption, LangOption, words_of
from rentalwatch.cli.show import as_csv, as_json, say, table
from rentalwatch.errors import InvalidInputError
from rentalwatch.importers import mapping as mappings
from rentalwatch.importers import schema as schemas
from rentalwatch.settings import settings

app = typer.Typer(help="Mappings: which columns of a source become which records.", no_args_is_help=True)


@app.command("list")
def list_(fmt: FormatOption = Format.TABLE, lang: LangOption = None) -> None:
    """The mappings that come with rentalwatch."""
    loaded = [(name, mappings.load(name)[0]) for name in mappings.known()]
    rows = [[name, m.source, m.title, m.zone, m.rulebook] for name, m in loaded]
    header = ["mapping", "source", "title", "zone", "rulebook"]
    if fmt is Format.JSON:
        as_json([dict(zip(header, row, strict=True)) for row in rows])
    elif fmt is Format.CSV:
        as_csv(header, rows)
    else:
        table(header, rows)


@app.command("check")
def check(
    mapping: Annotated[str, typer.Argument(help="A mapping's file or name.")],
    data: DataOption = None,
    fmt: FormatOption = Format.TABLE,
    lang: LangOption = None,
) -> None:
    """Whether a mapping can be used; every complaint with its line. It may name a rulebook that is shipped,
    or that was adopted in this ledger.

    Example: rentalwatch source check hotline.yaml
    """
    text = mappings.read_text(mapping)
    found, complaints = mappings.check(text, adopted_in(data or settings().data).names())
    if fmt is Format.JSON:
        as_json({"ok": found is not None, "complaints": [c.model_dump() for c in complaints]})
    elif found is not None:
        say(
            words_of(lang)(
                "mapping_ok", name=found.source, n=len(found.records), columns=len(found.used_columns())
            )
        )
    else:
        for complaint in complaints:
            say(f"{mapping}:{complaint.line}: {complaint.where}: {complaint.what}")
    if found is None:
        raise typer.Exit(InvalidInputError.exit_code)


@app.command("template")
def template(
    mapping: Annotated[str, typer.Argument(help="A mapping's name or file, such as 检查记录.")],
    output: OutputOption = None,
    force: ForceOption = False,
    lang: LangOption = None,
) -> None:
    """An empty spreadsheet for a mapping, with drop-downs for codes, checks and explanations.

    Example: rentalwatch source template 检查记录 --output 检查记录.xlsx
    """
    from rentalwatch.importers.spreadsheet.template import write_template  # takes a while; seldom needed

    found, _ = mappings.load(mapping)
    path = output or Path(f"{found.source}.xlsx")
    check_output(path, force=force)
    with whole_file(path, force=force) as part:
        write_template(found, part)
    say(words_of(lang)("written", path=path))


@app.command("schema")
def schema() -> None:
    """The canonical record as a JSON Schema: which kinds there are and which fields each of them has.

    Example: rentalwatch source schema > record.schema.json
    """
    say(schemas.as_text().rstrip("\n"))
