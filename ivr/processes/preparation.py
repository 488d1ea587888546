"""All that must be there before the first process starts. Doing it again changes nothing that is right already."""

import asyncio

from rich.console import Console

import dialplans.disk
import dialplans.render
from ivr.adapters.exchange.install import Installation, ensure
from ivr.adapters.prompts.install import install as install_prompts
from ivr.adapters.prompts.library import PromptLibrary
from ivr.adapters.secrets import Secrets
from ivr.adapters.sql.schema import upgrade
from ivr.home import Home
from ivr.settings import Settings


def prepare(settings: Settings, console: Console) -> Installation:
    """Make home and secrets, get Asterisk, bring the archive's tables up to date, render Asterisk's files, put the
    prompts where it plays them from. Raises a HotlineError that names what is in the way.
    """
    home = Home(settings.home)
    home.make()
    secrets = Secrets(home.secrets)
    installation = ensure(settings, console)
    asyncio.run(upgrade(settings.archive_url))
    dialplans.disk.write(dialplans.render.render(settings, home, secrets, installation), home, settings, installation)
    library = PromptLibrary.load(settings.prompts_folder)
    install_prompts(library, home.asterisk.data / "sounds", settings.prompts.cut_ms)  # the carrier's is a link to it
    return installation
