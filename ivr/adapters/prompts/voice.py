"""Rendering sentences to audio with the voice kit."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ivr.adapters.prompts.kit import VoiceKit
from ivr.adapters.prompts.library import PromptLibrary
from ivr.adapters.prompts.recipe import Manifest, Recipe, Standing
from ivr.domain.caller import Language
from ivr.domain.ids import PromptId

Pair = tuple[PromptId, Language]


@dataclass(frozen=True, slots=True)
class Rendered:
    """What became of one sentence."""

    prompt: PromptId
    language: Language
    error: str | None
    """Why the voice could not speak it; the recording is then as it was."""


def to_render(library: PromptLibrary, manifest: Manifest, only: Iterable[str] = ()) -> list[Pair]:
    """What has to be rendered: missing or stale; or all of `only`, the bank's own recordings among them too."""
    wanted = set(only)
    for prompt in wanted:
        library.prompt(prompt)  # a misspelt id is told, not passed over
    if wanted:
        return [pair for pair in library.voiced() if pair[0] in wanted]
    return [pair for pair in library.voiced() if manifest.standing(*pair) in (Standing.MISSING, Standing.STALE)]


def render(
    kit: VoiceKit, library: PromptLibrary, recipe: Recipe, manifest: Manifest, pairs: list[Pair]
) -> Iterator[Rendered]:
    """Speak these sentences; each is on disk and in the manifest when it is handed over. Raises KitBroke."""
    orders = {
        "finish": recipe.finish.model_dump(),
        "sentences": [
            {
                "out": str(library.audio(prompt, language)),
                **recipe.order(library.prompt(prompt), language),
            }
            for prompt, language in pairs
        ],
    }
    for report, (prompt, language) in zip(kit.run("say", orders, len(pairs)), pairs, strict=True):
        if report["error"] is None:
            manifest.remember(prompt, language)
        yield Rendered(prompt, language, report["error"])
