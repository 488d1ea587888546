"""Whether the controller does its work, seen from outside."""

from ivr.adapters.fastagi.probe import probe
from ivr.adapters.secrets import Secrets
from ivr.settings import Settings

KEY = "hotline_key"
"""The secret's name: the dialplan global by which controller and exchange know each other."""


async def controller_answers(settings: Settings, secrets: Secrets, *, patience: float) -> bool:
    """It takes a FastAGI connection and answers on it within `patience` seconds."""
    return await probe("127.0.0.1", settings.ports.agi, secrets.word(KEY), patience)
