from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ...client import AuthenticatedClient, Client
from ...models.list_entry import ListEntry
from ...models.lists_retrieve_kind import ListsRetrieveKind
from ...models.problem import Problem
from ...types import Response


def _get_kwargs(
    kind: ListsRetrieveKind,
    movie_id: int,
) -> dict[str, Any]:

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/api/v1/lists/{kind}/{movie_id}/".format(
            kind=quote(str(kind), safe=""),
            movie_id=quote(str(movie_id), safe=""),
        ),
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ListEntry | Problem:
    if response.status_code == 200:
        response_200 = ListEntry.from_dict(response.json())

        return response_200

    response_default = Problem.from_dict(response.json())

    return response_default


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
) -> Response[ListEntry | Problem]:
    """A film on a list

     404 if it is not there.

    Args:
        kind (ListsRetrieveKind):
        movie_id (int):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ListEntry | Problem]
    """

    kwargs = _get_kwargs(
        kind=kind,
        movie_id=movie_id,
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
) -> ListEntry | Problem | None:
    """A film on a list

     404 if it is not there.

    Args:
        kind (ListsRetrieveKind):
        movie_id (int):

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
    ).parsed


async def asyncio_detailed(
    kind: ListsRetrieveKind,
    movie_id: int,
    *,
    client: AuthenticatedClient,
) -> Response[ListEntry | Problem]:
    """A film on a list

     404 if it is not there.

    Args:
        kind (ListsRetrieveKind):
        movie_id (int):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ListEntry | Problem]
    """

    kwargs = _get_kwargs(
        kind=kind,
        movie_id=movie_id,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    kind: ListsRetrieveKind,
    movie_id: int,
    *,
    client: AuthenticatedClient,
) -> ListEntry | Problem | None:
    """A film on a list

     404 if it is not there.

    Args:
        kind (ListsRetrieveKind):
        movie_id (int):

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
        )
    ).parsed
