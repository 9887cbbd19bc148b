from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.problem import Problem
from ...models.recommendation_list import RecommendationList
from ...models.recommendation_request import RecommendationRequest
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    body: RecommendationRequest | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/v1/recommendations/",
    }

    if not isinstance(body, Unset):
        _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Problem | RecommendationList | None:
    if response.status_code == 200 and errors.has_type(response, "application/json"):
        response_200 = RecommendationList.from_dict(response.json())

        return response_200

    if errors.has_type(response, "application/problem+json"):
        response_default = Problem.from_dict(response.json())

        return response_default

    if client.raise_on_unexpected_status and response.status_code != HTTPStatus.NOT_MODIFIED:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[Problem | RecommendationList]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: RecommendationRequest | Unset = UNSET,
) -> Response[Problem | RecommendationList]:
    """Films for these ratings

     For `ratings` that are sent; no account is needed, and nothing is kept.

    Rated films never come back. Without `ratings`, a token is answered by its own ratings, as
    by GET, with room for thousands of excluded films.

    Args:
        body (RecommendationRequest | Unset): Ratings of a person without an account, and what to
            recommend.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | RecommendationList]
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
    client: AuthenticatedClient | Client,
    body: RecommendationRequest | Unset = UNSET,
) -> Problem | RecommendationList | None:
    """Films for these ratings

     For `ratings` that are sent; no account is needed, and nothing is kept.

    Rated films never come back. Without `ratings`, a token is answered by its own ratings, as
    by GET, with room for thousands of excluded films.

    Args:
        body (RecommendationRequest | Unset): Ratings of a person without an account, and what to
            recommend.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | RecommendationList
    """

    return sync_detailed(
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: RecommendationRequest | Unset = UNSET,
) -> Response[Problem | RecommendationList]:
    """Films for these ratings

     For `ratings` that are sent; no account is needed, and nothing is kept.

    Rated films never come back. Without `ratings`, a token is answered by its own ratings, as
    by GET, with room for thousands of excluded films.

    Args:
        body (RecommendationRequest | Unset): Ratings of a person without an account, and what to
            recommend.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | RecommendationList]
    """

    kwargs = _get_kwargs(
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    body: RecommendationRequest | Unset = UNSET,
) -> Problem | RecommendationList | None:
    """Films for these ratings

     For `ratings` that are sent; no account is needed, and nothing is kept.

    Rated films never come back. Without `ratings`, a token is answered by its own ratings, as
    by GET, with room for thousands of excluded films.

    Args:
        body (RecommendationRequest | Unset): Ratings of a person without an account, and what to
            recommend.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | RecommendationList
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
        )
    ).parsed
