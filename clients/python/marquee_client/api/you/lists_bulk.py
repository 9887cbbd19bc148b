from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.bulk_list_request import BulkListRequest
from ...models.bulk_results import BulkResults
from ...models.lists_bulk_kind import ListsBulkKind
from ...models.problem import Problem
from ...types import UNSET, Response, Unset


def _get_kwargs(
    kind: ListsBulkKind,
    *,
    body: BulkListRequest | Unset = UNSET,
    idempotency_key: str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/v1/lists/{kind}/bulk/".format(
            kind=quote(str(kind), safe=""),
        ),
    }

    if not isinstance(body, Unset):
        _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> BulkResults | Problem | None:
    if response.status_code == 200 and errors.has_type(response, "application/json"):
        response_200 = BulkResults.from_dict(response.json())

        return response_200

    if errors.has_type(response, "application/problem+json"):
        response_default = Problem.from_dict(response.json())

        return response_default

    if client.raise_on_unexpected_status and response.status_code != HTTPStatus.NOT_MODIFIED:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[BulkResults | Problem]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    kind: ListsBulkKind,
    *,
    client: AuthenticatedClient,
    body: BulkListRequest | Unset = UNSET,
    idempotency_key: str | Unset = UNSET,
) -> Response[BulkResults | Problem]:
    """Add and remove many films

     Each is answered by itself, those to add first: 201, 200, 204, 404 or 400.

    Args:
        kind (ListsBulkKind):
        idempotency_key (str | Unset):
        body (BulkListRequest | Unset): Films to put on a list and to take from it.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[BulkResults | Problem]
    """

    kwargs = _get_kwargs(
        kind=kind,
        body=body,
        idempotency_key=idempotency_key,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    kind: ListsBulkKind,
    *,
    client: AuthenticatedClient,
    body: BulkListRequest | Unset = UNSET,
    idempotency_key: str | Unset = UNSET,
) -> BulkResults | Problem | None:
    """Add and remove many films

     Each is answered by itself, those to add first: 201, 200, 204, 404 or 400.

    Args:
        kind (ListsBulkKind):
        idempotency_key (str | Unset):
        body (BulkListRequest | Unset): Films to put on a list and to take from it.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        BulkResults | Problem
    """

    return sync_detailed(
        kind=kind,
        client=client,
        body=body,
        idempotency_key=idempotency_key,
    ).parsed


async def asyncio_detailed(
    kind: ListsBulkKind,
    *,
    client: AuthenticatedClient,
    body: BulkListRequest | Unset = UNSET,
    idempotency_key: str | Unset = UNSET,
) -> Response[BulkResults | Problem]:
    """Add and remove many films

     Each is answered by itself, those to add first: 201, 200, 204, 404 or 400.

    Args:
        kind (ListsBulkKind):
        idempotency_key (str | Unset):
        body (BulkListRequest | Unset): Films to put on a list and to take from it.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[BulkResults | Problem]
    """

    kwargs = _get_kwargs(
        kind=kind,
        body=body,
        idempotency_key=idempotency_key,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    kind: ListsBulkKind,
    *,
    client: AuthenticatedClient,
    body: BulkListRequest | Unset = UNSET,
    idempotency_key: str | Unset = UNSET,
) -> BulkResults | Problem | None:
    """Add and remove many films

     Each is answered by itself, those to add first: 201, 200, 204, 404 or 400.

    Args:
        kind (ListsBulkKind):
        idempotency_key (str | Unset):
        body (BulkListRequest | Unset): Films to put on a list and to take from it.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        BulkResults | Problem
    """

    return (
        await asyncio_detailed(
            kind=kind,
            client=client,
            body=body,
            idempotency_key=idempotency_key,
        )
    ).parsed
