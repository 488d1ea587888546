"""H2.2b: an account anomaly. When, by key; the status, from the bank, told to whoever is verified; what was done, in
the caller's own words.
"""

from ivr.domain.call import When
from ivr.flow.account import tell_account_states
from ivr.flow.entry import patiently
from ivr.flow.identity import try_to_identify, try_to_verify
from ivr.flow.menus import offer
from ivr.flow.steps import Flow, Recorded, record, sentences
from ivr.flow.talk import NeedsPerson, Talk
from ivr.flow.tickets import open_ticket, tell_ticket

WHEN = {"1": When.TODAY, "2": When.YESTERDAY, "3": When.EARLIER}


def account_anomaly(talk: Talk) -> Flow[None]:
    """Ask what the agent's form needs, open its ticket, and ask for a person. Who cannot say who he is, or does not
    want to tell, is brought to a person with what there is.
    """
    key = yield from offer(talk, sentences(talk.language, "anomaly_when"), "".join(WHEN))
    yield from talk.note(happened=WHEN[key])
    yield from try_to_identify(talk)
    yield from try_to_verify(talk)
    yield from tell_account_states(talk)
    yield from hear_out(talk, "anomaly_describe")
    yield from talk.judge()
    number = yield from open_ticket(talk)
    yield from talk.say("description_kept")
    yield from tell_ticket(talk, number)
    talk.start_emergency_plan()
    raise NeedsPerson


def hear_out(talk: Talk, prompt: str) -> Flow[None]:
    """Let the caller tell it, and keep it for whoever handles it. Raises WantsPerson, Emergency."""
    told: Recorded = yield from patiently(
        talk,
        (prompt,),
        lambda spoken: record(spoken, longest=talk.manners.longest_telling, patience=talk.manners.key_patience),
        silence=("nothing_recorded", "menu_person"),
    )
    yield from talk.note(told=told.name, to_file=True)
