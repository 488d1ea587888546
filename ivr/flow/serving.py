"""H2.3: for each category, what is done at once, and what goes to a person."""

from collections.abc import Callable

from ivr.domain.problem import Category
from ivr.flow.account import balance, own_tickets, transfers
from ivr.flow.anomaly import account_anomaly, hear_out
from ivr.flow.complaint import complaint
from ivr.flow.identity import try_to_identify
from ivr.flow.information import products_and_hours
from ivr.flow.loss import loss_or_fraud
from ivr.flow.need import choose_from
from ivr.flow.steps import Flow
from ivr.flow.talk import NeedsPerson, Talk
from ivr.flow.tickets import open_ticket, tell_ticket

Service = Callable[[Talk], Flow[None]]


def transfer_problem(talk: Talk) -> Flow[None]:
    """How far the latest transfers are; or it is told, and a person looks."""
    key = yield from choose_from(talk, ("1", "menu_transfer_states"), ("2", "menu_transfer_report"))
    if key == "1":
        yield from transfers(talk)
        return
    yield from try_to_identify(talk)
    yield from hear_out(talk, "anomaly_describe")
    number = yield from open_ticket(talk)
    yield from talk.say("description_kept")
    yield from tell_ticket(talk, number)
    raise NeedsPerson


def account_management(talk: Talk) -> Flow[None]:
    """What moves money or changes contact data is done by a person, who knows who calls."""
    yield from talk.judge(category=Category.ACCOUNT_MANAGEMENT)
    yield from try_to_identify(talk)
    raise NeedsPerson


def latest_transfers(talk: Talk) -> Flow[None]:
    """Asked for without a problem."""
    yield from talk.judge(category=Category.BUSINESS)
    yield from transfers(talk)


OTHER: dict[str, tuple[str, Service]] = {
    "1": ("menu_balance", balance),
    "2": ("menu_transfers", latest_transfers),
    "3": ("menu_tickets", own_tickets),
    "4": ("menu_products", products_and_hours),
    "5": ("menu_account_management", account_management),
}


def other(talk: Talk) -> Flow[None]:
    """The second-level menu of everything else."""
    key = yield from choose_from(talk, *((key, sentence) for key, (sentence, _) in OTHER.items()))
    yield from OTHER[key][1](talk)


SERVICES: dict[Category, Service] = {
    Category.LOSS_OR_FRAUD: loss_or_fraud,
    Category.ACCOUNT_ANOMALY: account_anomaly,
    Category.TRANSFER_PROBLEM: transfer_problem,
    Category.COMPLAINT: complaint,
    Category.ENQUIRY: other,
}


def serve(talk: Talk, category: Category) -> Flow[None]:
    """Do at once what can be done at once. Raises WantsPerson, Emergency for the rest."""
    yield from SERVICES[category](talk)
