from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.own_rating import OwnRating
from ...models.problem import Problem
from ...models.stars_request import StarsRequest
from ...types import UNSET, Response, Unset


def _get_kwargs(
    movie_id: int,
    *,
    body: StarsRequest,
    if_match: str | Unset = UNSET,
    if_none_match: str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(if_match, Unset):
        headers["If-Match"] = if_match

    if not isinstance(if_none_match, Unset):
        headers["If-None-Match"] = if_none_match

    _kwargs: dict[str, Any] = {
        "method": "put",
        "url": "/api/v1/ratings/{movie_id}/".format(
            movie_id=quote(str(movie_id), safe=""),
        ),
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> OwnRating | Problem | None:
    if response.status_code == 200 and errors.has_type(response, "application/json"):
        response_200 = OwnRating.from_dict(response.json())

        return response_200

    if response.status_code == 201 and errors.has_type(response, "application/json"):
        response_201 = OwnRating.from_dict(response.json())

        return response_201

    if errors.has_type(response, "application/problem+json"):
        response_default = Problem.from_dict(response.json())

        return response_default

    if client.raise_on_unexpected_status and response.status_code != HTTPStatus.NOT_MODIFIED:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    return None


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
    movie_id: int,
    *,
    client: AuthenticatedClient,
    body: StarsRequest,
    if_match: str | Unset = UNSET,
    if_none_match: str | Unset = UNSET,
) -> Response[OwnRating | Problem]:
    """Rate or rate again

     Instead of an earlier rating, if there is one. `If-None-Match: *` never replaces.

    Args:
        movie_id (int):
        if_match (str | Unset):
        if_none_match (str | Unset):
        body (StarsRequest): How much one likes a film.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[OwnRating | Problem]
    """

    kwargs = _get_kwargs(
        movie_id=movie_id,
        body=body,
        if_match=if_match,
        if_none_match=if_none_match,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    movie_id: int,
    *,
    client: AuthenticatedClient,
    body: StarsRequest,
    if_match: str | Unset = UNSET,
    if_none_match: str | Unset = UNSET,
) -> OwnRating | Problem | None:
    """Rate or rate again

     Instead of an earlier rating, if there is one. `If-None-Match: *` never replaces.

    Args:
        movie_id (int):
        if_match (str | Unset):
        if_none_match (str | Unset):
        body (StarsRequest): How much one likes a film.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        OwnRating | Problem
    """

    return sync_detailed(
        movie_id=movie_id,
        client=client,
        body=body,
        if_match=if_match,
        if_none_match=if_none_match,
    ).parsed


async def asyncio_detailed(
    movie_id: int,
    *,
    client: AuthenticatedClient,
    body: StarsRequest,
    if_match: str | Unset = UNSET,
    if_none_match: str | Unset = UNSET,
) -> Response[OwnRating | Problem]:
    """Rate or rate again

     Instead of an earlier rating, if there is one. `If-None-Match: *` never replaces.

    Args:
        movie_id (int):
        if_match (str | Unset):
        if_none_match (str | Unset):
        body (StarsRequest): How much one likes a film.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[OwnRating | Problem]
    """

    kwargs = _get_kwargs(
        movie_id=movie_id,
        body=body,
        if_match=if_match,
        if_none_match=if_none_match,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    movie_id: int,
    *,
    client: AuthenticatedClient,
    body: StarsRequest,
    if_match: str | Unset = UNSET,
    if_none_match: str | Unset = UNSET,
) -> OwnRating | Problem | None:
    """Rate or rate again

     Instead of an earlier rating, if there is one. `If-None-Match: *` never replaces.

    Args:
        movie_id (int):
        if_match (str | Unset):
        if_none_match (str | Unset):
        body (StarsRequest): How much one likes a film.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        OwnRating | Problem
    """

    return (
        await asyncio_detailed(
            movie_id=movie_id,
            client=client,
            body=body,
            if_match=if_match,
            if_none_match=if_none_match,
        )
    ).parsed
