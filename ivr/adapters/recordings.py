"""What callers say into the line: written by Asterisk in clear, sealed as soon as it is whole, the clear destroyed."""

from pathlib import Path

from ivr.adapters.loudness import measure
from ivr.domain.ids import RecordingName
from ivr.ports.keyring import Keyring

SHORTEST = 0.1
"""Seconds of sound below which nothing was said: a click, a breath."""


class NoSuchRecording(LookupError):
    """None of this name is kept."""


class Recordings:
    """Sealed under the keyring, one file a recording, named by our own ids."""

    def __init__(self, making: Path, kept: Path, keyring: Keyring) -> None:
        """`making`: where Asterisk writes; `kept`: where the sealed ones lie. Both are made."""
        self._making = making
        self._kept = kept
        self._keyring = keyring
        for folder in (making, kept):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def path(self, name: RecordingName) -> Path:
        """Where Asterisk is to write it, without extension."""
        return self._making / name

    def seal(self, name: RecordingName) -> int:
        """Seal what Asterisk wrote; how many whole seconds it lasts. 0 when nothing was said: then none is kept."""
        clear = self.path(name).with_name(f"{name}.wav")
        if not clear.exists():
            return 0
        try:
            heard = measure(clear)
            if heard.audible >= SHORTEST:
                sealed = self._keyring.encrypt(clear.read_bytes(), _context(name))
                target = self._kept / f"{name}.sealed"
                unfinished = target.with_suffix(".new")
                unfinished.write_bytes(sealed)
                unfinished.chmod(0o600)
                unfinished.replace(target)
                return max(1, round(heard.seconds))
            return 0
        finally:
            clear.unlink(missing_ok=True)

    def seal_left_over(self) -> list[RecordingName]:
        """Seal what a killed controller left in clear; their names."""
        left = [RecordingName(path.stem) for path in self._making.glob("*.wav")]
        for name in left:
            self.seal(name)
        return left

    def read(self, name: RecordingName) -> bytes:
        """A recording as WAV. Raises NoSuchRecording, Undecryptable."""
        try:
            return self._keyring.decrypt((self._kept / f"{name}.sealed").read_bytes(), _context(name))
        except FileNotFoundError:
            raise NoSuchRecording(name) from None


def _context(name: RecordingName) -> bytes:
    return f"recording {name}".encode()
