"""How good the shipped rules are on simulated years: `python -m bench.simulated_years --seeds 101-120`.

Readings go through the very door, state and evaluation that judge live. What the alerts were worth is said by
`rentalwatch.simulation.scoring`, of visits and of stays; and, harder, of stays alone: a home that is visited
for nothing is a nuisance once, and found is found once, however many weeks either goes on.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from rentalwatch.domain.shares import wilson
from rentalwatch.domain.warning import COMBINED, Combined, Warnings
from rentalwatch.rulebooks import load
from rentalwatch.signals.district import District as Folded
from rentalwatch.signals.judging import Judge
from rentalwatch.simulation.district import District
from rentalwatch.simulation.scoring import Score, score, visits
from rentalwatch.simulation.truth import truth
from rentalwatch.simulation.year import readings

RECORDS_AT_ONCE = 200
_EPOCH = date(1970, 1, 1)

Alerts = dict[str, list[tuple[str, date]]]
"""What is measured → (home, day) of each of its alerts."""


def measured(seed: int, dwellings: int, days: int, warnings: Warnings) -> dict[str, dict[str, Any]]:
    """Of one district: each rule by itself, each as the combined score counts it, the combined score, relapse
    rules together, and all that the rulebook would really have raised."""
    district = District(seed, dwellings=dwellings, days=days)
    lines = list(truth(district))
    raised = alerts(district, _books(warnings))
    whole = _as_shipped(raised, warnings)
    return {
        name: _plain(score(lines, found, district.begin, district.days)) | _of_stays(lines, found)
        for name, found in whole.items()
    }


def alerts(district: District, books: Mapping[str, Warnings]) -> Alerts:
    """What each book would have raised in a year of readings."""
    folded = Folded()
    judges: dict[tuple[str, str], Judge] = defaultdict(Judge)
    found: Alerts = defaultdict(list)
    coming = readings(district)
    while records := list(islice(coming, RECORDS_AT_ONCE)):
        outcome = folded.fold(records)
        for rows in (*outcome.touched, *outcome.closed):
            for name, book in books.items():
                for judged in judges[name, rows.estate].judge(rows, book):
                    day = _EPOCH + timedelta(days=judged.hit.day)
                    found[name or judged.hit.rule].append((judged.hit.dwelling, day))
    return found


def _books(warnings: Warnings) -> dict[str, Warnings]:
    """The shipped rules, each made to raise alerts of its own; and each counted rule as the combined score
    counts it, on so many days."""
    loud = {name: rule.model_copy(update={"alone": True}) for name, rule in warnings.rules.items()}
    found = {"": Warnings(rules=loud, combined=warnings.combined)}
    for name, days in (warnings.combined.days if warnings.combined else {}).items():
        quiet = {name: warnings.rules[name].model_copy(update={"alone": False})}
        lasting = Combined(weights={name: 0.5}, threshold=0.5, days={name: days}, origin="bench")
        found[f"{name}, {days} days"] = Warnings(rules=quiet, combined=lasting)
    return found | _of_kinds(warnings)


KINDS: Mapping[str, frozenset[str]] = {
    "gates, electricity, water": frozenset({"gate_pass", "electricity", "water"}),
    "gates, electricity": frozenset({"gate_pass", "electricity"}),
    "gates, water": frozenset({"gate_pass", "water"}),
    "electricity, water": frozenset({"electricity", "water"}),
}
"""Kinds of signal with which the combined score is measured alone: a district may have no others."""


def _of_kinds(warnings: Warnings) -> dict[str, Warnings]:
    """The combined score of those rules alone that ask for some kinds of signal, with weights as they are."""
    combined = warnings.combined
    if combined is None:
        return {}
    found = {}
    for name, kinds in KINDS.items():
        rules = {
            n: warnings.rules[n].model_copy(update={"alone": False})
            for n in combined.weights
            if warnings.rules[n].signals <= kinds
        }
        left = {
            "weights": {n: combined.weights[n] for n in rules},
            "days": {n: days for n, days in combined.days.items() if n in rules},
            "tests": (),
        }
        found[f"combined: {name}"] = Warnings(rules=rules, combined=combined.model_copy(update=left))
    return found


def _as_shipped(raised: Alerts, warnings: Warnings) -> Alerts:
    rules = warnings.rules.items()
    alone = [name for name, rule in rules if rule.alone and not rule.relapse]
    back = [name for name, rule in rules if rule.relapse]
    every = {name: raised.get(name, []) for name in sorted({*raised, *warnings.rules, COMBINED})}
    every["relapse rules together"] = [alert for name in back for alert in raised.get(name, ())]
    every["all that it raises"] = [
        alert for name in (*alone, *back, COMBINED) for alert in raised.get(name, ())
    ]
    return every


def _plain(found: Score) -> dict[str, Any]:
    plain = {name: getattr(found, name) for name in ("right", "wrong", "found", "missed", "relapses")}
    return plain | {
        "relapses_found": found.relapses_found,
        "waited": found.waited,
        "wrong_kinds": dict(found.wrong_kinds),
    }


def _of_stays(lines: list[dict[str, Any]], found: list[tuple[str, date]]) -> dict[str, int]:
    """Stays of any kind that were visited: group rentals, and others."""
    of: dict[str, list[date]] = defaultdict(list)
    for home, day in found:
        of[home].append(day)
    counts = Counter(stays_right=0, stays_wrong=0)
    for line in lines:
        groups = {stay["onset"] for stay in line["group_rental"]}
        seen = {_stay_on(line, day)["from"] for day in visits(of[line["dwelling"]])}
        counts["stays_right"] += len(seen & groups)
        counts["stays_wrong"] += len(seen - groups)
    return dict(counts)


def _stay_on(line: Mapping[str, Any], day: date) -> Mapping[str, Any]:
    begun: Iterator[Mapping[str, Any]] = (
        stay for stay in reversed(line["stays"]) if (stay["from"] or "") <= day.isoformat()
    )
    return next(begun, line["stays"][0])


def added(total: dict[str, Any], more: Mapping[str, Any]) -> None:
    """Takes another district in."""
    for name, value in more.items():
        if isinstance(value, dict):
            total[name] = dict(Counter(total.get(name, {})) + Counter(value))
        else:
            total[name] = total[name] + value if name in total else value


def table(found: Mapping[str, Mapping[str, Any]]) -> str:
    """Markdown, a row for each that was measured."""
    head = "rule", "visits", "precision (95 %)", "stays visited", "precision by stay", "recall (95 %)", "days"
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for name, n in found.items():
        waited = sorted(n["waited"])
        cells = [
            f"`{name}`",
            str(n["right"] + n["wrong"]),
            _share(n["right"], n["right"] + n["wrong"]),
            str(n["stays_right"] + n["stays_wrong"]),
            _share(n["stays_right"], n["stays_right"] + n["stays_wrong"]),
            _share(n["found"], n["found"] + n["missed"]),
            str(waited[len(waited) // 2]) if waited else "",
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _share(hits: int, tries: int) -> str:
    interval = wilson(hits, tries)
    if interval is None:
        return "n/a"
    return f"{hits / tries:.2f} ({interval.low:.2f}–{interval.high:.2f})"


def main() -> None:
    """Measures district by district; each is written at once, so that a run may be ended and gone on with."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", default="101-120", help="From–to; rules are tuned on 1–20 alone.")
    parser.add_argument("--dwellings", type=int, default=400)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--out", type=Path, default=Path("simulated-years"))
    parser.add_argument("--show", action="store_true", help="Only what was measured already.")
    asked = parser.parse_args()
    first, _, last = asked.seeds.partition("-")
    asked.out.mkdir(exist_ok=True)
    warnings = load("shanghai")[0].warning
    total: dict[str, dict[str, Any]] = defaultdict(dict)
    districts = 0
    for seed in range(int(first), int(last or first) + 1):
        file = asked.out / f"{seed}.json"
        if not file.exists() and not asked.show:
            found = measured(seed, asked.dwellings, asked.days, warnings)
            file.write_text(json.dumps(found), "utf-8")
        if file.exists():
            districts += 1
            for name, counts in json.loads(file.read_text("utf-8")).items():
                added(total[name], counts)
    print(f"{districts} districts of {asked.dwellings} homes, {asked.days} days, seeds {asked.seeds}")
    print(table(total))
    for name in (COMBINED, *(f"combined: {kinds}" for kinds in KINDS), "relapse rules together"):
        if name in total:
            told = {k: v for k, v in total[name].items() if k != "waited"}
            print(name, json.dumps(told))


if __name__ == "__main__":
    main()
