"""One penalty case as `case show` tells it: steps, clocks, what did not fit, the law beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from projections.case_law import Beside
from projections.cases import Listed
from projections.scope import Scope
from projections.spans import SOURCE
from rentalwatch.cli.irregular import in_words
from rentalwatch.cli.lookup import candidate_rows, plain_lookup, sentences, title_of
from rentalwatch.cli.show import day, due_day, say, stamp, table
from rentalwatch.cli.words import Words
from rentalwatch.domain import events as ev
from rentalwatch.domain.facts import Fact, standing
from rentalwatch.domain.folds.case import UNKNOWN, PenaltyCase
from rentalwatch.domain.instants import FOREVER
from rentalwatch.domain.irregularities import IRREGULARITIES
from rentalwatch.domain.judge import judge
from rentalwatch.domain.judgement import Clock, Irregularity, Judgement
from rentalwatch.domain.rulebook import Rulebook
from rentalwatch.importers.record import KIND_OF


def show_case(w: Words, row: Listed, facts: Sequence[Fact], law: Beside, scope: Scope, known: str) -> None:
    """The case as a page of text."""
    judged, steps = _judged(facts, scope)
    zone = row.zone
    when = w("as_of", day=due_day(scope.asked, zone), known=known)
    say(f"{row.case.number} · {row.home} · {row.area}    {when}")
    for line in _summary(w, row, law.book):
        say(f"  {line}")
    say()
    odd = _odd(judged, scope)
    table(["", "", ""], [_step(w, f, odd, zone) for f in steps], bare=True)
    clocks = [_clock(w, c, zone) for c in _clocks(judged, scope)]
    if clocks:
        say()
        table(["", "", "", ""], clocks, bare=True)
    if odd or law.codes:
        say()
        say(w("irregular", n=len(odd) + len(law.codes)))
        lines = [["  " + day(i.at, zone), in_words(w, i.code)] for i in odd]
        table(["", ""], [*lines, *(["  –", in_words(w, code)] for code in law.codes)], bare=True)
    _law(w, row.case, law)


def ground_named(ground: str, book: Rulebook | None, w: Words) -> str:
    """A ground as its rulebook calls it."""
    found = book.grounds.get(ground) if book else None
    return title_of(found, w) if found else ground.replace("_", " ")


def _judged(facts: Sequence[Fact], scope: Scope) -> tuple[Judgement, list[Fact]]:
    """The judgement, and the steps that had been taken."""
    axis = "source" if scope.axis == SOURCE else "ledger"
    return judge(facts, axis, "case"), [f for f in standing(facts, axis) if f.at < scope.asked]  # type: ignore[arg-type]


def _summary(w: Words, row: Listed, book: Rulebook | None) -> list[str]:
    case = row.case
    about = [w(f"case_{case.state}")]
    if case.party:
        kind = w(f"party_{case.party_kind}")
        ground = ground_named(case.ground, book, w)
        about += [ground, w("party_of_kind", party=case.party, kind=kind), w("acted_on", day=case.acted_on)]
    lines = [" · ".join(about)]
    if case.decision:
        lines.append(" · ".join(_decision(w, case)))
    if case.waived:
        lines.append(w("waived_on_basis", basis=w.code(case.waived)))
    if row.home_state:
        lines.append(w("home_stands", state=w.state(row.home_state)))
    return lines


def _decision(w: Words, case: PenaltyCase) -> list[str]:
    parts = [case.decision, case.regime, w("rmb", n=f"{case.amount:,}")]
    if UNKNOWN not in (case.least, case.most):
        parts.append(w("range_rmb", least=f"{case.least:,}", most=f"{case.most:,}"))
    if case.paid:
        parts.append(w("paid_rmb", n=f"{case.paid:,}"))
    return [*parts, w("decision_stands" if case.standing else "decision_fell")]


def _step(w: Words, fact: Fact, odd: Sequence[Irregularity], zone: str) -> list[str]:
    """A step: its day, what it was, and a mark where it left the lawful order."""
    event: Any = fact.event
    text = w(f"k_{KIND_OF[type(event)]}")
    details = [w.code(str(v)) for v in (_detail(w, event),) if v]
    wrong = any(i.record == str(event.record_id) for i in odd)
    return [f"  {day(fact.at, zone)}", ": ".join([text, *details]), "!" if wrong else ""]


def _detail(w: Words, event: Any) -> str:
    if isinstance(event, ev.PenaltyDecided | ev.PenaltyPaid):
        return w("rmb", n=f"{event.amount_rmb:,}")
    if isinstance(event, ev.DefenceHeard):
        return "" if event.made else w("defence_waived")
    if isinstance(event, ev.LegalReviewed):
        return w("review_agreed" if event.agreed else "review_refused")
    if isinstance(event, ev.ReviewDecided):
        return w(f"outcome_{event.outcome}")
    return str(getattr(event, "reason", getattr(event, "basis", "")))


def _odd(judged: Judgement, scope: Scope) -> list[Irregularity]:
    return sorted(i for i in judged.irregular if i.at < scope.asked)


def _clocks(judged: Judgement, scope: Scope) -> list[Clock]:
    return sorted(judged.at(scope.asked, Clock), key=lambda c: c.opened_at)


def _clock(w: Words, clock: Clock, zone: str) -> list[str]:
    ended = day(clock.ended_at, zone)
    how = w(f"clock_{clock.outcome}", day=ended)
    return [f"  {w(clock.kind)}", clock.key, w("due_on", day=due_day(clock.due, zone)), how]


def _law(w: Words, case: PenaltyCase, law: Beside) -> None:
    say()
    if law.found is None or law.book is None:
        say(w("no_law_beside") if case.party else w("nothing_filed"))
        return
    threats = [(c.name, s.tier) for c in law.found.candidates for s in c.sanctions]
    rows = [
        ["→" if case.regime == regime and case.tier in (tier, "") else "", *cells]
        for (regime, tier), cells in zip(threats, candidate_rows(law.found, w), strict=True)
    ]
    if rows:
        heads = ("regime", "title", "in_force_at", "tier", "fine", "article", "now", "compared")
        table(["", *(w(k) for k in heads)], rows)
    if any(row[0] for row in rows):
        say(w("arrow_applied"))
    for line in sentences(law.found, law.book, w):
        say(line)


def case_as_json(w: Words, row: Listed, facts: Sequence[Fact], law: Beside, scope: Scope) -> dict[str, Any]:
    """Steps, clocks, irregularities and the law, as JSON has them."""
    judged, steps = _judged(facts, scope)
    zone = row.zone
    odd = [{**i._asdict(), "at": stamp(i.at, zone)} for i in _odd(judged, scope)]
    odd += [{"at": None, "record": None, "code": code} for code in law.codes]
    return {
        "home_state": row.home_state,
        "steps": [
            {
                "kind": KIND_OF[type(f.event)],
                "recorded_at": stamp(f.recorded_at, zone),
                **f.event.model_dump(mode="json", exclude_defaults=True),
            }
            for f in steps
        ],
        "clocks": [
            {
                **c._asdict(),
                "opened_at": stamp(c.opened_at, zone),
                "due": stamp(c.due, zone),
                "ended_at": None if c.ended_at >= FOREVER else stamp(c.ended_at, zone),
            }
            for c in _clocks(judged, scope)
        ],
        "irregularities": [{**i, "article": IRREGULARITIES[i["code"]].en} for i in odd],
        "law": plain_lookup(law.found, law.book, w) if law.found and law.book else None,
    }
