"""Faults, named by whose fault they are."""


class HotlineError(Exception):
    """Base of every error of ours. Its sentence says what happened, where, and the mend."""


class HungUp(Exception):  # noqa: N818  it is a fact about the caller, not an error
    """The caller is gone. Thrown into the story once, by the teller; nobody else raises it in a story."""


class Misfit(HotlineError):  # noqa: N818
    """A journal does not fit the story it is told to: another version of flow, configuration or step."""
