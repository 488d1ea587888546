"""The answering side: a bearer token, refusals as problem documents (RFC 9457), and nothing keyed in ever echoed."""

import hmac
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, Field, SecretStr

Keys = Annotated[SecretStr, Field(min_length=1, max_length=32)]
"""Digits and `*` keyed in."""
KEY_PATTERN = r"^[A-Za-z0-9./_-]{1,100}$"
"""An idempotency key."""

_bearer = HTTPBearer(auto_error=False, description="The token that both houses agreed on.")


class Problem(BaseModel):
    """Why there is no answer (RFC 9457)."""

    title: str
    status: int
    reason: str | None = Field(default=None, description="A word of the contract; none where the fault is technical.")


def make_app(title: str, description: str, version: str) -> FastAPI:
    """An application that answers only who has `state.token`, and whose documentation is published in files alone."""
    app = FastAPI(
        title=title,
        description=description,
        version=version,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        dependencies=[Depends(_has_token)],
        separate_input_output_schemas=False,
        responses={status: {"model": Problem, "description": text} for status, text in _REFUSALS.items()},
    )
    app.add_exception_handler(RequestValidationError, _not_understood)
    app.add_exception_handler(HTTPException, _refused)
    return app


_REFUSALS: dict[int | str, str] = {
    400: "The request is not of the contract. Which fields is said, what was in them is not.",
    401: "No token, or a wrong one.",
    404: "There is no such thing; `reason` says what.",
    409: "Refused; `reason` says why.",
    503: "No answer can be given now.",
}


def problem(status: int, title: str, reason: str | None = None) -> JSONResponse:
    """A refusal."""
    content = Problem(title=title, status=status, reason=reason).model_dump(exclude_none=True)
    return JSONResponse(content, status, media_type="application/problem+json")


async def _has_token(request: Request, given: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]) -> None:
    wanted: str = request.app.state.token
    if given is None or not hmac.compare_digest(given.credentials.encode(), wanted.encode()):
        raise HTTPException(401, "a bearer token is needed")


async def _not_understood(_: Request, error: Exception) -> JSONResponse:
    """FastAPI's own answer repeats the input, a password too."""
    assert isinstance(error, RequestValidationError)  # noqa: S101  (registered for it alone)
    fields = sorted({".".join(map(str, fault["loc"])) for fault in error.errors()})
    return problem(400, f"not understood: {', '.join(fields)}")


async def _refused(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101  (registered for it alone)
    return problem(error.status_code, str(error.detail))
