"""`python -m ivr.processes.controller`: the controller as a process. Imports no command line: after a death every
tenth of a second until it answers again is heard by callers.

Nothing is to be collected while it starts: next to all that is made then (modules, classes, statements) lives as long
as it does. Looking through it took a tenth of the start, and later a tenth of a second every few calls.
"""

import gc

if __name__ == "__main__":
    gc.disable()

import sys

import uvloop

from ivr.bootstrap import controller
from ivr.domain.errors import HotlineError
from ivr.processes.logs import configure
from ivr.settings import load


def main() -> int:
    """Run until SIGTERM. 0: ended as asked; 2: it cannot run, the last line says why."""
    try:
        settings = load()
        configure(settings)
        uvloop.run(controller(settings))
    except HotlineError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
