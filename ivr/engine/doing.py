"""What a story has done in the world, through its ports, once.

Every deed carries the effect id of its step. When the other side does not answer, it is asked again under the same id,
which is doing it once; when that does not help within a caller's patience, the story hears that nobody knows, and a
person looks.
"""

from collections.abc import Callable
from dataclasses import dataclass

import structlog
import tenacity

from ivr.domain.call import Incoming
from ivr.domain.caller import Language
from ivr.domain.ids import EffectId
from ivr.domain.ticket import NewTicket, Party, Role
from ivr.engine.promising import LeftInPeace, Promises
from ivr.flow.deeds import (
    BlockCard,
    Deed,
    OpenTicket,
    PromiseCallBack,
    Result,
    SendCode,
    SendText,
    Sent,
    SettleCallBack,
    StopPayments,
    TicketOpened,
    UndoBlock,
)
from ivr.flow.steps import DidIt, Refused, Unsure
from ivr.policies.deadlines import IsWorkingDay, Times, deadlines
from ivr.ports.archive import ArchiveDown
from ivr.ports.bank import Bank, BankDown, BankRefused
from ivr.ports.clock import Clock
from ivr.ports.sms import OneTimeCodes, Sms, SmsDown, SmsRefused
from ivr.ports.tickets import Tickets

log = structlog.get_logger(__name__)

TRIES = 4
"""How often a deed is asked for while its caller waits with music: with the pauses between and the bank's own time
limit it is what a caller bears."""
CODE = "code"
"""The text that a one-time code is sent in."""

Texts = Callable[[str, Language], str]
"""A text of `config/texts.toml`, with its places in braces."""


class NoMobile(Exception):
    """The customer has no mobile number to send to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hands:
    """Does deeds."""

    bank: Bank
    sms: Sms
    codes: OneTimeCodes
    tickets: Tickets
    promises: Promises
    clock: Clock
    times: Times
    is_working_day: IsWorkingDay
    texts: Texts

    async def do(self, deed: Deed, effect: EffectId, incoming: Incoming) -> DidIt | Refused | Unsure:
        """Have it done, now or found done. Never raises what the other side is at fault for."""
        patiently = tenacity.AsyncRetrying(
            sleep=self.clock.sleep,
            stop=tenacity.stop_after_attempt(TRIES),
            wait=tenacity.wait_exponential(multiplier=0.5, max=4),
            retry=tenacity.retry_if_exception_type((BankDown, SmsDown, ArchiveDown)),
            reraise=True,
        )
        bound = log.bind(call_id=incoming.call_id, deed=type(deed).__name__, effect=effect)
        try:
            result: Result = await patiently(self._once, deed, effect, incoming)
        except (BankRefused, SmsRefused) as refused:
            bound.warning("deed_refused", why=refused.reason.value)
            return Refused(refused.reason.value)
        except NoMobile:
            return Refused("no_mobile")
        except LeftInPeace as refused:
            bound.warning("deed_refused", why=str(refused))
            return Refused("left_in_peace")
        except (BankDown, SmsDown, ArchiveDown) as down:
            bound.error("deed_unsure", why=str(down))
            return Unsure()
        bound.info("deed_done")
        return DidIt(result)

    async def _once(self, deed: Deed, effect: EffectId, incoming: Incoming) -> Result:
        match deed:
            case BlockCard(customer, card):
                return await self.bank.block_card(customer, card, effect)
            case UndoBlock(customer, card):
                return await self.bank.undo_block(customer, card, effect)
            case StopPayments(customer):
                return await self.bank.stop_payments(customer, effect)
            case SendCode() | SendText():
                return await self._send(deed, effect)
            case OpenTicket():
                return await self._open(deed, effect, incoming)
            case PromiseCallBack():
                return await self.promises.promise(deed, effect, incoming)
            case SettleCallBack():
                return await self.promises.settle(deed, incoming)

    async def _send(self, deed: SendCode | SendText, effect: EffectId) -> Sent:
        contact = deed.contact if isinstance(deed, SendCode) else None
        mobile = await self.bank.mobile(deed.customer, contact)
        if mobile is None:
            raise NoMobile
        if isinstance(deed, SendCode):
            text = self.texts(CODE, deed.language)
            taken = await self.sms.send(mobile, text, effect, code=self.codes.code(effect))
        else:
            text = self.texts(deed.text, deed.language).format_map(dict(deed.values))
            taken = await self.sms.send(mobile, text, effect)
        return Sent(effect, taken.accepted_at)

    async def _open(self, deed: OpenTicket, effect: EffectId, incoming: Incoming) -> TicketOpened:
        now = self.clock.now()
        until = deadlines(deed.kind, deed.urgency, now, self.is_working_day, self.times)
        new = NewTicket(
            kind=deed.kind,
            category=deed.category,
            urgency=deed.urgency,
            reasons=tuple(reason.value for reason in deed.reasons),
            customer=deed.customer,
            verification=deed.verification,
            call_id=incoming.call_id,
            opened_by=Party(Role.LINE, incoming.call_id),
            opened_at=now,
            due_at=until.due_at,
            own_by=until.own_by,
            summary=deed.summary,
        )
        return TicketOpened((await self.tickets.open(new, effect)).number)
