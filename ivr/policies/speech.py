"""Which fragments a value is spoken from, in its language. They stand in `config/prompts/numbers_*.toml`."""

from ivr.domain.caller import Language
from ivr.domain.ids import PromptId
from ivr.domain.spoken import Value
from ivr.policies import speech_en, speech_zh


def fragments(value: Value) -> tuple[PromptId, ...]:
    """In the order they are spoken."""
    said = speech_zh.fragments(value) if value.language is Language.ZH else speech_en.fragments(value)
    return tuple(PromptId(fragment) for fragment in said)
