"""What everything that remembers attempts promises. A subclass gives the fixture `attempts`."""

from datetime import timedelta

from ivr.domain.banking import CustomerToken
from ivr.domain.verification import Means, Tried
from ivr.ports.attempts import Attempts
from tests.contracts.calls import NINE, NUMBER
from tests.contracts.tickets import CALL, LI, OTHER_CALL, WANG, attempt

OTHER_NUMBER = "+8613900139000"


class AttemptsContract:
    """Run against each implementation."""

    async def test_attempts_about_a_customer_come_oldest_first(self, attempts: Attempts) -> None:
        """Exactly as noted, from whatever number, and about nobody else."""
        late = attempt(9, number=OTHER_NUMBER, means=Means.CODE, outcome=Tried.RIGHT)
        early = attempt(1, call_id=OTHER_CALL, number=None)
        for noted in (late, early, attempt(2, customer=WANG), attempt(3, customer=None)):
            await attempts.note(noted)
        assert await attempts.of_customer(LI, NINE) == [early, late]
        assert await attempts.of_customer(CustomerToken("cust"), NINE) == []

    async def test_attempts_from_a_number_come_oldest_first(self, attempts: Attempts) -> None:
        """About whomever, also about nobody that the bank knows; withheld numbers are nobody's."""
        late, early = attempt(9, customer=WANG), attempt(1, customer=None, means=Means.IDENTIFY)
        for noted in (late, early, attempt(2, number=OTHER_NUMBER), attempt(3, number=None)):
            await attempts.note(noted)
        assert await attempts.of_caller(NUMBER, NINE) == [early, late]

    async def test_attempts_of_a_call_come_oldest_first(self, attempts: Attempts) -> None:
        """Also those that name nobody, and those without a number."""
        late, early = attempt(9, customer=None, number=None), attempt(1, customer=WANG)
        for noted in (late, early, attempt(2, call_id=OTHER_CALL)):
            await attempts.note(noted)
        assert await attempts.of_call(CALL) == [early, late]

    async def test_since_is_taken(self, attempts: Attempts) -> None:
        """Not earlier; the moment itself is in."""
        old, new = attempt(1), attempt(2)
        await attempts.note(old)
        await attempts.note(new)
        since = NINE + timedelta(minutes=2)
        assert await attempts.of_customer(LI, since) == [new]
        assert await attempts.of_caller(NUMBER, since) == [new]

    async def test_noting_again_changes_nothing(self, attempts: Attempts) -> None:
        """A step that is done again after a crash does not make its caller wrong twice."""
        for noted in (attempt(1), attempt(1), attempt(1, outcome=Tried.RIGHT)):
            await attempts.note(noted)
        assert await attempts.of_customer(LI, NINE) == [attempt(1)]
