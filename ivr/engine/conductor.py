"""The conductor: carries out what is asked of a call's conversation, and takes up what the exchange tells of it.

What a turn means for the legs is written here once; whether it may come is the table's to say
(`ivr.domain.conversation`). A turn is journalled when the exchange has carried it out; what it did not carry out has
not happened. One turn at a time. After a crash `look` asks the exchange where the legs are, and writes down what the
journal lacks: the legs are where they are.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from ivr.domain.call import Incoming, Known
from ivr.domain.caller import VerificationLevel
from ivr.domain.conversation import Asker, Conversation, Move, Participant, Phase, Places, Turn, move_of
from ivr.domain.errors import HotlineError
from ivr.domain.ids import CallId, Uniqueid, leg_called_to
from ivr.domain.problem import Urgency
from ivr.domain.reasons import Reason
from ivr.engine.forsaken import free_the_forsaken
from ivr.engine.talks import phone_of
from ivr.ports.clock import Clock
from ivr.ports.exchange import Exchange, ExchangeRefused, LiveLeg, Place
from ivr.ports.journal import ConversationTurned, Fact, Learned, PersonConnected

log = structlog.get_logger(__name__)

RINGS = 25.0
"""Seconds another phone rings before it is given up."""
SETTLED = timedelta(seconds=1)
"""A queue's bridge is left alone for so long: moved at once, app_queue tells the talk's end late and wrongly
(docs/decisions/0009)."""
ONCE_MORE = 1.0
"""Seconds after which a call whose caller is gone is looked at again: who was just being moved is freed then."""
BY_EXCHANGE = "exchange"
TOGETHER, HELD, KEYPAD, ALONE = Place("conversation"), Place("on-hold"), Place("verify"), Place("alone")
PERSON, JOINING, ARRIVING, AWAITING = Place("person"), Place("joining"), Place("arriving"), Place("awaiting")
QUEUE, IN_QUEUE = Place("hand-over"), Place("queues")
_PRIORITY = {Urgency.URGENT: 20, Urgency.EMERGENCY: 100}
"""Where an escalated call stands in a queue (`ivr.policies.routing` gives the same)."""
_NOT_CONFINED = {"HOTLINE_ONLY": "", "HOTLINE_MOST": ""}
"""Whoever is handed on waits for everyone in a queue: whom the story had him wait for (one agent, or at first the best)
was said of that wait alone, and stays on his leg."""
_AWAY = {Phase.ON_HOLD, Phase.VERIFYING, Phase.CALLING, Phase.CONSULTING}
"""The caller is not where the persons are."""


class NotPossible(HotlineError):
    """What was asked cannot be done now, though the table allows it; the sentence says why. Nothing was changed."""


class Call(Protocol):
    """What the conductor knows of its call, and writes down of it (`ivr.engine.teller`)."""

    @property
    def call_id(self) -> CallId:
        """The caller's leg bears this name too."""

    @property
    def conversation(self) -> Conversation:
        """As the journal has it."""

    @property
    def connected_at(self) -> datetime | None:
        """When the last person answered in a queue."""

    @property
    def known(self) -> Known:
        """What is known of the call."""

    @property
    def incoming(self) -> Incoming:
        """As it came in."""

    @property
    def next_entry(self) -> int:
        """The number of the entry that is written next."""

    @property
    def is_with_persons(self) -> bool:
        """The story has given the caller away, and he has not left."""

    async def is_heard_again(self) -> None:
        """No secret is keyed in any more: what was muted for one is recorded again. Raises JournalFull."""

    async def write_down(self, *facts: Fact) -> None:
        """Journal these, and tell the world. Raises JournalFull."""


class Conductor:
    """Of one call. Every verb raises Illegal, NotPossible, ExchangeDown, ExchangeRefused, JournalFull."""

    def __init__(self, call: Call, exchange: Exchange, places: Callable[[], Places], clock: Clock) -> None:
        """`places` tells where a call can be sent to now."""
        self._call = call
        self._exchange = exchange
        self._places = places
        self._clock = clock
        self._turn = asyncio.Lock()
        self.wanted = VerificationLevel.VERIFIED
        """The level that the dialogue at the keypad is to reach."""

    # -------------------------------------------------------------------------------------- what is asked
    async def hold(self, by: str) -> None:
        """The caller hears music; the persons stay together."""
        async with self._turn:
            move = self._checked(Turn.HOLD, by)
            await self._send_away(HELD)
            await self._write(move, by)

    async def resume(self, by: str) -> None:
        """The caller is back with the person, from hold or from the keypad."""
        async with self._turn:
            move = self._checked(Turn.RESUME, by)
            await self._send(TOGETHER)
            await self._write(move, by)

    async def verify(self, by: str, level: VerificationLevel = VerificationLevel.VERIFIED) -> None:
        """The caller goes to the keypad, and comes back by himself; `verified` then takes down what was found out."""
        async with self._turn:
            move = self._checked(Turn.VERIFY, by)
            if self._call.known.verification >= level:
                raise NotPossible(f"the caller is {self._call.known.verification.name.lower()} already")
            self.wanted = level
            await self._send_away(KEYPAD)
            await self._write(move, by)

    async def consult(self, by: str, to: str, why: str = "", *, urgent: bool = False) -> str:
        """The caller is put on hold, and a phone (this one, or one of this queue) is called into the room; which."""
        async with self._turn:
            move = self._checked(Turn.CONSULT, by)
            phone, legs = await self._free_phone(to)
            if self._talk.phase is Phase.TALKING:
                await self._send_away(HELD)
                await self._write(self._checked(Turn.HOLD, by), by)
                move = self._checked(Turn.CONSULT, by)
            await self._ring(move, by, phone, JOINING, to=to, legs=legs, why=why, urgent=urgent)
            return phone

    async def join(self, by: str, to: str) -> str:
        """A phone is called into the talk, which goes on meanwhile: a supervisor, or a third; which."""
        async with self._turn:
            move = self._checked(Turn.JOIN, by)
            phone, legs = await self._free_phone(to)
            if not self._talk.in_room:
                await self._settled()
                await self._exchange.redirect_both(self._caller, TOGETHER, self._first.leg, PERSON)
            await self._ring(move, by, phone, JOINING, to=to, legs=legs)
            return phone

    async def complete(self, by: str) -> None:
        """The attended transfer: the caller is with the second person, and the first leaves."""
        async with self._turn:
            move = self._checked(Turn.COMPLETE, by)
            first = self._first
            if self._talk.phase in _AWAY:
                await self._send(TOGETHER)
            await self._write(move, by)
            await self._end(first)

    async def back(self, by: str) -> None:
        """The first person has the caller again, and the second leaves, or is not called any more."""
        async with self._turn:
            talk, move = self._talk, self._checked(Turn.BACK, by)
            if talk.phase in _AWAY:
                await self._send(TOGETHER)
            await self._write(move, by)
            await self._end(*talk.persons[1:], talk.ringing)

    async def conference(self, by: str) -> None:
        """The caller and both persons talk."""
        async with self._turn:
            move = self._checked(Turn.CONFERENCE, by)
            await self._send(TOGETHER)
            await self._write(move, by)

    async def transfer(self, by: str, to: str, why: str = "", *, urgent: bool = False) -> None:
        """Blind: the caller waits in this queue, or for this phone, and the person is free."""
        async with self._turn:
            patience = self._places().patience_of(to)
            if patience is None:
                await self._hand_on(by, to, why, urgent=urgent)
            else:
                await self._to_queue(by, to, patience, why, urgent=urgent)

    async def escalate(self, by: str, why: str, *, to: str = "", blind: bool = False) -> str:
        """To a senior (H1.2e), with the reason and all that is known; by a consultation, or blind. Where it went."""
        if not why:
            raise NotPossible("an escalation needs a reason: the senior is to know why")
        target = to or self._places().seniors
        if blind:
            await self.transfer(by, target, why, urgent=True)
            return target
        return await self.consult(by, target, why, urgent=True)

    async def end(self, by: str) -> None:
        """Every person leaves; the caller goes on with the story, which asks for a score."""
        async with self._turn:
            talk, move = self._talk, self._checked(Turn.END, by)
            if not all(person.leg for person in talk.persons):
                raise NotPossible("the exchange did not tell which leg is the person's: he has to hang up himself")
            if talk.phase is Phase.TRANSFERRED:
                await self._send(TOGETHER)  # where nobody is: he goes on with the story
            await self._write(move, by)
            await self._end(*talk.persons, talk.ringing)

    # -------------------------------------------------------------------------------------- what happens
    async def keyed(self, before: Known, now: Known, why: str) -> None:
        """The dialogue at the keypad is over: so much is known, and the caller is on his way back."""
        async with self._turn:
            await self._call.is_heard_again()
            facts: list[Fact] = [Learned(known=now.and_also(person=self._call.known.person))] if now != before else []
            if self._talk.phase is Phase.VERIFYING:
                move = move_of(Phase.VERIFYING, Turn.RETURN, Asker.EXCHANGE)
                facts.append(ConversationTurned(turn=move.turn, phase=move.after, by=BY_EXCHANGE, why=why))
            if facts:
                await self._call.write_down(*facts)

    async def at_keypad(self) -> bool:
        """The caller has come to the keypad; whether he is expected there."""
        async with self._turn:
            if self._talk.phase is Phase.TALKING:  # who sent him there died before it was written down
                await self._happened(Turn.VERIFY)
            return self._talk.phase is Phase.VERIFYING

    async def dialled(self, leg: Uniqueid, *, answered: bool) -> None:
        """A phone that was called answers, or does not."""
        async with self._turn:
            ringing = self._talk.ringing
            if ringing is None or ringing.leg != leg:
                return  # given up meanwhile
            if self._talk.phase is Phase.TRANSFERRED and not answered:
                await self._try_to_send(QUEUE)
            # A caller who waits looks for the person himself: sent now, he may come before the person is counted, find
            # nobody, and be asked for a score.
            await self._happened(Turn.ANSWER if answered else Turn.NO_ANSWER)

    async def caller_in_room(self) -> None:
        """The caller is with the persons, whoever brought him there: asked back, that stands in the journal already."""
        async with self._turn:
            if self._talk.phase in _AWAY:
                await self._happened(Turn.RETURN)

    async def leg_ended(self, leg: Uniqueid) -> None:
        """Somebody hung up."""
        async with self._turn:
            await self._left(leg)

    async def caller_left(self, talk: Conversation) -> None:
        """The caller is gone from this conversation: whoever had him is free, and nobody is left in the room with its
        music.
        """
        await self._end(*talk.persons, talk.ringing)
        await self._clock.sleep(ONCE_MORE)
        async with self._turn:  # a turn in hand is over then, and whom it called is there
            await self._end(*talk.persons, talk.ringing)
            await free_the_forsaken(self._exchange, await self._exchange.legs())

    async def look(self, legs: Sequence[LiveLeg]) -> None:
        """Take up what was missed: these legs live."""
        async with self._turn:
            alive = {leg.uniqueid: leg for leg in legs}
            caller = alive.get(self._caller)
            if caller is None or not self._call.is_with_persons:
                return
            await self._look_whether_sent_on(caller)
            for person in self._talk.persons:
                if person.leg and person.leg not in alive:
                    await self._left(person.leg)
            await self._look_who_rings(alive)
            await self._look_at(caller)
            if self._talk.phase is Phase.NOBODY:
                await self._look_who_answered(caller, legs)
            if self._talk.phase is not Phase.VERIFYING:
                await self._call.is_heard_again()

    async def look_again(self) -> None:
        """Nobody knows whether the exchange did what it was asked: see where the legs are."""
        await self.look(await self._exchange.legs())

    # ------------------------------------------------------------------------------------------------
    @property
    def _talk(self) -> Conversation:
        return self._call.conversation

    @property
    def _caller(self) -> Uniqueid:
        return Uniqueid(self._call.call_id)

    @property
    def _first(self) -> Participant:
        return self._talk.persons[0]

    def _checked(self, turn: Turn, by: str) -> Move:
        """The move; `by` is a phone in the call, or nobody's: then the operator asks. Raises Illegal, NotPossible."""
        if not self._call.is_with_persons:
            raise NotPossible("no person has the call now")
        return move_of(self._talk.phase, turn, self._talk.asker(by) or Asker.SUPERVISOR)

    def _escalated(self) -> Known:
        """Who comes next finds the call urgent, and reads that it was escalated."""
        known = self._call.known
        reasons = known.urgency_reasons
        if Reason.ESCALATED not in reasons:
            reasons = (*reasons, Reason.ESCALATED)
        return known.and_also(urgency=max(known.urgency, Urgency.URGENT), urgency_reasons=reasons)

    async def _write(
        self,
        move: Move,
        by: str,
        *,
        called: Participant | None = None,
        to: str = "",
        why: str = "",
        urgent: bool = False,
    ) -> None:
        turned = ConversationTurned(turn=move.turn, phase=move.after, by=by, called=called, to=to, why=why)
        learned: tuple[Fact, ...] = (Learned(known=self._escalated()),) if urgent else ()
        await self._call.write_down(*learned, turned)

    async def _happened(self, turn: Turn) -> None:
        await self._write(move_of(self._talk.phase, turn, Asker.EXCHANGE), BY_EXCHANGE)

    async def _send(self, place: Place) -> None:
        await self._exchange.redirect(self._caller, place.context, place.extension)

    async def _send_away(self, place: Place) -> None:
        """The caller goes there, and the persons stay in the room; out of a queue's bridge both sides go."""
        if self._talk.in_room:
            await self._send(place)
            return
        await self._settled()
        await self._exchange.redirect_both(self._caller, place, self._first.leg, ALONE)

    async def _settled(self) -> None:
        since = self._call.connected_at
        if since is None or not self._first.leg:
            raise NotPossible("the exchange did not tell which leg is the person's: he has to hang up himself")
        wait = (since + SETTLED - self._clock.now()).total_seconds()
        if wait > 0:
            await self._clock.sleep(wait)

    async def _end(self, *persons: Participant | None) -> None:
        for person in persons:
            if person is not None and person.leg:
                with suppress(ExchangeRefused):  # he is gone already
                    await self._exchange.hang_up(person.leg)

    async def _free_phone(self, to: str) -> tuple[str, Mapping[Uniqueid, LiveLeg]]:
        """A phone of this name or queue that is in no call: one that did not miss this call before another."""
        places = self._places()
        known = places.phones_of(to)
        if not known:
            there = ", ".join([*places.phones, *(number for number, _ in places.agents)]) or "none"
            raise NotPossible(
                f"{to!r} is no phone, no agent at work and no queue that anybody answers now; there are {there}"
            )
        legs = {leg.uniqueid: leg for leg in await self._exchange.legs()}
        busy = {phone_of(leg.channel) for leg in legs.values()}
        free = sorted((phone for phone in known if phone not in busy), key=self._talk.missed.count)
        if not free:
            raise NotPossible(f"nobody is free at {to}: {', '.join(known)} on the phone")
        return free[0], legs

    async def _ring(
        self,
        move: Move,
        by: str,
        phone: str,
        place: Place,
        *,
        to: str,
        legs: Mapping[Uniqueid, LiveLeg],
        why: str = "",
        urgent: bool = False,
    ) -> None:
        """Call a phone. Written before: after a crash the exchange is asked for a leg of this name."""
        called = Participant(leg_called_to(self._call.call_id, self._call.next_entry), phone)
        caller = legs.get(self._caller)
        await self._write(move, by, called=called, to=to, why=why, urgent=urgent)
        if not self._call.is_with_persons:
            raise NotPossible("the caller has just left")
        try:
            await self._exchange.originate(
                uniqueid=called.leg,
                endpoint=f"PJSIP/{phone}",
                context=place.context,
                extension=place.extension,
                caller_id=f"<{self._call.incoming.dialled}>",
                patience=RINGS,
                variables={
                    "HOTLINE_ROOM_OF": self._caller,
                    "HOTLINE_CALLER": caller.channel if caller else self._caller,
                },
            )
        except ExchangeRefused:
            await self._happened(Turn.NO_ANSWER)
            raise

    async def _to_queue(self, by: str, queue: str, patience: int, why: str, *, urgent: bool) -> None:
        talk, move = self._talk, self._checked(Turn.TRANSFER, by)
        variables = {"HOTLINE_QUEUE": queue, "HOTLINE_PATIENCE": str(patience), **_NOT_CONFINED}
        known = self._escalated() if urgent else self._call.known
        if (priority := _PRIORITY.get(known.urgency)) is not None:
            variables["HOTLINE_PRIORITY"] = str(priority)
        if not talk.in_room:
            await self._settled()
        await self._exchange.assign(self._caller, variables)
        await self._send(QUEUE)
        await self._write(move, by, to=queue, why=why, urgent=urgent)
        await self._end(*talk.persons)

    async def _hand_on(self, by: str, to: str, why: str, *, urgent: bool) -> None:
        talk, move = self._talk, self._checked(Turn.HAND_ON, by)
        phone, legs = await self._free_phone(to)
        if not talk.in_room:
            await self._settled()
        await self._exchange.assign(self._caller, _NOT_CONFINED)  # nobody at that phone: he waits in his queue again
        await self._send(AWAITING)
        try:
            await self._ring(move, by, phone, ARRIVING, to=to, legs=legs, why=why, urgent=urgent)
        except ExchangeRefused:
            await self._send(QUEUE)
        await self._end(*talk.persons)

    async def _left(self, leg: Uniqueid) -> None:
        talk = self._talk
        if talk.ringing is not None and talk.ringing.leg == leg:
            return  # `dialled` tells of it
        place = next((place for place, person in enumerate(talk.persons) if person.leg == leg), None)
        if place is None:
            return
        if place == 0 and talk.phase is Phase.CONSULTING:
            await self._try_to_send(TOGETHER)
        elif place == 0 and talk.phase is Phase.CALLING:
            await self._try_to_send(AWAITING)
        elif place == 0 and talk.phase is Phase.SUMMONING:
            await self._end(talk.ringing)
        await self._happened(Turn.SECOND_LEFT if place else Turn.FIRST_LEFT)

    async def _try_to_send(self, place: Place) -> None:
        with suppress(ExchangeRefused):  # the caller is gone too
            await self._send(place)

    async def _look_who_rings(self, alive: Mapping[Uniqueid, LiveLeg]) -> None:
        talk = self._talk
        if talk.ringing is None:
            return
        leg = alive.get(talk.ringing.leg)
        if leg is None:
            if talk.phase is Phase.TRANSFERRED:
                await self._try_to_send(QUEUE)
            await self._happened(Turn.NO_ANSWER)
        elif leg.application == "ConfBridge":
            await self._happened(Turn.ANSWER)

    async def _look_whether_sent_on(self, caller: LiveLeg) -> None:
        """A blind transfer that was carried out, or half of it, and not written down: he waits in a queue."""
        if self._talk.phase not in (Phase.TALKING, Phase.ON_HOLD):
            return
        persons, place = self._talk.persons, Place(caller.context)
        if place == AWAITING:  # and no phone rings for him
            await self._try_to_send(QUEUE)
        elif place not in (QUEUE, IN_QUEUE) or caller.bridge:
            return
        await self._happened(Turn.TRANSFER)
        await self._end(*persons)

    async def _look_at(self, caller: LiveLeg) -> None:
        """Where the caller is, and where the journal has him."""
        phase, place = self._talk.phase, Place(caller.context)
        if phase in _AWAY and place == TOGETHER:
            await self._happened(Turn.RETURN)
        elif phase in (Phase.TALKING, Phase.CONFERENCE) and place == HELD:
            await self._happened(Turn.HOLD)
        elif phase is Phase.TALKING and place == KEYPAD:
            await self._happened(Turn.VERIFY)

    async def _look_who_answered(self, caller: LiveLeg, legs: Sequence[LiveLeg]) -> None:
        """Somebody has the caller whom nobody here saw answer."""
        person = next((leg for leg in legs if leg.bridge == caller.bridge != "" and leg is not caller), None)
        if person is not None:
            log.info("person_found", call_id=self._call.call_id, channel=person.channel)
            interface = f"PJSIP/{phone_of(person.channel)}"
            await self._call.write_down(PersonConnected(interface=interface, waited=0, leg=person.uniqueid))
