"""What does not fit the lawful order, as a file shows it: each code in words, with its article."""

from __future__ import annotations

from collections.abc import Iterable

from rentalwatch.cli.show import day
from rentalwatch.cli.words import Words
from rentalwatch.domain.irregularities import IRREGULARITIES
from rentalwatch.domain.judgement import Irregularity


def odd_rows(w: Words, odd: Iterable[Irregularity], zone: str) -> list[list[str]]:
    """A row for each code, in the order in which they first occurred: what, how often, since when."""
    by_code: dict[str, list[Irregularity]] = {}
    for one in sorted(odd):
        by_code.setdefault(one.code, []).append(one)
    return [
        ["  " + in_words(w, code), w("irregular_times", n=len(found), day=day(found[0].at, zone))]
        for code, found in by_code.items()
    ]


def in_words(w: Words, code: str) -> str:
    """An irregularity in words, with the article that it breaks."""
    article = IRREGULARITIES[code]
    cited = article.zh if w.lang == "zh" else article.en
    return w("irregular_line", what=w(f"irregular_{code.replace('-', '_')}"), article=cited)
