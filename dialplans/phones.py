"""Agents' own phones as PJSIP knows them: rendered from the accounts, not from settings."""

from collections.abc import Sequence

from dialplans.render import environment
from dialplans.values import WrongRendering
from ivr.domain.agent import SipCredentials


def render_phones(phones: Sequence[SipCredentials]) -> str:
    """The text of the file with an endpoint for each. Raises WrongRendering."""
    try:
        return environment("file").get_template("agents/pjsip.conf.j2").render(phones=phones)
    except WrongRendering as error:
        raise WrongRendering(f"agents' phones: {error}") from error
