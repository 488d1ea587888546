"""The SMS gateway's HTTP contract: an application that serves any `Sms` over it. A bank puts it before its own gateway;
tests and demonstrations serve the outbox.
"""

import json
from typing import Annotated

from fastapi import Depends, FastAPI, Header, HTTPException, Query, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, SecretStr

from ivr.adapters.http.answering import KEY_PATTERN, make_app, problem
from ivr.domain.ids import EffectId
from ivr.ports.sms import CODE_PLACE, Sent, Sms, SmsDown, SmsRefused

VERSION = "1.0.0"
_ABOUT = """What the phone line asks of an SMS gateway: to send a message once per `Idempotency-Key`, and to tell how
far it got. The text may hold a one-time code: it is written into no log, and destroyed when it is delivered or expired.
"""


class Message(BaseModel):
    """A message, whole."""

    to: str = Field(max_length=32, description="E.164.")
    text: SecretStr = Field(min_length=1, max_length=1000)


class Taken(BaseModel):
    """What became of a message; null where none was taken under the key."""

    sent: Sent | None


def _served(request: Request) -> Sms:
    sms: Sms = request.app.state.sms
    return sms


Served = Annotated[Sms, Depends(_served)]


def gateway_app(sms: Sms, token: str) -> FastAPI:
    """An application that serves this gateway to who has the token."""
    app = _app()
    app.state.sms, app.state.token = sms, token
    return app


def document() -> str:
    """The published OpenAPI document."""
    return json.dumps(_app().openapi(), indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def _app() -> FastAPI:
    app = make_app("Hotline SMS gateway", _ABOUT, VERSION)
    app.add_exception_handler(SmsRefused, _refused)
    app.add_exception_handler(SmsDown, _down)
    app.add_api_route("/v1/messages", send, methods=["POST"], operation_id="send")
    app.add_api_route("/v1/outcomes", outcome, methods=["GET"], operation_id="outcome")
    return app


async def _refused(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, SmsRefused)  # noqa: S101  (registered for it alone)
    return problem(409, "refused", error.reason.value)


async def _down(_: Request, error: Exception) -> JSONResponse:  # noqa: ARG001  (its sentence is for our own log)
    return problem(503, "no message can be taken now")


async def send(
    sms: Served, message: Message, key: Annotated[EffectId, Header(alias="Idempotency-Key", pattern=KEY_PATTERN)]
) -> Sent:
    """Take a message. The same key with the same message gives the same answer and sends nothing more."""
    text = message.text.get_secret_value()
    if CODE_PLACE in text:
        raise HTTPException(400, "the text has a place for a code, and no code")
    return await sms.send(message.to, text, key)


async def outcome(sms: Served, key: Annotated[EffectId, Query(pattern=KEY_PATTERN)]) -> Taken:
    """How far the message of this key got."""
    return Taken(sent=await sms.outcome(key))
