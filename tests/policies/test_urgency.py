"""H2.1d: how urgent a call is, with its reasons."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.application.step_endings import customer
from ivr.domain.banking import AccountState, CustomerFacts, CustomerKind
from ivr.domain.caller import Language
from ivr.domain.problem import Category, Urgency
from ivr.domain.reasons import Reason
from ivr.policies.urgency import RULES, Situation, Told, urgency_of

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
LI = customer()
NOBODY = Situation(now=NOW)
FRESH = NOW - timedelta(days=1)
TAKEN_OVER = replace(LI, contact_changed_at=FRESH, large_transfers=1)


@pytest.mark.parametrize(
    ("different", "urgency", "reasons"),
    [
        ({}, Urgency.NORMAL, []),
        ({"category": Category.ENQUIRY}, Urgency.NORMAL, []),
        ({"category": Category.TRANSFER_PROBLEM}, Urgency.NORMAL, []),
        ({"category": Category.COMPLAINT}, Urgency.ELEVATED, [Reason.COMPLAINT]),
        ({"category": Category.ACCOUNT_ANOMALY}, Urgency.ELEVATED, [Reason.ACCOUNT_ANOMALY]),
        ({"category": Category.LOSS}, Urgency.URGENT, [Reason.LOSS_OR_FRAUD]),
        ({"category": Category.LOSS_OR_FRAUD}, Urgency.URGENT, [Reason.LOSS_OR_FRAUD]),
        ({"category": Category.FRAUD}, Urgency.EMERGENCY, [Reason.FRAUD_NOW]),
        ({"told": Told.FRAUD_NOW}, Urgency.EMERGENCY, [Reason.FRAUD_NOW]),
        ({"told": Told.EMERGENCY}, Urgency.EMERGENCY, [Reason.TOLD_EMERGENCY]),
        ({"block_unsure": True}, Urgency.EMERGENCY, [Reason.BLOCK_UNSURE]),
        ({"recent_calls": 1}, Urgency.NORMAL, []),
        ({"recent_calls": 2}, Urgency.ELEVATED, [Reason.CALLED_AGAIN]),
        ({"waited": 59.9}, Urgency.NORMAL, []),
        ({"waited": 60.0}, Urgency.ELEVATED, [Reason.WAITED_LONG]),
        ({"facts": LI}, Urgency.NORMAL, []),
        ({"facts": customer(vulnerable=True)}, Urgency.ELEVATED, [Reason.VULNERABLE]),
        ({"facts": customer(CustomerKind.CORPORATE)}, Urgency.ELEVATED, [Reason.COMPANY]),
        ({"facts": customer(CustomerKind.INTERNAL)}, Urgency.NORMAL, []),
        ({"facts": replace(LI, account_state=AccountState.FROZEN)}, Urgency.ELEVATED, [Reason.ACCOUNT_FROZEN]),
        ({"facts": replace(LI, fraud_marked=True)}, Urgency.URGENT, [Reason.FRAUD_MARKED]),
        ({"facts": TAKEN_OVER}, Urgency.NORMAL, []),
        ({"facts": TAKEN_OVER, "category": Category.ENQUIRY}, Urgency.NORMAL, []),
        (
            {"facts": replace(LI, large_transfers=1), "category": Category.TRANSFER_PROBLEM},
            Urgency.URGENT,
            [Reason.LARGE_TRANSFERS],
        ),
        (
            {"facts": replace(LI, contact_changed_at=FRESH), "category": Category.TRANSFER_PROBLEM},
            Urgency.ELEVATED,
            [Reason.CONTACT_CHANGED],
        ),
        (
            {"facts": replace(LI, contact_changed_at=NOW - timedelta(days=4)), "category": Category.TRANSFER_PROBLEM},
            Urgency.NORMAL,
            [],
        ),
        (
            {"facts": TAKEN_OVER, "category": Category.ACCOUNT_ANOMALY},
            Urgency.EMERGENCY,
            [Reason.TAKEOVER_SUSPECTED, Reason.LARGE_TRANSFERS, Reason.ACCOUNT_ANOMALY, Reason.CONTACT_CHANGED],
        ),
        (
            {"category": Category.COMPLAINT, "recent_calls": 3, "waited": 90.0, "facts": customer(vulnerable=True)},
            Urgency.URGENT,
            [Reason.COMPLAINT, Reason.CALLED_AGAIN, Reason.VULNERABLE, Reason.WAITED_LONG],
        ),
    ],
)
def test_each_situation_is_judged_as_a_person_would_h2_1d(
    different: dict[str, object], urgency: Urgency, reasons: list[Reason]
) -> None:
    """By hand: the urgency, and the reasons with the gravest first."""
    judgement = urgency_of(replace(NOBODY, **different))  # type: ignore[arg-type]
    assert (judgement.urgency, list(judgement.reasons)) == (urgency, reasons)


FACTS = st.none() | st.builds(
    lambda kind, vulnerable, state, changed, large, marked: replace(
        customer(kind, vulnerable=vulnerable),
        account_state=state,
        contact_changed_at=changed and NOW - timedelta(days=changed),
        large_transfers=large,
        fraud_marked=marked,
    ),
    st.sampled_from(CustomerKind),
    st.booleans(),
    st.sampled_from(AccountState),
    st.none() | st.integers(1, 9),
    st.integers(0, 2),
    st.booleans(),
)
SITUATIONS = st.builds(
    Situation,
    category=st.none() | st.sampled_from(Category),
    told=st.sampled_from(Told),
    facts=FACTS,
    recent_calls=st.integers(0, 4),
    waited=st.sampled_from((0.0, 30.0, 60.0, 600.0)),
    block_unsure=st.booleans(),
    now=st.just(NOW),
)


def _of_a_customer(sign: Callable[[CustomerFacts], CustomerFacts]) -> Callable[[Situation], Situation]:
    return lambda situation: replace(situation, facts=sign(situation.facts or LI))


SIGNS: dict[str, Callable[[Situation], Situation]] = {
    "told": lambda situation: replace(situation, told=Told.EMERGENCY),
    "fraud": lambda situation: replace(situation, told=Told.FRAUD_NOW),
    "unsure": lambda situation: replace(situation, block_unsure=True),
    "again": lambda situation: replace(situation, recent_calls=situation.recent_calls + 1),
    "waited": lambda situation: replace(situation, waited=situation.waited + 60),
    "vulnerable": _of_a_customer(lambda facts: replace(facts, vulnerable=True)),
    "marked": _of_a_customer(lambda facts: replace(facts, fraud_marked=True)),
    "large": _of_a_customer(lambda facts: replace(facts, large_transfers=facts.large_transfers + 1)),
    "changed": _of_a_customer(lambda facts: replace(facts, contact_changed_at=NOW)),
}


@given(SITUATIONS, st.sampled_from(sorted(SIGNS)))
def test_one_sign_more_never_lowers_h2_1d(situation: Situation, sign: str) -> None:
    """What speaks for a caller never speaks against him."""
    assert urgency_of(SIGNS[sign](situation)).urgency >= urgency_of(situation).urgency


@given(SITUATIONS)
def test_every_urgency_has_its_reasons_and_every_reason_its_urgency_h2_1d(situation: Situation) -> None:
    """Nothing is urgent without a word why, and nothing is said for no effect."""
    judgement = urgency_of(situation)
    assert bool(judgement.reasons) is (judgement.urgency > Urgency.NORMAL)
    assert len(set(judgement.reasons)) == len(judgement.reasons)


@given(SITUATIONS)
def test_small_signs_alone_wake_no_officer_h2_1d(situation: Situation) -> None:
    """An emergency has a reason that is one by itself."""
    alone = {rule.reason for rule in RULES if rule.at_least is Urgency.EMERGENCY}
    judgement = urgency_of(situation)
    assert (judgement.urgency is Urgency.EMERGENCY) is bool(alone & set(judgement.reasons))


def test_the_gravest_reasons_come_first_h2_1d() -> None:
    """The rules stand in that order, and those that only raise come last."""
    weights = [rule.at_least if rule.at_least is not None else -1 for rule in RULES]
    assert weights == sorted(weights, reverse=True)
    assert {rule.reason for rule in RULES} == set(Reason) - {Reason.ESCALATED}  # given by a person, not judged


@pytest.mark.parametrize("reason", Reason)
def test_each_reason_has_words_in_both_languages_h2_1d(reason: Reason) -> None:
    """An agent reads why, in the language of the desk."""
    chinese, english = reason.words(Language.ZH), reason.words(Language.EN)
    assert any("\u4e00" <= sign <= "\u9fff" for sign in chinese)
    assert english.isascii()
    assert english
