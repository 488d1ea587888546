"""H2.1b and H2.2a: ask, in a friendly and exact way, what is needed, and class it by the standard scheme."""

from ivr.domain.caller import Language
from ivr.domain.problem import Category
from ivr.flow.manners import Manners
from ivr.flow.menus import offer
from ivr.flow.steps import Flow, sentences

OPTIONS = {
    "1": ("menu_loss_or_fraud", Category.LOSS_OR_FRAUD),
    "2": ("menu_account_anomaly", Category.ACCOUNT_ANOMALY),
    "3": ("menu_transfer_problem", Category.TRANSFER_PROBLEM),
    "4": ("menu_complaint", Category.COMPLAINT),
    "5": ("menu_about_us", Category.ENQUIRY),
}
"""Fraud and loss first, complaints in the first menu, five at most (DOMAIN.md)."""


def ask_what_is_needed(language: Language, manners: Manners) -> Flow[Category]:
    """The first menu: 「您这边有什么需要帮助的吗？请按键选择。」"""
    spoken = sentences(language, "how_can_we_help", *(prompt for prompt, _ in OPTIONS.values()), "menu_person")
    key = yield from offer(language, spoken, "".join(OPTIONS), manners)
    return OPTIONS[key][1]


def ask_for_more(language: Language, manners: Manners) -> Flow[bool]:
    """Anything else? Silence is a no here, and no failure: the caller has what was wanted."""
    key = yield from offer(language, sentences(language, "anything_else"), "12", manners)
    return key == "1"
