from http import HTTPStatus
from typing import Any

import httpx

from ...client import AuthenticatedClient, Client
from ...models.own_rating import OwnRating
from ...models.problem import Problem
from ...models.rating_input_request import RatingInputRequest
from ...types import Response


def _get_kwargs(
    *,
    body: RatingInputRequest,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/v1/ratings/",
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> OwnRating | Problem:
    if response.status_code == 200:
        response_200 = OwnRating.from_dict(response.json())

        return response_200

    if response.status_code == 201:
        response_201 = OwnRating.from_dict(response.json())

        return response_201

    response_default = Problem.from_dict(response.json())

    return response_default


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[OwnRating | Problem]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    body: RatingInputRequest,
) -> Response[OwnRating | Problem]:
    """Rate a film

     201 if it is your first rating of the film, 200 if it replaces an earlier one.

    Args:
        body (RatingInputRequest): A film and how much one likes it.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[OwnRating | Problem]
    """

    kwargs = _get_kwargs(
        body=body,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
    body: RatingInputRequest,
) -> OwnRating | Problem | None:
    """Rate a film

     201 if it is your first rating of the film, 200 if it replaces an earlier one.

    Args:
        body (RatingInputRequest): A film and how much one likes it.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        OwnRating | Problem
    """

    return sync_detailed(
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    body: RatingInputRequest,
) -> Response[OwnRating | Problem]:
    """Rate a film

     201 if it is your first rating of the film, 200 if it replaces an earlier one.

    Args:
        body (RatingInputRequest): A film and how much one likes it.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[OwnRating | Problem]
    """

    kwargs = _get_kwargs(
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    body: RatingInputRequest,
) -> OwnRating | Problem | None:
    """Rate a film

     201 if it is your first rating of the film, 200 if it replaces an earlier one.

    Args:
        body (RatingInputRequest): A film and how much one likes it.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        OwnRating | Problem
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
        )
    ).parsed
