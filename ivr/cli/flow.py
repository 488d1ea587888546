"""`hotline flow`: the story as a picture, drawn from the code."""

from enum import Enum
from typing import Annotated

import typer

from ivr.cli import context
from ivr.cli.shown import AsJson, write_json

app = typer.Typer(no_args_is_help=True, help="The story, drawn from the code.")


class Form(Enum):
    """How it is drawn."""

    TEXT = "text"
    MERMAID = "mermaid"
    SVG = "svg"


Format = Annotated[Form, typer.Option("--format", "-f", help="text for the terminal; mermaid; svg.")]


class Tongue(Enum):
    """In which language the sentences are shown."""

    ZH = "zh"
    EN = "en"
    BOTH = "both"


Tongues = Annotated[Tongue, typer.Option("--language", "-l", help="The language of the sentences shown.")]


@app.callback()
def _group() -> None:
    """Typer would make a single command the whole group."""


@app.command()
def show(form: Format = Form.TEXT, language: Tongues = Tongue.BOTH, as_json: AsJson = False) -> None:
    """Draw every way through the story: found by walking the code, so it is never out of date.

    `hotline flow show --format svg > docs/flow.svg` writes the picture of the documentation.
    """
    from ivr.adapters.prompts.library import PromptLibrary
    from ivr.cli import flow_drawing
    from ivr.cli.flow_svg import svg
    from ivr.domain.caller import Language

    tongues = tuple(Language) if language is Tongue.BOTH else (Language(language.value),)
    settings = context.settings()
    library = PromptLibrary.load(settings.prompts_folder)

    def words_of(prompt: str) -> tuple[str, ...]:
        if prompt not in library.ids:  # a value; a sentence that is not written yet
            return (prompt,)
        return tuple(library.text(prompt, tongue) for tongue in tongues)

    boxes, arrows = flow_drawing.drawn(settings, words_of)
    if as_json:
        write_json(flow_drawing.plain(boxes, arrows))
    else:
        draw = {Form.TEXT: flow_drawing.text, Form.MERMAID: flow_drawing.mermaid, Form.SVG: svg}[form]
        typer.echo(draw(boxes, arrows))
