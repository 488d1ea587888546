"""A scripted caller does what a person with a phone does. The exchange is played by the test, line by line."""

import math
import socket
import threading
import wave
from array import array
from collections.abc import Iterator
from pathlib import Path

import pytest

from ivr.adapters.carrier.agi import CallerAgi, Gone
from ivr.adapters.carrier.caller import Caller, Diary
from ivr.adapters.carrier.scenarios import SCENARIOS, UnknownScenario, named
from ivr.adapters.loudness import measure

RATE = 8000


def write_sound(path: Path, loud: float, quiet: float) -> None:
    """A tone, then silence, in seconds."""
    tone = array("h", (int(8000 * math.sin(2 * math.pi * 440 * n / RATE)) for n in range(int(RATE * loud))))
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes(tone.tobytes() + bytes(int(RATE * quiet) * 2))


class Exchange:
    """Asterisk's end of the AGI connection: answers commands in turn, and hangs up when it has no answer left."""

    def __init__(self, *answers: str) -> None:
        self._ours, self.callers = socket.socketpair()
        self._answers = list(answers)
        self.heard: list[str] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        with self._ours, self._ours.makefile("rw", encoding="utf-8", newline="\n") as stream:
            stream.write("agi_network_script: token\nagi_channel: PJSIP/x\n\n")
            stream.flush()
            for answer in self._answers:
                if not (line := stream.readline()):
                    return
                self.heard.append(line.strip())
                stream.write(f"{answer}\n")
                stream.flush()

    def close(self) -> None:
        """End."""
        self.callers.close()
        self._thread.join(2)


@pytest.fixture
def talk(tmp_path: Path) -> Iterator[object]:
    """Make a caller whose exchange gives these answers."""
    exchanges: list[Exchange] = []

    def make(*answers: str) -> tuple[Caller, Exchange, Diary]:
        exchange = Exchange(*answers)
        exchanges.append(exchange)
        diary = Diary()
        agi = CallerAgi(exchange.callers.makefile("rw", encoding="utf-8", newline="\n"))
        assert agi.token == "token"
        return Caller(agi, tmp_path, diary), exchange, diary

    yield make
    for exchange in exchanges:
        exchange.close()


def test_listening_is_recording(talk, tmp_path: Path) -> None:
    """What was heard is measured from the recording."""
    write_sound(tmp_path / "001.wav", loud=1.0, quiet=0.5)
    caller, exchange, diary = talk("200 result=0 (timeout) endpos=12000")
    caller.listen(1.5)
    assert exchange.heard == [f'RECORD FILE "{tmp_path / "001"}" wav "" 1500']
    assert diary.audible == pytest.approx(1.0, abs=0.03)


def test_a_caller_waits_until_the_line_has_spoken_and_is_silent(talk, tmp_path: Path) -> None:
    """Silence before the first word is no pause, and a line that sends no audio at all is as silent as a quiet one."""
    for second, loud in {"002": 1.0, "003": 0.3, "005": 0.5}.items():
        write_sound(tmp_path / f"{second}.wav", loud=loud, quiet=1.0 - loud)
    caller, exchange, _ = talk(*["200 result=0 (timeout) endpos=8000"] * 9)
    caller.listen_until_silence(pause=2)
    assert len(exchange.heard) == 7


def test_what_was_heard_until_a_hangup_counts(talk, tmp_path: Path) -> None:
    """The diary has it, although the verb did not come to its end."""
    write_sound(tmp_path / "001.wav", loud=0.7, quiet=0)
    caller, _, diary = talk("200 result=-1 (hangup) endpos=5600")
    with pytest.raises(Gone):
        caller.listen_to_the_end()
    assert diary.audible == pytest.approx(0.7, abs=0.03)
    assert "0.7 s of it audible" in diary.did[-1]


def test_keys_are_tones_with_a_gap(talk) -> None:
    """As a person presses them, one after the other."""
    caller, exchange, _ = talk("200 result=0")
    caller.press("15", gap=0.2)
    assert exchange.heard == ['EXEC SendDTMF "15,200,120"']


@pytest.mark.parametrize("answer", ["200 result=-1 (hangup) endpos=0", "HANGUP", "511 Command Not Permitted on a dead"])
def test_every_way_of_being_hung_up_on_ends_the_script(talk, answer: str) -> None:
    """Asterisk has three words for it, and closing the connection is a fourth."""
    caller, _, _ = talk(answer)
    with pytest.raises(Gone):
        caller.listen(1)


def test_a_closed_connection_ends_the_script(talk) -> None:
    """The exchange died, or the channel did."""
    caller, _, _ = talk()
    with pytest.raises(Gone):
        caller.listen(1)


def test_hanging_up_is_told_from_being_hung_up_on(talk) -> None:
    """The diary knows who ended the call."""
    caller, exchange, diary = talk("200 result=1")
    with pytest.raises(Gone):
        caller.hang_up()
    assert diary.hung_up_himself
    assert exchange.heard == ["HANGUP"]


def test_a_recording_still_open_is_read_whole(tmp_path: Path) -> None:
    """Asterisk fills in the header's length only when it closes the file."""
    path = tmp_path / "open.wav"
    write_sound(path, loud=0.5, quiet=0)
    content = bytearray(path.read_bytes())
    content[40:44] = bytes(4)
    path.write_bytes(content)
    assert measure(path).seconds == pytest.approx(0.5)


def test_no_recording_is_silence(tmp_path: Path) -> None:
    """A call that ended before the first sample was heard by nobody."""
    assert measure(tmp_path / "none.wav").audible == 0


def test_every_scenario_says_in_one_line_what_it_does() -> None:
    """`hotline call` lists them."""
    assert "demo" in SCENARIOS
    assert all(len(scenario.description) > 20 for scenario in SCENARIOS.values())


def test_an_unknown_scenario_is_told_with_those_there_are() -> None:
    """The mend stands in the sentence."""
    with pytest.raises(UnknownScenario, match="demo"):
        named("dmeo")
