from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.list_entry import ListEntry
from ...models.lists_retrieve_kind import ListsRetrieveKind
from ...models.problem import Problem
from ...types import UNSET, Response, Unset


def _get_kwargs(
    kind: ListsRetrieveKind,
    movie_id: int,
    *,
    if_match: str | Unset = UNSET,
    if_none_match: str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(if_match, Unset):
        headers["If-Match"] = if_match

    if not isinstance(if_none_match, Unset):
        headers["If-None-Match"] = if_none_match

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/api/v1/lists/{kind}/{movie_id}/".format(
            kind=quote(str(kind), safe=""),
            movie_id=quote(str(movie_id), safe=""),
        ),
    }

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ListEntry | Problem | None:
    if response.status_code == 200 and errors.has_type(response, "application/json"):
        response_200 = ListEntry.from_dict(response.json())

        return response_200

    if errors.has_type(response, "application/problem+json"):
        response_default = Problem.from_dict(response.json())

        return response_default

    if client.raise_on_unexpected_status and response.status_code != HTTPStatus.NOT_MODIFIED:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[ListEntry | Problem]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    kind: ListsRetrieveKind,
    movie_id: int,
    *,
    client: AuthenticatedClient,
    if_match: str | Unset = UNSET,
    if_none_match: str | Unset = UNSET,
) -> Response[ListEntry | Problem]:
    """A film on a list

     404 if it is not there.

    Args:
        kind (ListsRetrieveKind):
        movie_id (int):
        if_match (str | Unset):
        if_none_match (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ListEntry | Problem]
    """

    kwargs = _get_kwargs(
        kind=kind,
        movie_id=movie_id,
        if_match=if_match,
        if_none_match=if_none_match,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    kind: ListsRetrieveKind,
    movie_id: int,
    *,
    client: AuthenticatedClient,
    if_match: str | Unset = UNSET,
    if_none_match: str | Unset = UNSET,
) -> ListEntry | Problem | None:
    """A film on a list

     404 if it is not there.

    Args:
        kind (ListsRetrieveKind):
        movie_id (int):
        if_match (str | Unset):
        if_none_match (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ListEntry | Problem
    """

    return sync_detailed(
        kind=kind,
        movie_id=movie_id,
        client=client,
        if_match=if_match,
        if_none_match=if_none_match,
    ).parsed


async def asyncio_detailed(
    kind: ListsRetrieveKind,
    movie_id: int,
    *,
    client: AuthenticatedClient,
    if_match: str | Unset = UNSET,
    if_none_match: str | Unset = UNSET,
) -> Response[ListEntry | Problem]:
    """A film on a list

     404 if it is not there.

    Args:
        kind (ListsRetrieveKind):
        movie_id (int):
        if_match (str | Unset):
        if_none_match (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ListEntry | Problem]
    """

    kwargs = _get_kwargs(
        kind=kind,
        movie_id=movie_id,
        if_match=if_match,
        if_none_match=if_none_match,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    kind: ListsRetrieveKind,
    movie_id: int,
    *,
    client: AuthenticatedClient,
    if_match: str | Unset = UNSET,
    if_none_match: str | Unset = UNSET,
) -> ListEntry | Problem | None:
    """A film on a list

     404 if it is not there.

    Args:
        kind (ListsRetrieveKind):
        movie_id (int):
        if_match (str | Unset):
        if_none_match (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ListEntry | Problem
    """

    return (
        await asyncio_detailed(
            kind=kind,
            movie_id=movie_id,
            client=client,
            if_match=if_match,
            if_none_match=if_none_match,
        )
    ).parsed
