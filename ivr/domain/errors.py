"""Faults, named by whose fault they are."""


class HotlineError(Exception):
    """Base of every error of ours. Its sentence says what happened, where, and the mend."""


class HungUp(Exception):
    """The caller is gone. Thrown into the story once, by the teller; nobody else raises it in a story."""


class Misfit(HotlineError):
    """A journal does not fit the story it is told to: another version of flow, configuration or step."""
