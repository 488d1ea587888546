"""Digits that nobody may see: every way in which a value leaks by accident shows `•••` or is refused."""

import copy
import io
import json
import logging
import pickle
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pprint import pformat

import pytest
import structlog
from rich.console import Console
from rich.pretty import pretty_repr
from rich.traceback import Traceback

from ivr.domain.secret import SecretDigits
from ivr.ports.codec import plain

KEYS = "83629174"


@dataclass(frozen=True, slots=True)
class Holder:
    """As a step or reply might hold one by mistake."""

    password: SecretDigits


@pytest.fixture
def secret() -> SecretDigits:
    """A password."""
    return SecretDigits(KEYS)


def test_reveal_is_the_door(secret: SecretDigits) -> None:
    """The adapter that checks them gets what was keyed in, `*` for X too."""
    assert secret.reveal() == KEYS
    assert SecretDigits("11010519491231002*").reveal()[-1] == "*"


@pytest.mark.parametrize(
    "show",
    [
        repr,
        str,
        "{}".format,
        "{!r:>40}".format,
        "%s %r".__mod__,
        pformat,
        pretty_repr,
        lambda secret: f"{secret} {secret!s} {secret:>10} {secret!a}",
        lambda secret: "%s" % secret,  # noqa: UP031  (the old way leaks no more than the new)
        lambda secret: repr({"digits": [secret]}),
        lambda secret: repr(Holder(secret)),
        lambda secret: json.dumps({"digits": secret}, default=str),
        lambda secret: json.dumps({"digits": secret}, default=repr),
        lambda secret: str(ValueError("wrong digits", secret)),
        lambda secret: str([name for name in dir(secret) if name != "reveal"]),
    ],
)
def test_whatever_shows_values_shows_dots(secret: SecretDigits, show: Callable[[object], str]) -> None:
    """Alone and inside other values."""
    try:
        shown = show((secret, secret)) if show == "%s %r".__mod__ else show(secret)
    except UnicodeEncodeError:
        shown = ""
    assert KEYS not in shown


@pytest.mark.parametrize(
    "take",
    [
        json.dumps,
        pickle.dumps,
        copy.copy,
        copy.deepcopy,
        vars,
        len,
        iter,
        bytes,
        int,
        hash,
        lambda secret: secret.__getstate__(),
        lambda secret: secret.__reduce__(),
        lambda secret: secret == SecretDigits(KEYS),
        lambda secret: secret != SecretDigits(KEYS),
        lambda secret: secret == KEYS,
        lambda secret: KEYS in [secret],
        lambda secret: {secret},
        lambda secret: secret < SecretDigits(KEYS),
        lambda secret: secret + "",
        lambda secret: secret[0],
        lambda secret: asdict(Holder(secret)),
        lambda secret: pickle.dumps(Holder(secret)),
        lambda secret: Holder(secret) == Holder(SecretDigits(KEYS)),
        lambda secret: json.dumps(plain(Holder(secret))),
        lambda secret: setattr(secret, "reveal", None),
        lambda secret: delattr(secret, "_SecretDigits__keys"),
    ],
)
def test_whatever_stores_copies_or_compares_is_refused(
    secret: SecretDigits, take: Callable[[SecretDigits], object]
) -> None:
    """With an error that does not repeat the digits; the codec of journal and events among them."""
    with pytest.raises((TypeError, AttributeError)) as refused:
        take(secret)
    assert KEYS not in str(refused.value)
    assert secret.reveal() == KEYS


def test_no_log_shows_them(secret: SecretDigits) -> None:
    """structlog to JSON and to the console, and the standard library's logging."""
    for renderer in (structlog.processors.JSONRenderer(), structlog.dev.ConsoleRenderer(colors=False)):
        kept = io.StringIO()
        log = structlog.wrap_logger(
            structlog.PrintLogger(kept), processors=[renderer], wrapper_class=structlog.BoundLogger
        )
        log.info("password_keyed", digits=secret, within=[{"deep": secret}], holder=Holder(secret))
        assert "•••" in kept.getvalue() or "\\u2022" in kept.getvalue()
        assert KEYS not in kept.getvalue()
    kept = io.StringIO()
    handler = logging.StreamHandler(kept)
    handler.emit(logging.LogRecord("x", logging.INFO, "x", 1, "keyed %s %r", (secret, secret), None))
    assert kept.getvalue() == "keyed ••• •••\n"


def _fails(secret: SecretDigits) -> None:
    held = Holder(secret)
    raise RuntimeError(f"not understood: {held}")


def test_no_traceback_shows_them(secret: SecretDigits) -> None:
    """Plain, with locals, by rich and by structlog."""
    try:
        _fails(secret)
    except RuntimeError as error:
        told = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
        screen = Console(file=io.StringIO(), width=200)
        screen.print(Traceback.from_exception(type(error), error, error.__traceback__, show_locals=True))
        assert isinstance(screen.file, io.StringIO)
        transformer = structlog.tracebacks.ExceptionDictTransformer(show_locals=True)
        as_json = json.dumps(transformer((type(error), error, error.__traceback__)), ensure_ascii=False)
        for shown in (told, screen.file.getvalue(), as_json):
            assert "•••" in shown
            assert KEYS not in shown


@pytest.mark.parametrize("wrong", ["", "12a4", "1" * 33, "１２３", "12 4", "12#", "12\n"])
def test_what_no_keypad_makes_is_refused_without_being_repeated(wrong: str) -> None:
    """An error's sentence ends up in logs."""
    with pytest.raises(ValueError, match="one to 32 keys") as refused:
        SecretDigits(wrong)
    assert not wrong or wrong not in str(refused.value)


def test_wiped_digits_are_gone(secret: SecretDigits) -> None:
    """Wiping twice is wiping once."""
    secret.wipe()
    secret.wipe()
    with pytest.raises(ValueError, match="wiped"):
        secret.reveal()
