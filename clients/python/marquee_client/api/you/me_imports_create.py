from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.personal_import import PersonalImport
from ...models.personal_import_file_request import PersonalImportFileRequest
from ...models.problem import Problem
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    body: PersonalImportFileRequest,
    idempotency_key: str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/v1/me/imports/",
    }

    _kwargs["files"] = body.to_multipart()

    headers["Content-Type"] = "multipart/form-data; boundary=+++"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> PersonalImport | Problem | None:
    if response.status_code == 201 and errors.has_type(response, "application/json"):
        response_201 = PersonalImport.from_dict(response.json())

        return response_201

    if errors.has_type(response, "application/problem+json"):
        response_default = Problem.from_dict(response.json())

        return response_default

    if client.raise_on_unexpected_status and response.status_code != HTTPStatus.NOT_MODIFIED:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[PersonalImport | Problem]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    body: PersonalImportFileRequest,
    idempotency_key: str | Unset = UNSET,
) -> Response[PersonalImport | Problem]:
    """Bring ratings from elsewhere

     Check a file. Nothing changes yet: look at the rows, then accept.

    A small file is ready at once, or refused with 400 if it holds nothing readable; of a larger
    one, the status says when it is.

    Args:
        idempotency_key (str | Unset):
        body (PersonalImportFileRequest): A file to import.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[PersonalImport | Problem]
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
    body: PersonalImportFileRequest,
    idempotency_key: str | Unset = UNSET,
) -> PersonalImport | Problem | None:
    """Bring ratings from elsewhere

     Check a file. Nothing changes yet: look at the rows, then accept.

    A small file is ready at once, or refused with 400 if it holds nothing readable; of a larger
    one, the status says when it is.

    Args:
        idempotency_key (str | Unset):
        body (PersonalImportFileRequest): A file to import.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        PersonalImport | Problem
    """

    return sync_detailed(
        client=client,
        body=body,
        idempotency_key=idempotency_key,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    body: PersonalImportFileRequest,
    idempotency_key: str | Unset = UNSET,
) -> Response[PersonalImport | Problem]:
    """Bring ratings from elsewhere

     Check a file. Nothing changes yet: look at the rows, then accept.

    A small file is ready at once, or refused with 400 if it holds nothing readable; of a larger
    one, the status says when it is.

    Args:
        idempotency_key (str | Unset):
        body (PersonalImportFileRequest): A file to import.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[PersonalImport | Problem]
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
    body: PersonalImportFileRequest,
    idempotency_key: str | Unset = UNSET,
) -> PersonalImport | Problem | None:
    """Bring ratings from elsewhere

     Check a file. Nothing changes yet: look at the rows, then accept.

    A small file is ready at once, or refused with 400 if it holds nothing readable; of a larger
    one, the status says when it is.

    Args:
        idempotency_key (str | Unset):
        body (PersonalImportFileRequest): A file to import.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        PersonalImport | Problem
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
            idempotency_key=idempotency_key,
        )
    ).parsed
