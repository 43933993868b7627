"""How a home stands: the lines above the timeline of its file, and its rows as JSON has them."""

from __future__ import annotations

from typing import Any

from rentalwatch.cli.show import day, due_day, stamp
from rentalwatch.cli.words import Words
from rentalwatch.domain.instants import DAY, FOREVER, Micros
from rentalwatch.domain.judgement import Claim, Exemption, Judgement, Party, Round, State


def standing_lines(w: Words, judged: Judgement, asked: Micros, zone: str) -> list[str]:
    """The state, what runs, the tags of relapses, the parties: a line each. The home must have a state."""
    (state,) = judged.at(asked, State)
    return [
        *_round_lines(w, state, judged, asked, zone),
        *_clock_lines(w, state, judged, asked, zone),
        *(_tags(w, r, zone) for r in judged.at(asked, Round) if r.opening == "relapse"),
        *(_party(w, p, zone) for p in judged.at(asked, Party) if asked <= p.until),
        *(_exemption(w, e, zone) for e in judged.at(asked, Exemption) if asked <= e.until),
    ]


def _round_lines(w: Words, state: State, judged: Judgement, asked: Micros, zone: str) -> list[str]:
    rounds = [r for r in judged.at(asked, Round) if r.closed_at >= FOREVER]
    if not rounds:
        return [w("no_round", state=w.state(state.state))]
    r = rounds[0]
    return [
        w("round_line", n=r.number, opening=w(r.opening), day=day(r.opened_at, zone)),
        w("open_findings", n=state.open_findings) + f" · {w.state(state.state)}",
    ]


def _clock_lines(w: Words, state: State, judged: Judgement, asked: Micros, zone: str) -> list[str]:
    found = []
    refuted = len({c.claimed_at for c in judged.at(asked, Claim) if c.status == "refuted"})
    if refuted:
        found.append(w("refuted_times", n=refuted))
    if state.b2_due < FOREVER:
        days = (asked - state.b2_due) // DAY
        key = "deadline_passed" if state.b2_due < asked else "deadline_ahead"
        found.append(w(key, day=due_day(state.b2_due, zone), days=f"{abs(days):,}"))
    waiting = [c.claimed_at for c in judged.at(asked, Claim) if c.status == "pending"]
    if waiting:
        found.append(w("claim_waits", day=day(min(waiting), zone)))
    return found


def _tags(w: Words, r: Round, zone: str) -> str:
    """A relapse with its tags."""
    return w(
        "relapse_tags",
        n=r.number,
        day=day(r.opened_at, zone),
        caught_by=w(f"caught_by_{r.caught_by}"),
        ground=w(f"ground_{r.ground}"),
        operator=w(f"operator_{r.operator}"),
        days=w("one_day" if r.days_since == 1 else "many_days", n=f"{r.days_since:,}"),
        watch=w(f"watch_{r.watch}") if r.watch else "",
    )


def _party(w: Words, p: Party, zone: str) -> str:
    until = w("party_until", day=due_day(p.until, zone)) if p.until < FOREVER else ""
    role, certainty = w(f"role_{p.role}"), w(f"certainty_{p.certainty}")
    return w("party_line", role=role, party=p.party, certainty=certainty, until=until)


def _exemption(w: Words, e: Exemption, zone: str) -> str:
    until = w("party_until", day=due_day(e.until, zone)) if e.until < FOREVER else ""
    return w("exemption_line", cause=w(f"cause_{e.cause}"), until=until)


def readable(row: Any, zone: str) -> dict[str, Any]:
    """A row with its instants as the zone's calendar has them; null where there is none."""
    value = dict(row._asdict())
    for name in value:
        if name.endswith(("_at", "due")) or name in ("at", "since", "until"):
            value[name] = None if value[name] >= FOREVER else stamp(value[name], zone)
    if value.get("days_since") == -1:
        value["days_since"] = None
    return value
