from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.personal_import import PersonalImport
from ...models.personal_import_answers_request import PersonalImportAnswersRequest
from ...models.problem import Problem
from ...types import UNSET, Response, Unset


def _get_kwargs(
    import_id: int,
    *,
    body: PersonalImportAnswersRequest | Unset = UNSET,
    idempotency_key: str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/v1/me/imports/{import_id}/answers/".format(
            import_id=quote(str(import_id), safe=""),
        ),
    }

    if not isinstance(body, Unset):
        _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> PersonalImport | Problem | None:
    if response.status_code == 200 and errors.has_type(response, "application/json"):
        response_200 = PersonalImport.from_dict(response.json())

        return response_200

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
    import_id: int,
    *,
    client: AuthenticatedClient,
    body: PersonalImportAnswersRequest | Unset = UNSET,
    idempotency_key: str | Unset = UNSET,
) -> Response[PersonalImport | Problem]:
    """Say what the columns are

     Check the file again with these answers, until it is imported as often as you like.

    400 if an answer does not fit the table, 409 if nothing was asked.

    Args:
        import_id (int):
        idempotency_key (str | Unset):
        body (PersonalImportAnswersRequest | Unset): What the columns of an unknown table are.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[PersonalImport | Problem]
    """

    kwargs = _get_kwargs(
        import_id=import_id,
        body=body,
        idempotency_key=idempotency_key,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    import_id: int,
    *,
    client: AuthenticatedClient,
    body: PersonalImportAnswersRequest | Unset = UNSET,
    idempotency_key: str | Unset = UNSET,
) -> PersonalImport | Problem | None:
    """Say what the columns are

     Check the file again with these answers, until it is imported as often as you like.

    400 if an answer does not fit the table, 409 if nothing was asked.

    Args:
        import_id (int):
        idempotency_key (str | Unset):
        body (PersonalImportAnswersRequest | Unset): What the columns of an unknown table are.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        PersonalImport | Problem
    """

    return sync_detailed(
        import_id=import_id,
        client=client,
        body=body,
        idempotency_key=idempotency_key,
    ).parsed


async def asyncio_detailed(
    import_id: int,
    *,
    client: AuthenticatedClient,
    body: PersonalImportAnswersRequest | Unset = UNSET,
    idempotency_key: str | Unset = UNSET,
) -> Response[PersonalImport | Problem]:
    """Say what the columns are

     Check the file again with these answers, until it is imported as often as you like.

    400 if an answer does not fit the table, 409 if nothing was asked.

    Args:
        import_id (int):
        idempotency_key (str | Unset):
        body (PersonalImportAnswersRequest | Unset): What the columns of an unknown table are.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[PersonalImport | Problem]
    """

    kwargs = _get_kwargs(
        import_id=import_id,
        body=body,
        idempotency_key=idempotency_key,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    import_id: int,
    *,
    client: AuthenticatedClient,
    body: PersonalImportAnswersRequest | Unset = UNSET,
    idempotency_key: str | Unset = UNSET,
) -> PersonalImport | Problem | None:
    """Say what the columns are

     Check the file again with these answers, until it is imported as often as you like.

    400 if an answer does not fit the table, 409 if nothing was asked.

    Args:
        import_id (int):
        idempotency_key (str | Unset):
        body (PersonalImportAnswersRequest | Unset): What the columns of an unknown table are.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        PersonalImport | Problem
    """

    return (
        await asyncio_detailed(
            import_id=import_id,
            client=client,
            body=body,
            idempotency_key=idempotency_key,
        )
    ).parsed
