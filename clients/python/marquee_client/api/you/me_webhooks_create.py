from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.my_webhook_with_secret import MyWebhookWithSecret
from ...models.new_my_webhook_request import NewMyWebhookRequest
from ...models.problem import Problem
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    body: NewMyWebhookRequest,
    idempotency_key: str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/v1/me/webhooks/",
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> MyWebhookWithSecret | Problem | None:
    if response.status_code == 201 and errors.has_type(response, "application/json"):
        response_201 = MyWebhookWithSecret.from_dict(response.json())

        return response_201

    if errors.has_type(response, "application/problem+json"):
        response_default = Problem.from_dict(response.json())

        return response_default

    if client.raise_on_unexpected_status and response.status_code != HTTPStatus.NOT_MODIFIED:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[MyWebhookWithSecret | Problem]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    body: NewMyWebhookRequest,
    idempotency_key: str | Unset = UNSET,
) -> Response[MyWebhookWithSecret | Problem]:
    """Make a webhook of your own

     Create a webhook.

    The answer shows the secret for the only time. It ends with its token. 409 for a sixth.

    Args:
        idempotency_key (str | Unset):
        body (NewMyWebhookRequest): The webhook to make.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[MyWebhookWithSecret | Problem]
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
    body: NewMyWebhookRequest,
    idempotency_key: str | Unset = UNSET,
) -> MyWebhookWithSecret | Problem | None:
    """Make a webhook of your own

     Create a webhook.

    The answer shows the secret for the only time. It ends with its token. 409 for a sixth.

    Args:
        idempotency_key (str | Unset):
        body (NewMyWebhookRequest): The webhook to make.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        MyWebhookWithSecret | Problem
    """

    return sync_detailed(
        client=client,
        body=body,
        idempotency_key=idempotency_key,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    body: NewMyWebhookRequest,
    idempotency_key: str | Unset = UNSET,
) -> Response[MyWebhookWithSecret | Problem]:
    """Make a webhook of your own

     Create a webhook.

    The answer shows the secret for the only time. It ends with its token. 409 for a sixth.

    Args:
        idempotency_key (str | Unset):
        body (NewMyWebhookRequest): The webhook to make.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[MyWebhookWithSecret | Problem]
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
    body: NewMyWebhookRequest,
    idempotency_key: str | Unset = UNSET,
) -> MyWebhookWithSecret | Problem | None:
    """Make a webhook of your own

     Create a webhook.

    The answer shows the secret for the only time. It ends with its token. 409 for a sixth.

    Args:
        idempotency_key (str | Unset):
        body (NewMyWebhookRequest): The webhook to make.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        MyWebhookWithSecret | Problem
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
            idempotency_key=idempotency_key,
        )
    ).parsed
