"""A gateway over HTTP, by the published contract (`docs/sms-api.json`)."""

from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter

from ivr.adapters.http.peer import Asked, Limits, Peer, PeerDown, PeerRefused, Value
from ivr.adapters.sms.gateway import Taken
from ivr.adapters.sms.numbers import must_be_reachable
from ivr.domain.ids import EffectId
from ivr.domain.secret import SecretDigits
from ivr.ports.sms import Sent, SmsDown, SmsRefusal, SmsRefused, filled, must_go_together

T = TypeVar("T")
_SENT = TypeAdapter(Sent)
_TAKEN = TypeAdapter(Taken)


class HttpSms:
    """Implements ivr.ports.sms.Sms."""

    def __init__(self, url: str, token: str, limits: Limits, ca_file: Path | None = None) -> None:
        self._peer = Peer("the SMS gateway", url, token, limits, ca_file)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._peer.close()

    async def send(self, to: str, text: str, effect_id: EffectId, *, code: SecretDigits | None = None) -> Sent:
        """Hand it over. Tried again after a failure, which is safe because of the key alone: a gateway that does not
        keep it must not be used. Raises SmsDown, SmsRefused.
        """
        must_be_reachable(to)
        must_go_together(text, code)
        body: dict[str, Value] = {"to": to, "text": lambda: filled(text, code)}
        return await self._ask(Asked(method="POST", path="/v1/messages", body=body, key=effect_id, again=True), _SENT)

    async def outcome(self, effect_id: EffectId) -> Sent | None:
        """How far it got. Raises SmsDown."""
        asked = Asked(method="GET", path="/v1/outcomes", query={"key": effect_id}, again=True)
        return (await self._ask(asked, _TAKEN)).sent

    async def _ask(self, asked: Asked, understood: TypeAdapter[T]) -> T:
        try:
            return await self._peer.ask(asked, understood)
        except PeerRefused as error:
            raise SmsRefused(SmsRefusal(error.reason)) from None
        except PeerDown as error:
            raise SmsDown(str(error)) from None
