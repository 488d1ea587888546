"""AGI commands, each one line that Asterisk cannot read as anything else."""

import re
from collections.abc import Mapping
from enum import Enum, auto
from functools import lru_cache
from typing import NamedTuple

LONGEST_LINE = 2000
"""Bytes. Asterisk reads a command into 2048 and would take the rest for the next one."""
KEYS = "0123456789*#"
"""What a caller may press to cut a prompt short: everything on the keypad."""

_PROMPT_ANSWER = 5.0
"""Seconds within which Asterisk answers what takes no time."""
_LONGEST_SOUND = 600.0
"""Seconds a sound file may last."""


class Unsayable(ValueError):
    """A value that would not reach Asterisk as what it is."""


class Kind(Enum):
    """What another line does to a command that is being carried out (res_agi.c)."""

    DEED = auto()
    """Nothing: it is carried out to its end."""
    RECORDING = auto()
    """Nothing; its answer says how far it came, as a sound's does."""
    SOUND = auto()
    """The line ends it, and it is not answered. Until then it hears keys."""
    LISTENING = auto()
    """The line ends it, and it answers 1. Until then it hears keys."""


class Command(NamedTuple):
    """A line, and how long its answer may take."""

    line: bytes
    patience: float = _PROMPT_ANSWER
    kind: Kind = Kind.DEED


def get_variable(name: str) -> Command:
    """Read a variable of the channel, or a global of that name. A missing one has no value."""
    return _command("GET VARIABLE", _name(name))


def get_full_variable(expression: str) -> Command:
    """Read an expression as the dialplan would, functions included."""
    return _command("GET FULL VARIABLE", quoted(expression))


def set_variable(name: str, value: str) -> Command:
    """Set a variable of the channel. Never carries what a caller keyed in: it stands in the exchange's log."""
    return _command("SET VARIABLE", _name(name), quoted(value))


def set_variables(values: Mapping[str, str]) -> Command:
    """Set several at once, in this order. Raises Unsayable for a value that ARRAY() would take apart."""
    for name, value in values.items():
        if not re.fullmatch(r"[A-Za-z0-9_./+-]*", value):
            raise Unsayable(f"{name} holds a sign that a list of values cannot carry")
    return _command("SET VARIABLE", f"ARRAY({','.join(map(_name, values))})", quoted(",".join(values.values())))


@lru_cache(maxsize=4096)  # there are so many recordings, about, in two languages
def stream_file(file: str) -> Command:
    """Play a sound file (without its extension); any key ends it and is the answer."""
    return _command("STREAM FILE", quoted(file), quoted(KEYS), patience=_LONGEST_SOUND, kind=Kind.SOUND)


def stream_rest(file: str, played: int) -> Command:
    """Play it on, from that many samples after its beginning; as `stream_file` otherwise."""
    return _command("STREAM FILE", quoted(file), quoted(KEYS), str(played), patience=_LONGEST_SOUND, kind=Kind.SOUND)


@lru_cache(maxsize=64)
def wait_for_digit(milliseconds: int) -> Command:
    """Wait so long for a key."""
    if milliseconds < 1:
        raise Unsayable(f"WAIT FOR DIGIT {milliseconds}: 0 would not wait and -1 would wait for ever")
    patience = milliseconds / 1000 + _PROMPT_ANSWER
    return _command("WAIT FOR DIGIT", str(milliseconds), patience=patience, kind=Kind.LISTENING)


def record_file(path: str, seconds: int, silence: int) -> Command:
    """Record what the caller says into `PATH.wav`, after a beep, until a key (which is the answer), so many whole
    seconds of silence, or `seconds`.
    """
    words = (quoted(path), "wav", quoted(KEYS), str(seconds * 1000), "BEEP", f"s={silence}")
    return _command("RECORD FILE", *words, patience=seconds + _PROMPT_ANSWER, kind=Kind.RECORDING)


def set_music(*, on: bool) -> Command:
    """Begin or end the music on hold. It plays while the channel listens."""
    return _command("SET MUSIC", "on" if on else "off")


def gosub(context: str, extension: str) -> Command:
    """Carry out a routine of the dialplan, from its first line to its Return."""
    return _command("GOSUB", quoted(context), quoted(extension), "1")


def channel_status() -> Command:
    """Ask for the channel's state; 6 is up."""
    return _command("CHANNEL STATUS")


def noop(words: str = "") -> Command:
    """Do nothing, and say so."""
    return _command("NOOP", *words.split())


def hangup() -> Command:
    """Hang up the channel."""
    return _command("HANGUP")


def quoted(value: str) -> str:
    """One argument, whatever it holds. Raises Unsayable for what a line cannot carry."""
    if re.search(r"[\r\n\0]", value):
        raise Unsayable("an argument holds a line end or NUL: it would be read as another command")
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _name(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*(\([a-z]+\))?", name):
        raise Unsayable(f"{name!r} is no name of a variable")
    return name


def _command(*words: str, patience: float = _PROMPT_ANSWER, kind: Kind = Kind.DEED) -> Command:
    try:
        line = " ".join(words).encode() + b"\n"
    except UnicodeEncodeError as error:
        raise Unsayable("an argument holds half a surrogate pair, which is no UTF-8") from error
    if len(line) > LONGEST_LINE:
        raise Unsayable(f"{words[0]} of {len(line)} bytes; Asterisk reads at most {LONGEST_LINE}")
    return Command(line, patience, kind)
