"""`docs/prompts.md`: every sentence of the line on one page, for the people who answer for its wording."""

from ivr.adapters.prompts.library import PromptLibrary
from ivr.domain.caller import Language
from ivr.domain.ids import PromptId

_TOP = """# What the line says

Every sentence with its id, in both languages, how long it lasts in seconds, and where it comes from (ids of the
handbook). This page is written by `hotline prompts page` from `config/prompts/`; a test fails when it is out of date.

- To change the words: edit `config/prompts/*.toml`, then `hotline prompts say` (renders what changed),
  `hotline prompts check` (a recogniser listens) and `hotline prompts page`.
- To use your own recordings: put them at `config/prompts/audio/zh/ID.wav` and `config/prompts/audio/en/ID.wav`, 8 kHz,
  mono, 16-bit PCM (`sox yours.wav -r 8000 -c 1 -b 16 -e signed-integer ID.wav`). They are never overwritten, unless you
  name the id to `hotline prompts say`.
- `say` and `check` need the voice kit: `scripts/voice` sets it up once. A running hotline does not need it.

"""
_FRAGMENTS = """

## What numbers are joined from

Amounts, digits, dates, times, counts and places are no sentences: `ivr/policies/speech_zh.py` and `speech_en.py` say
which of these fragments each is joined from. `hotline prompts check` listens to whole numbers. Record all of them anew,
or none: by one speaker, at one loudness, without silence before or after.

| language | fragments | source |
| --- | --- | --- |
"""


def page(library: PromptLibrary) -> str:
    """The page as Markdown. Raises WrongPrompts when a recording is missing."""
    seconds = [library.seconds(*pair) for pair in library.voiced()]
    rows = ["| id | 普通话 | English | seconds zh / en | source |", "| --- | --- | --- | --- | --- |"]
    sentences = [prompt for prompt in library.ids if not library.prompt(prompt).is_fragment]
    pieces = [prompt for prompt in library.ids if library.prompt(prompt).is_fragment]
    rows += [_row(library, prompt) for prompt in sentences]
    count = (
        f"{len(sentences)} sentences, {len(pieces)} fragments, {len(seconds)} recordings, {sum(seconds):.0f} s in all."
    )
    return _TOP + "\n".join(rows) + (_FRAGMENTS + _by_source(library, pieces) if pieces else "") + f"\n\n{count}\n"


def _by_source(library: PromptLibrary, pieces: list[PromptId]) -> str:
    """A row for each group of fragments."""
    groups: dict[tuple[str, str], list[str]] = {}
    for prompt in pieces:
        entry = library.prompt(prompt)
        language = entry.voiced_in(Language.ZH)
        groups.setdefault((language.value, entry.source), []).append(f"`{prompt}` {entry.text(language)}")
    return "\n".join(f"| {language} | {'; '.join(words)} | {source} |" for (language, source), words in groups.items())


def _row(library: PromptLibrary, prompt: PromptId) -> str:
    entry = library.prompt(prompt)
    lengths = " / ".join(f"{library.seconds(prompt, language):.1f}" for language in Language)
    always = f" (always spoken in {entry.always_spoken.value})" if entry.always_spoken else ""
    cells = (f"`{prompt}`", entry.zh, entry.en, lengths, entry.source + always)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
