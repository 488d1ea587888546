"""The floor's bus commands: presence, and that accounts were changed."""

from typing import Protocol

from ivr.application.roster import Roster

Answer = dict[str, object]


class FollowsPresence(Protocol):
    """Who has to hear of it (`ivr.engine.floor.Floor`)."""

    def presence_changed(self) -> None:
        """The queues follow."""

    def accounts_changed(self) -> None:
        """Accounts are read anew."""


class FloorCommands:
    """Answers the bus."""

    def __init__(self, roster: Roster, floor: FollowsPresence) -> None:
        self._roster = roster
        self._floor = floor

    async def presence(self, content: Answer) -> Answer:
        """Move somebody's presence (`Roster.command`); the queues follow at once."""
        told = await self._roster.command(content)
        self._floor.presence_changed()
        return told

    async def agents_changed(self, _: Answer) -> Answer:
        """An account, its skills or its credentials are others than before."""
        self._floor.accounts_changed()
        return {}
