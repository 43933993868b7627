"""A judgement that goes on where it stands says what `judge` says of all the facts."""

from collections import Counter
from random import Random

from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from rentalwatch.domain.facts import Axis, Fact
from rentalwatch.domain.judge import Running, judge
from tests.unit.domain.lives import lives

repeatable = settings(derandomize=True, database=None, deadline=None, max_examples=300)


def parts_of(facts: list[Fact], chance: Random) -> list[list[Fact]]:
    cuts = sorted(chance.randrange(len(facts) + 1) for _ in range(chance.randrange(6)))
    return [facts[a:b] for a, b in zip([0, *cuts], [*cuts, len(facts)], strict=True)]


def assert_goes_on_as_judged(told: list[Fact], axis: Axis, chance: Random) -> None:
    running, so_far, held = Running(axis), [], Counter()
    for part in parts_of(told, chance):
        gone, new = running.add(part)
        assert not held & Counter(new)
        assert not Counter(gone) - held
        held = held - Counter(gone) + Counter(new)
        assert held == Counter(running.spans())
        so_far += part
        judged = judge(so_far, axis)
        assert Counter(running.spans()) == Counter(judged.spans)
        assert running.fold.irregular == list(judged.irregular)


@repeatable
@for_all(told=lives(), axis=st.sampled_from(["ledger", "source"]), chance=st.randoms(use_true_random=False))
def test_whatever_order_facts_come_in(told, axis: Axis, chance):
    chance.shuffle(told)
    assert_goes_on_as_judged(told, axis, chance)


@repeatable
@for_all(told=lives(), chance=st.randoms(use_true_random=False))
def test_facts_that_come_as_they_happened(told, chance):
    assert_goes_on_as_judged(sorted(told, key=lambda f: f.order), "ledger", chance)


@repeatable
@for_all(told=lives(corrected=False), chance=st.randoms(use_true_random=False))
def test_facts_that_come_as_they_happened_and_nothing_is_corrected(told, chance):
    assert_goes_on_as_judged(sorted(told, key=lambda f: f.order), "ledger", chance)
