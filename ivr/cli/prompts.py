"""`hotline prompts`: the sentences the line speaks: list them, render them, have them checked, write their page."""

import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal, NoReturn

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from ivr.adapters.prompts.kit import VoiceKit
from ivr.adapters.prompts.library import PromptLibrary
from ivr.adapters.prompts.page import page as page_of
from ivr.adapters.prompts.recipe import Manifest, Recipe
from ivr.adapters.prompts.recogniser import Spoken, Verdict, joined, judge, listen, recordings
from ivr.adapters.prompts.texts import WrongPrompts
from ivr.adapters.prompts.voice import Pair, render, to_render
from ivr.domain.errors import HotlineError
from ivr.settings import PROJECT, Settings, load

app = typer.Typer(no_args_is_help=True, help="The sentences the line speaks: list, render, check.")
out = Console()
err = Console(stderr=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Ids = Annotated[list[str] | None, typer.Argument(help="Sentences by id; all when none is named.", show_default=False)]


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List every recording: id, language, seconds, text, what it is (rendered, stale, own, missing), source."""
    with _told():
        library = PromptLibrary.load(load().prompts_folder)
        manifest = Manifest(library, Recipe.load(library.folder))
        lengths = library.durations()
        rows = [
            {
                "id": prompt,
                "language": language.value,
                "seconds": round(lengths[prompt, language], 2) if (prompt, language) in lengths else None,
                "text": library.text(prompt, language),
                "audio": manifest.standing(prompt, language).value,
                "source": library.prompt(prompt).source,
            }
            for prompt, language in library.voiced()
        ]
    _print(rows, as_json, right=("seconds",))


@app.command()
def missing(as_json: AsJson = False) -> None:
    """List what cannot be played or no longer says its sentence. Exit code 1 when there is something."""
    with _told():
        library = PromptLibrary.load(load().prompts_folder)
        manifest = Manifest(library, Recipe.load(library.folder))
        rows = [{"id": gap.prompt, "language": gap.language.value, "why": gap.why} for gap in library.missing()]
        listed = {(row["id"], row["language"]) for row in rows}
        rows += [
            {"id": prompt, "language": language.value, "why": "the sentence was changed: hotline prompts say"}
            for prompt, language in to_render(library, manifest)
            if (prompt, language.value) not in listed
        ]
    if rows or as_json:
        _print(rows, as_json)
    else:
        out.print("Nothing is missing.")
    if rows:
        raise typer.Exit(1)


@app.command()
def say(ids: Ids = None) -> None:
    """Render what is missing or has changed; sentences named by id in any case, also over your own recordings."""
    with _told():
        settings = load()
        library = PromptLibrary.load(settings.prompts_folder)
        recipe = Recipe.load(library.folder)
        manifest = Manifest(library, recipe)
        pairs = to_render(library, manifest, ids or ())
        if not pairs:
            out.print("Every recording says its sentence; nothing to render.")
            return
        faults = []
        with _progress() as progress:
            task = progress.add_task("Speaking", total=len(pairs))
            for done in render(_kit(settings), library, recipe, manifest, pairs):
                progress.update(task, advance=1, description=f"{done.language.value} {done.prompt}")
                if done.error:
                    faults.append(f"{done.language.value} {done.prompt}: {done.error}")
    out.print(f"{len(pairs) - len(faults)} rendered. Next: hotline prompts check, hotline prompts page.")
    if faults:
        _fail("\n".join(faults))


@app.command()
def check(
    ids: Ids = None,
    threshold: Annotated[float, typer.Option(help="Share of syllables or letters that may be misheard.")] = 0.25,
    as_json: AsJson = False,
) -> None:
    """Have a recogniser listen, and hold what it hears against the text. Exit code 1 when one is over the threshold.

    Fragments are heard as whole numbers joined from them, unless named by id; there every figure has to be right.
    """
    with _told(), tempfile.TemporaryDirectory() as folder:
        settings = load()
        library = PromptLibrary.load(settings.prompts_folder)
        for prompt in ids or ():
            library.prompt(prompt)
        gaps = {(gap.prompt, gap.language) for gap in library.missing()}
        pairs = [pair for pair in library.voiced() if pair not in gaps and _wanted(library, pair, ids)]
        numbers = [] if ids or gaps else joined(library, Path(folder))
        verdicts = _listen(_kit(settings), [*recordings(library, pairs, Path(folder)), *numbers])
    rows = [
        {
            "id": verdict.heard.spoken.name,
            "language": verdict.heard.spoken.language.value,
            "error_rate": round(verdict.error_rate, 3),
            "ok": verdict.is_good(threshold),
            "text": verdict.heard.spoken.meant,
            "heard": verdict.heard.words,
        }
        for verdict in verdicts
    ]
    _print(rows, as_json, right=("error_rate",))
    if not as_json and verdicts:
        mean = sum(verdict.error_rate for verdict in verdicts) / len(verdicts)
        out.print(f"{len(verdicts)} heard, {mean:.1%} misheard on average, {len(gaps)} without audio.")
    if gaps or not all(row["ok"] for row in rows):
        raise typer.Exit(1)


@app.command()
def page(
    to: Annotated[Path, typer.Option(help="The file to write.", show_default="docs/prompts.md")] = PROJECT
    / "docs"
    / "prompts.md",
    only_check: Annotated[bool, typer.Option("--check", help="Write nothing; exit code 1 when out of date.")] = False,
) -> None:
    """Write the page that lists every sentence."""
    with _told():
        text = page_of(PromptLibrary.load(load().prompts_folder))
    if only_check:
        if not to.is_file() or to.read_text(encoding="utf-8") != text:
            _fail(f"{to} is out of date; write it with: hotline prompts page")
        return
    to.parent.mkdir(parents=True, exist_ok=True)
    to.write_text(text, encoding="utf-8")
    out.print(f"Wrote {to}")


def _wanted(library: PromptLibrary, pair: Pair, ids: list[str] | None) -> bool:
    return pair[0] in ids if ids else not library.prompt(pair[0]).is_fragment


def _listen(kit: VoiceKit, spoken: list[Spoken]) -> list[Verdict]:
    hearings = []
    with _progress() as progress:
        task = progress.add_task("Listening", total=len(spoken))
        for heard in listen(kit, spoken):
            hearings.append(heard)
            progress.update(task, advance=1, description=f"{heard.spoken.language.value} {heard.spoken.name}")
    return judge(kit, hearings)


def _kit(settings: Settings) -> VoiceKit:
    return VoiceKit(settings.cache / "voice")


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=err
    )


def _print(rows: Sequence[Mapping[str, object]], as_json: bool, right: tuple[str, ...] = ()) -> None:
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    if not rows:
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in rows[0]:
        justify: Literal["left", "right"] = "right" if column in right else "left"
        table.add_column(column, justify=justify, no_wrap=column == "id", overflow="fold")
    for row in rows:
        table.add_row(*("–" if value is None else escape(str(value)) for value in row.values()))
    out.print(table)


@contextmanager
def _told() -> Iterator[None]:
    """A fault of ours is a sentence and exit code 1, not a traceback."""
    try:
        yield
    except HotlineError as error:
        _fail(str(error))
    except OSError as error:
        _fail(str(WrongPrompts(f"{error.filename}: {error.strerror}")))


def _fail(sentence: str) -> NoReturn:
    err.print(sentence, style="red", markup=False, highlight=False)
    raise typer.Exit(1)
