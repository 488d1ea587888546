"""H2.1c: verification on the call. A person has the caller and sends him to the keypad for a moment."""

from ivr.domain.caller import VerificationLevel
from ivr.flow.identity import identify_caller, verify_code, verify_password
from ivr.flow.steps import Flow
from ivr.flow.talk import Emergency, Talk, WantsPerson


def verify_on_call(talk: Talk, level: VerificationLevel) -> Flow[None]:
    """As far as the caller can, up to this level; whatever hinders him, a person waits for him and goes on."""
    try:
        if talk.known.customer is None:
            yield from _identify(talk)
        if talk.known.customer is None:
            return
        if talk.known.verification < VerificationLevel.VERIFIED <= level:
            yield from verify_password(talk)
        if talk.known.verification is VerificationLevel.VERIFIED < level:
            yield from verify_code(talk)
        elif talk.known.verification is VerificationLevel.VERIFIED:
            yield from talk.say("verified")
    except (WantsPerson, Emergency):
        return


def _identify(talk: Talk) -> Flow[None]:
    try:
        yield from identify_caller(talk)
    except Emergency:
        return  # an emergency plan begins with a person, and one has the call
