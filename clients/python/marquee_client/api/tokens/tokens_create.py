from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.new_token_request import NewTokenRequest
from ...models.problem import Problem
from ...models.token_with_secret import TokenWithSecret
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    body: NewTokenRequest,
    idempotency_key: str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/v1/tokens/",
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Problem | TokenWithSecret | None:
    if response.status_code == 201 and errors.has_type(response, "application/json"):
        response_201 = TokenWithSecret.from_dict(response.json())

        return response_201

    if errors.has_type(response, "application/problem+json"):
        response_default = Problem.from_dict(response.json())

        return response_default

    if client.raise_on_unexpected_status and response.status_code != HTTPStatus.NOT_MODIFIED:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[Problem | TokenWithSecret]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    body: NewTokenRequest,
    idempotency_key: str | Unset = UNSET,
) -> Response[Problem | TokenWithSecret]:
    """Make a token

     Create a token.

    The answer shows the token for the only time. Needs a session.

    Args:
        idempotency_key (str | Unset):
        body (NewTokenRequest): The token to make.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | TokenWithSecret]
    """

    kwargs = _get_kwargs(
        body=body,
        idempotency_key=idempotency_key,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
    body: NewTokenRequest,
    idempotency_key: str | Unset = UNSET,
) -> Problem | TokenWithSecret | None:
    """Make a token

     Create a token.

    The answer shows the token for the only time. Needs a session.

    Args:
        idempotency_key (str | Unset):
        body (NewTokenRequest): The token to make.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | TokenWithSecret
    """

    return sync_detailed(
        client=client,
        body=body,
        idempotency_key=idempotency_key,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    body: NewTokenRequest,
    idempotency_key: str | Unset = UNSET,
) -> Response[Problem | TokenWithSecret]:
    """Make a token

     Create a token.

    The answer shows the token for the only time. Needs a session.

    Args:
        idempotency_key (str | Unset):
        body (NewTokenRequest): The token to make.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | TokenWithSecret]
    """

    kwargs = _get_kwargs(
        body=body,
        idempotency_key=idempotency_key,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    body: NewTokenRequest,
    idempotency_key: str | Unset = UNSET,
) -> Problem | TokenWithSecret | None:
    """Make a token

     Create a token.

    The answer shows the token for the only time. Needs a session.

    Args:
        idempotency_key (str | Unset):
        body (NewTokenRequest): The token to make.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | TokenWithSecret
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
            idempotency_key=idempotency_key,
        )
    ).parsed
