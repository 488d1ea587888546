"""The session over FastAGI keeps the port's contract; the scripted caller is at the other end of the channel."""

import pytest

from ivr.adapters.fastagi.dialogue import LONG, MOMENTS
from ivr.adapters.memory.voice import Act, ScriptedCaller
from ivr.domain.caller import Language
from ivr.domain.errors import HungUp
from ivr.domain.ids import PromptId
from ivr.flow.steps import Sentence
from ivr.ports.voice import SessionLost, VoiceSession
from tests.adapters.fastagi.conftest import Line
from tests.adapters.fastagi.peer import AsteriskPeer, environment_of
from tests.contracts.voice_contract import Meet, VoiceContract


class PeerOfCaller(AsteriskPeer):
    """A channel with a scripted caller on it. Each key ends while a command listens, since fingers are slow."""

    caller: ScriptedCaller

    async def _wait_for_digit(self, line: str, milliseconds: int) -> str:
        await self._caller_acts()
        answer = await super()._wait_for_digit(line, milliseconds)
        if answer == "200 result=0" and milliseconds not in (*MOMENTS, LONG):
            self.caller.is_silent_for(milliseconds / 1000)
        return answer

    async def _stream_file(self, line: str, sound: str) -> str | None:
        await self._caller_acts()
        if not (self._keys or self._hung_up):
            sentence = Sentence(PromptId(sound), Language(line.split("/")[2]))
            self.caller.begins_to_hear(sentence)
            await self._caller_acts(sentence)
            if not (self._keys or self._hung_up):
                self.caller.has_heard(sentence)
                return "200 result=0 endpos=8000"
        return await super()._stream_file(line, sound)

    async def _caller_acts(self, sentence: Sentence | None = None) -> None:
        try:
            if not self._keys:
                self._keys.extend(await self.caller.keys_now(sentence))
        except (HungUp, SessionLost):
            self._hung_up = True


@pytest.fixture
def meet(line: Line) -> Meet:
    """A new session with a new caller on its channel."""

    async def bring_together(*script: Act) -> tuple[VoiceSession, ScriptedCaller]:
        caller = ScriptedCaller(*script)
        peer = await line.call_with(PeerOfCaller, environment_of())
        peer.caller = caller
        return await line.session(), caller

    return bring_together


class TestFastAgiSession(VoiceContract):
    """The promises, kept over a socket."""
