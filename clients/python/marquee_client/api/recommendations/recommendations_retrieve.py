from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.problem import Problem
from ...models.recommendation_list import RecommendationList
from ...models.recommendations_retrieve_expand_item import (
    RecommendationsRetrieveExpandItem,
)
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    diversity: float | Unset = 0.0,
    exclude: list[int] | Unset = UNSET,
    exclude_genres: list[str] | Unset = UNSET,
    expand: list[RecommendationsRetrieveExpandItem] | Unset = UNSET,
    genres: list[str] | Unset = UNSET,
    k: int | Unset = 10,
    novelty: float | Unset = 0.1,
    year_max: int | Unset = UNSET,
    year_min: int | Unset = UNSET,
    if_match: str | Unset = UNSET,
    if_none_match: str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(if_match, Unset):
        headers["If-Match"] = if_match

    if not isinstance(if_none_match, Unset):
        headers["If-None-Match"] = if_none_match

    params: dict[str, Any] = {}

    params["diversity"] = diversity

    json_exclude: list[int] | Unset = UNSET
    if not isinstance(exclude, Unset):
        json_exclude = exclude

    params["exclude"] = json_exclude

    json_exclude_genres: list[str] | Unset = UNSET
    if not isinstance(exclude_genres, Unset):
        json_exclude_genres = exclude_genres

    params["exclude_genres"] = json_exclude_genres

    json_expand: list[str] | Unset = UNSET
    if not isinstance(expand, Unset):
        json_expand = []
        for expand_item_data in expand:
            expand_item: str = expand_item_data
            json_expand.append(expand_item)

    params["expand"] = json_expand

    json_genres: list[str] | Unset = UNSET
    if not isinstance(genres, Unset):
        json_genres = genres

    params["genres"] = json_genres

    params["k"] = k

    params["novelty"] = novelty

    params["year_max"] = year_max

    params["year_min"] = year_min

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/api/v1/recommendations/",
        "params": params,
    }

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
    client: AuthenticatedClient,
    diversity: float | Unset = 0.0,
    exclude: list[int] | Unset = UNSET,
    exclude_genres: list[str] | Unset = UNSET,
    expand: list[RecommendationsRetrieveExpandItem] | Unset = UNSET,
    genres: list[str] | Unset = UNSET,
    k: int | Unset = 10,
    novelty: float | Unset = 0.1,
    year_max: int | Unset = UNSET,
    year_min: int | Unset = UNSET,
    if_match: str | Unset = UNSET,
    if_none_match: str | Unset = UNSET,
) -> Response[Problem | RecommendationList]:
    """Your films

     By your ratings and lists of this moment: rate, and the next answer is another.

    Its ETag holds until something changes that they follow from.

    Args:
        diversity (float | Unset):  Default: 0.0.
        exclude (list[int] | Unset):
        exclude_genres (list[str] | Unset):
        expand (list[RecommendationsRetrieveExpandItem] | Unset):
        genres (list[str] | Unset):
        k (int | Unset):  Default: 10.
        novelty (float | Unset):  Default: 0.1.
        year_max (int | Unset):
        year_min (int | Unset):
        if_match (str | Unset):
        if_none_match (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | RecommendationList]
    """

    kwargs = _get_kwargs(
        diversity=diversity,
        exclude=exclude,
        exclude_genres=exclude_genres,
        expand=expand,
        genres=genres,
        k=k,
        novelty=novelty,
        year_max=year_max,
        year_min=year_min,
        if_match=if_match,
        if_none_match=if_none_match,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
    diversity: float | Unset = 0.0,
    exclude: list[int] | Unset = UNSET,
    exclude_genres: list[str] | Unset = UNSET,
    expand: list[RecommendationsRetrieveExpandItem] | Unset = UNSET,
    genres: list[str] | Unset = UNSET,
    k: int | Unset = 10,
    novelty: float | Unset = 0.1,
    year_max: int | Unset = UNSET,
    year_min: int | Unset = UNSET,
    if_match: str | Unset = UNSET,
    if_none_match: str | Unset = UNSET,
) -> Problem | RecommendationList | None:
    """Your films

     By your ratings and lists of this moment: rate, and the next answer is another.

    Its ETag holds until something changes that they follow from.

    Args:
        diversity (float | Unset):  Default: 0.0.
        exclude (list[int] | Unset):
        exclude_genres (list[str] | Unset):
        expand (list[RecommendationsRetrieveExpandItem] | Unset):
        genres (list[str] | Unset):
        k (int | Unset):  Default: 10.
        novelty (float | Unset):  Default: 0.1.
        year_max (int | Unset):
        year_min (int | Unset):
        if_match (str | Unset):
        if_none_match (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | RecommendationList
    """

    return sync_detailed(
        client=client,
        diversity=diversity,
        exclude=exclude,
        exclude_genres=exclude_genres,
        expand=expand,
        genres=genres,
        k=k,
        novelty=novelty,
        year_max=year_max,
        year_min=year_min,
        if_match=if_match,
        if_none_match=if_none_match,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    diversity: float | Unset = 0.0,
    exclude: list[int] | Unset = UNSET,
    exclude_genres: list[str] | Unset = UNSET,
    expand: list[RecommendationsRetrieveExpandItem] | Unset = UNSET,
    genres: list[str] | Unset = UNSET,
    k: int | Unset = 10,
    novelty: float | Unset = 0.1,
    year_max: int | Unset = UNSET,
    year_min: int | Unset = UNSET,
    if_match: str | Unset = UNSET,
    if_none_match: str | Unset = UNSET,
) -> Response[Problem | RecommendationList]:
    """Your films

     By your ratings and lists of this moment: rate, and the next answer is another.

    Its ETag holds until something changes that they follow from.

    Args:
        diversity (float | Unset):  Default: 0.0.
        exclude (list[int] | Unset):
        exclude_genres (list[str] | Unset):
        expand (list[RecommendationsRetrieveExpandItem] | Unset):
        genres (list[str] | Unset):
        k (int | Unset):  Default: 10.
        novelty (float | Unset):  Default: 0.1.
        year_max (int | Unset):
        year_min (int | Unset):
        if_match (str | Unset):
        if_none_match (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | RecommendationList]
    """

    kwargs = _get_kwargs(
        diversity=diversity,
        exclude=exclude,
        exclude_genres=exclude_genres,
        expand=expand,
        genres=genres,
        k=k,
        novelty=novelty,
        year_max=year_max,
        year_min=year_min,
        if_match=if_match,
        if_none_match=if_none_match,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    diversity: float | Unset = 0.0,
    exclude: list[int] | Unset = UNSET,
    exclude_genres: list[str] | Unset = UNSET,
    expand: list[RecommendationsRetrieveExpandItem] | Unset = UNSET,
    genres: list[str] | Unset = UNSET,
    k: int | Unset = 10,
    novelty: float | Unset = 0.1,
    year_max: int | Unset = UNSET,
    year_min: int | Unset = UNSET,
    if_match: str | Unset = UNSET,
    if_none_match: str | Unset = UNSET,
) -> Problem | RecommendationList | None:
    """Your films

     By your ratings and lists of this moment: rate, and the next answer is another.

    Its ETag holds until something changes that they follow from.

    Args:
        diversity (float | Unset):  Default: 0.0.
        exclude (list[int] | Unset):
        exclude_genres (list[str] | Unset):
        expand (list[RecommendationsRetrieveExpandItem] | Unset):
        genres (list[str] | Unset):
        k (int | Unset):  Default: 10.
        novelty (float | Unset):  Default: 0.1.
        year_max (int | Unset):
        year_min (int | Unset):
        if_match (str | Unset):
        if_none_match (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | RecommendationList
    """

    return (
        await asyncio_detailed(
            client=client,
            diversity=diversity,
            exclude=exclude,
            exclude_genres=exclude_genres,
            expand=expand,
            genres=genres,
            k=k,
            novelty=novelty,
            year_max=year_max,
            year_min=year_min,
            if_match=if_match,
            if_none_match=if_none_match,
        )
    ).parsed
