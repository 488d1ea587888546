"""The session over FastAGI keeps the port's contract; the scripted caller is at the other end of the channel."""

import asyncio
import time
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from ivr.adapters.fastagi import session
from ivr.adapters.memory.voice import Act, HangsUp, Listens, Presses, ScriptedCaller, Speaks
from ivr.domain.caller import Language
from ivr.domain.errors import HungUp
from ivr.domain.ids import PromptId
from ivr.domain.secret import SecretDigits
from ivr.flow.steps import Chose, Recorded, Sentence, sentences
from ivr.ports.voice import Keypad, RecordingRefused, SessionLost, VoiceSession
from tests.adapters.fastagi.conftest import Line
from tests.adapters.fastagi.peer import AsteriskPeer, environment_of
from tests.contracts.voice_contract import MENU, NAME, PATIENCE, TELLING, Meet, VoiceContract


class PeerOfCaller(AsteriskPeer):
    """A channel with a scripted caller on it. Each key ends while a command listens, since fingers are slow."""

    caller: ScriptedCaller

    async def _wait_for_digit(self, line: str, milliseconds: int) -> str:
        await self._caller_acts()
        begun, silent_steps = time.monotonic(), 0

        async def stays_silent() -> None:
            nonlocal silent_steps
            while True:
                await asyncio.sleep(1.5 * PATIENCE)  # the session keeps the time: its step has run out of patience
                silent_steps += 1
                self.caller.is_silent_for(PATIENCE)
                await self._caller_acts()
                self._news.set()

        silence = asyncio.create_task(stays_silent())
        answer = await super()._wait_for_digit(line, milliseconds)
        silence.cancel()
        if answer == "200 result=1" and not silent_steps and time.monotonic() - begun > PATIENCE / 2:
            self.caller.is_silent_for(PATIENCE)  # the next step's sentence ended the wait
        return answer

    async def _stream_file(self, line: str, sound: str) -> str | None:
        await self._caller_acts()
        if not (self._keys or self._hung_up):
            sentence = Sentence(PromptId(sound), Language(line.split("/")[-3]))
            if line.endswith('"'):  # from its beginning
                self.caller.begins_to_hear(sentence)
            await self._caller_acts(sentence)
            if not (self._keys or self._hung_up):
                self.caller.has_heard(sentence)
                return "200 result=0 endpos=8000"
        return await super()._stream_file(line, sound)

    async def speaks(self) -> int:
        """As his script says."""
        try:
            return await self.caller.speaks()
        except HungUp:
            self._hung_up = True
            return 0

    async def _caller_acts(self, sentence: Sentence | None = None) -> None:
        try:
            if not self._keys:
                self._keys.extend(await self.caller.keys_now(sentence))
        except (HungUp, SessionLost):
            self._hung_up = True


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is waited for on purpose takes no second here."""
    monkeypatch.setattr(session, "TOO_MUCH", 0.05)
    monkeypatch.setattr(session, "BREATH", 0.05)


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


async def test_what_was_said_is_sealed_and_the_clear_file_is_gone(line: Line, meet: Meet, tmp_path: Path) -> None:
    """Only who has the keyring can hear it."""
    talk, _ = await meet(Listens("tell"), Speaks(7))
    assert await talk.record(TELLING, NAME) == Recorded(NAME, 7)
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [path.suffix for path in kept] == [".sealed"]
    assert b"RIFF" not in kept[0].read_bytes()
    assert line.recordings.read(NAME).startswith(b"RIFF")


async def test_what_was_said_until_a_hangup_is_kept(meet: Meet) -> None:
    """The next step tells that the caller is gone."""
    talk, _ = await meet(Listens("tell"), Speaks(3), HangsUp())
    assert await talk.record(TELLING, NAME) == Recorded(NAME, 3)
    with pytest.raises(SessionLost):
        await talk.menu(MENU)


async def test_music_plays_while_something_takes_long(line: Line) -> None:
    """It begins after a breath, and ends with what it covered."""
    talk, peer = await line.meet()

    async def slow() -> int:
        await peer.hears("SET MUSIC")
        return 7

    assert await talk.meanwhile(slow()) == 7
    assert peer.music == ["on", "off"]


async def test_no_secret_stands_in_what_was_sent_or_logged(line: Line) -> None:
    """Keys come as answers only, and nothing repeats them."""
    with capture_logs() as logs:
        peer = await line.call_with(PeerOfCaller, environment_of())
        peer.caller = ScriptedCaller(Presses("739164#", during="password"))
        talk = await line.session()
        keyed = await talk.keypad(sentences(Language.ZH, "password"), Keypad(6, 6, flush=True), 1.0)
    assert isinstance(keyed, SecretDigits)
    assert keyed.reveal() == "739164"
    assert "739164" not in repr((peer.commands, logs, keyed))


async def test_a_dialplan_that_cannot_record_is_told_and_the_talk_goes_on(line: Line) -> None:
    """It was rendered by an older version."""
    peer = await line.call_with(PeerOfCaller, environment_of())
    peer.caller = ScriptedCaller(Presses("1", during="menu"))
    peer.missing.add("record")
    talk = await line.session()
    with pytest.raises(RecordingRefused):
        await talk.record_call()
    assert await talk.menu(MENU) == Chose("1")
