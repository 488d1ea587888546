"""What everything that keeps agents promises. A subclass gives the fixture `agents`."""

from datetime import timedelta

import pytest

from ivr.domain.agent import SipCredentials, Skills
from ivr.domain.presence import Presence, PresenceEvent, PresenceState, Wish
from ivr.domain.ticket import Fault, Illegal
from ivr.ports.agents import AgentExists, Agents, Handled, NoSuchAgent
from tests.contracts.calls import NINE
from tests.contracts.staff import CHEN, CHIEF, SELF, THE_LINE, WRAP_UP, ZHOU, ZHOU_SELF, agent
from tests.contracts.tickets import CALL, LI, WANG

E = PresenceEvent


class AgentsContract:
    """Run against each implementation."""

    async def test_accounts_are_kept_whole_h1_3c(self, agents: Agents) -> None:
        """Listed by staff number; each as it was added."""
        chen, zhou = agent(), agent("8002", name="周 O'Neil; DROP", teams=(), phone="", skills=Skills())
        await agents.add(zhou)
        await agents.add(chen)
        assert await agents.all() == [chen, zhou]
        assert await agents.read(CHEN) == chen

    async def test_a_staff_number_is_one_persons(self, agents: Agents) -> None:
        """The second is refused, and the first stays as he is."""
        await agents.add(agent())
        with pytest.raises(AgentExists, match="8001"):
            await agents.add(agent(name="somebody else"))
        assert await agents.read(CHEN) == agent()

    async def test_skills_may_change(self, agents: Agents) -> None:
        """All of an account but its number and its beginning."""
        await agents.add(agent())
        await agents.change(agent(skills=Skills(), teams=(), created_at=NINE + timedelta(days=1)))
        assert await agents.read(CHEN) == agent(skills=Skills(), teams=())

    async def test_nobody_is_named_who_is_not_there(self, agents: Agents) -> None:
        """Whatever is asked of him."""
        await agents.add(agent("8002"))
        for asked in (
            agents.read(CHEN),
            agents.change(agent()),
            agents.remove(CHEN),
            agents.presence(CHEN),
            agents.history(CHEN, NINE),
            agents.move(CHEN, E.GO_READY, by=SELF, at=NINE, wrap_up=WRAP_UP),
            agents.keep_credentials(SipCredentials(agent=CHEN, password="p" * 20, made_at=NINE)),
            agents.credentials(CHEN),
            agents.note_handled(LI, Handled(agent=CHEN, at=NINE)),
        ):
            with pytest.raises(NoSuchAgent, match="8001"):
                await asked

    async def test_who_is_new_is_offline(self, agents: Agents) -> None:
        """From the moment the account was made."""
        await agents.add(agent())
        assert await agents.presence(CHEN) == Presence(agent=CHEN, since=NINE)
        assert await agents.presences() == {CHEN: Presence(agent=CHEN, since=NINE)}

    async def test_a_call_is_lived_through_and_stands_in_the_history(self, agents: Agents) -> None:
        """Presence as the table says, each step with its call, oldest first."""
        await agents.add(agent())
        moves = [(E.GO_READY, SELF), (E.RING, THE_LINE), (E.ANSWER, THE_LINE), (E.HANG_UP, THE_LINE), (E.EXTEND, SELF)]
        for second, (event, by) in enumerate(moves):
            at = NINE + timedelta(seconds=second)
            call_id = CALL if event is E.RING else None
            change = await agents.move(CHEN, event, by=by, at=at, wrap_up=WRAP_UP, call_id=call_id)
            assert change.presence == await agents.presence(CHEN)
        stands = await agents.presence(CHEN)
        assert (stands.state, stands.call_id, stands.version) == (PresenceState.WRAP_UP, CALL, 5)
        assert stands.until == NINE + timedelta(seconds=93)
        told = await agents.history(CHEN, NINE)
        assert [(entry.event, entry.by) for entry in told] == moves
        assert [entry.call_id for entry in told] == [None, CALL, CALL, CALL, CALL]
        assert [entry.version for entry in told] == [1, 2, 3, 4, 5]
        assert await agents.history(CHEN, NINE + timedelta(seconds=3)) == told[3:]
        assert await agents.history(CHEN, NINE, limit=2) == told[:2]

    async def test_a_wish_is_kept(self, agents: Agents) -> None:
        """With its reason, until it comes true."""
        await agents.add(agent())
        for event, by in ((E.GO_READY, SELF), (E.CALL_OUT, THE_LINE)):
            await agents.move(CHEN, event, by=by, at=NINE, wrap_up=WRAP_UP)
        await agents.move(CHEN, E.TAKE_BREAK, by=SELF, at=NINE, wrap_up=WRAP_UP, reason="meal")
        assert (await agents.presence(CHEN)).wish == Wish(event=E.TAKE_BREAK, reason="meal")

    async def test_what_may_not_happen_changes_nothing(self, agents: Agents) -> None:
        """And is told with whose fault it was."""
        await agents.add(agent())
        await agents.add(agent("8002"))
        for event, by, expected, fault in (
            (E.RING, THE_LINE, None, Fault.WRONG_MOMENT),
            (E.GO_READY, ZHOU_SELF, None, Fault.NO_RIGHT),
            (E.GO_READY, SELF, 7, Fault.OVERTAKEN),
        ):
            with pytest.raises(Illegal) as caught:
                await agents.move(CHEN, event, by=by, at=NINE, wrap_up=WRAP_UP, expected=expected)
            assert caught.value.fault is fault
        assert (await agents.presence(CHEN)).version == 0
        assert await agents.history(CHEN, NINE) == []

    async def test_who_is_removed_is_gone_and_his_history_stays(self, agents: Agents) -> None:
        """His credentials are destroyed; under the same number somebody may begin anew, and versions go on."""
        await agents.add(agent())
        await agents.add(agent("8002"))
        await agents.keep_credentials(SipCredentials(agent=CHEN, password="p" * 20, made_at=NINE))
        await agents.move(CHEN, E.TAKE_BREAK, by=CHIEF, at=NINE, wrap_up=WRAP_UP, reason="meal")
        await agents.remove(CHEN)
        assert [one.agent for one in await agents.all()] == [ZHOU]
        assert list(await agents.presences()) == [ZHOU]
        assert len(await agents.history(CHEN, NINE)) == 1
        with pytest.raises(NoSuchAgent):
            await agents.move(CHEN, E.GO_OFFLINE, by=CHIEF, at=NINE, wrap_up=WRAP_UP)
        later = agent(name="新人", created_at=NINE + timedelta(days=9))
        await agents.add(later)
        assert await agents.read(CHEN) == later
        assert await agents.presence(CHEN) == Presence(agent=CHEN, since=later.created_at, version=1)
        assert await agents.credentials(CHEN) is None

    async def test_credentials_are_kept(self, agents: Agents) -> None:
        """The newest; whether they were shown is known."""
        await agents.add(agent())
        assert await agents.credentials(CHEN) is None
        made = SipCredentials(agent=CHEN, password="p" * 20, made_at=NINE)
        shown = SipCredentials(agent=CHEN, password="q" * 20, made_at=NINE, shown_at=NINE)
        for credentials in (made, shown):
            await agents.keep_credentials(credentials)
            assert await agents.credentials(CHEN) == credentials

    async def test_who_helped_a_customer_last_is_known(self, agents: Agents) -> None:
        """The latest, in whatever order it is told; nobody who was removed."""
        await agents.add(agent())
        await agents.add(agent("8002"))
        early, late = Handled(agent=CHEN, at=NINE), Handled(agent=ZHOU, at=NINE + timedelta(hours=1))
        for handled in (early, late, early):
            await agents.note_handled(LI, handled)
        assert await agents.last_handled(LI) == late
        assert await agents.last_handled(WANG) is None
        await agents.remove(ZHOU)
        assert await agents.last_handled(LI) is None
