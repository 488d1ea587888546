"""H2.1b and H2.2a: ask, in a friendly and exact way, what is needed, and class it by the standard scheme."""

from ivr.domain.problem import Category
from ivr.flow.menus import offer
from ivr.flow.steps import Flow, sentences
from ivr.flow.talk import BackToMenu, Talk

BACK = "8"
"""Leads from a second-level menu back to the first."""

OPTIONS = {
    "1": ("menu_loss_or_fraud", Category.LOSS_OR_FRAUD),
    "2": ("menu_account_anomaly", Category.ACCOUNT_ANOMALY),
    "3": ("menu_transfer_problem", Category.TRANSFER_PROBLEM),
    "4": ("menu_complaint", Category.COMPLAINT),
    "5": ("menu_other", Category.ENQUIRY),
}
"""Fraud and loss first, complaints in the first menu, five at most (DOMAIN.md)."""


def ask_what_is_needed(talk: Talk) -> Flow[Category]:
    """The first menu: 「您这边有什么需要帮助的吗？请按键选择。」"""
    prompts = [prompt for prompt, _ in OPTIONS.values()]
    key = yield from offer(talk, sentences(talk.language, "how_can_we_help", *prompts, "menu_person"), "".join(OPTIONS))
    category = OPTIONS[key][1]
    yield from talk.judge(category=category)
    talk.start_emergency_plan()
    return category


def choose_from(talk: Talk, *options: tuple[str, str]) -> Flow[str]:
    """A second-level menu: `(key, sentence)`, five at most; the key. Raises BackToMenu."""
    spoken = sentences(talk.language, *(sentence for _, sentence in options), "menu_back", "menu_person")
    key = yield from offer(talk, spoken, "".join(key for key, _ in options), ways=BACK)
    if key == BACK:
        raise BackToMenu
    return key
