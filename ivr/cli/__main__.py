"""`python -m ivr.cli`: the command line where the entry point `hotline` is not installed."""

from ivr.cli import main

main()
