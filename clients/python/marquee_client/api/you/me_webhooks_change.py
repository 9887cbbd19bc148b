from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.my_webhook import MyWebhook
from ...models.patched_my_webhook_change_request import PatchedMyWebhookChangeRequest
from ...models.problem import Problem
from ...types import UNSET, Response, Unset


def _get_kwargs(
    webhook_id: int,
    *,
    body: PatchedMyWebhookChangeRequest | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "patch",
        "url": "/api/v1/me/webhooks/{webhook_id}/".format(
            webhook_id=quote(str(webhook_id), safe=""),
        ),
    }

    if not isinstance(body, Unset):
        _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> MyWebhook | Problem | None:
    if response.status_code == 200 and errors.has_type(response, "application/json"):
        response_200 = MyWebhook.from_dict(response.json())

        return response_200

    if errors.has_type(response, "application/problem+json"):
        response_default = Problem.from_dict(response.json())

        return response_default

    if client.raise_on_unexpected_status and response.status_code != HTTPStatus.NOT_MODIFIED:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[MyWebhook | Problem]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    webhook_id: int,
    *,
    client: AuthenticatedClient,
    body: PatchedMyWebhookChangeRequest | Unset = UNSET,
) -> Response[MyWebhook | Problem]:
    """Change a webhook of yours

     Change the events of a webhook, or switch it off or on: 409 after its token has ended.

    Args:
        webhook_id (int):
        body (PatchedMyWebhookChangeRequest | Unset): What to change; what is not named stays.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[MyWebhook | Problem]
    """

    kwargs = _get_kwargs(
        webhook_id=webhook_id,
        body=body,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    webhook_id: int,
    *,
    client: AuthenticatedClient,
    body: PatchedMyWebhookChangeRequest | Unset = UNSET,
) -> MyWebhook | Problem | None:
    """Change a webhook of yours

     Change the events of a webhook, or switch it off or on: 409 after its token has ended.

    Args:
        webhook_id (int):
        body (PatchedMyWebhookChangeRequest | Unset): What to change; what is not named stays.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        MyWebhook | Problem
    """

    return sync_detailed(
        webhook_id=webhook_id,
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    webhook_id: int,
    *,
    client: AuthenticatedClient,
    body: PatchedMyWebhookChangeRequest | Unset = UNSET,
) -> Response[MyWebhook | Problem]:
    """Change a webhook of yours

     Change the events of a webhook, or switch it off or on: 409 after its token has ended.

    Args:
        webhook_id (int):
        body (PatchedMyWebhookChangeRequest | Unset): What to change; what is not named stays.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[MyWebhook | Problem]
    """

    kwargs = _get_kwargs(
        webhook_id=webhook_id,
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    webhook_id: int,
    *,
    client: AuthenticatedClient,
    body: PatchedMyWebhookChangeRequest | Unset = UNSET,
) -> MyWebhook | Problem | None:
    """Change a webhook of yours

     Change the events of a webhook, or switch it off or on: 409 after its token has ended.

    Args:
        webhook_id (int):
        body (PatchedMyWebhookChangeRequest | Unset): What to change; what is not named stays.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        MyWebhook | Problem
    """

    return (
        await asyncio_detailed(
            webhook_id=webhook_id,
            client=client,
            body=body,
        )
    ).parsed
