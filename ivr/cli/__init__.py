"""The command line. One file a verb; each loads only what it needs, when it is called.

Exit codes: 0 done; 1 failed, the last line says why; 2 wrong usage or configuration.
"""

import sys


def main() -> None:
    """The entry point `hotline`. An error of ours is its sentence, never a traceback."""
    from ivr.cli.app import hotline
    from ivr.domain.errors import HotlineError
    from ivr.settings import WrongSettings

    _quiet()
    try:
        hotline(prog_name="hotline")
    except WrongSettings as error:
        _say(str(error))
        sys.exit(2)
    except HotlineError as error:
        _say(str(error))
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:  # `hotline calls list | head`
        sys.exit(0)
    except Exception as error:
        sentence = _outside(error)
        if sentence is None:
            raise
        _say(sentence)
        sys.exit(1)


def _quiet() -> None:
    """A command's output is its own: what adapters log on the way belongs into the logs of the processes, which set
    their logging themselves.
    """
    import logging

    import structlog

    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def _outside(error: Exception) -> str | None:
    """What the world refused, in one sentence; None for a fault of ours, which keeps its traceback."""
    from ivr.ports.archive import ArchiveDown
    from ivr.ports.bank import BankDown
    from ivr.ports.bus import BusDown
    from ivr.ports.exchange import ExchangeDown, ExchangeRefused
    from ivr.ports.keyring import Undecryptable
    from ivr.ports.sms import SmsDown

    down = (BusDown, ArchiveDown, BankDown, SmsDown, ExchangeDown)
    if isinstance(error, (*down, Undecryptable, ExchangeRefused, OSError)):
        return str(error) or type(error).__name__
    return None


def _say(sentence: str) -> None:
    from ivr.cli.shown import err

    err.print(f"[red]hotline:[/red] {_escaped(sentence)}", highlight=False, soft_wrap=True)


def _escaped(text: str) -> str:
    from rich.markup import escape

    return escape(text)
