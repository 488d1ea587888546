"""H1.1a: products with their risk warnings, and when the line is open. For everyone, at level 0."""

from ivr.domain.call import Done
from ivr.domain.problem import Category
from ivr.flow.steps import Flow
from ivr.flow.talk import Talk


def products_and_hours(talk: Talk) -> Flow[None]:
    """Each product with its risk warning in the same breath, then the hours. A key goes on to what is next."""
    yield from talk.judge(category=Category.PRODUCT_AND_RISK)
    for product in talk.manners.products:
        yield from talk.say(product)
    yield from talk.say("opening_hours")
    yield from talk.note(done=(*talk.known.done, Done.INFORMATION_GIVEN), served=True)
