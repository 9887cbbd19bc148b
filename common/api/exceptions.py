"""Answers that DRF has no exception for, and services' refusals turned into them."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from rest_framework import status
from rest_framework.exceptions import APIException
from rest_framework.exceptions import ValidationError as InvalidRequest


class Conflict(APIException):
    """What is asked for does not go with the present state: nothing about the request is wrong."""

    status_code = status.HTTP_409_CONFLICT
    default_code = "conflict"
    default_detail = _("This cannot be done in the present state.")


class PreconditionFailed(APIException):
    """The thing has changed since the client read it."""

    status_code = status.HTTP_412_PRECONDITION_FAILED
    default_code = "precondition_failed"
    default_detail = _("It has changed since you read it. Read it again before you change it.")


class PayloadTooLarge(APIException):
    """The body is longer than anything that makes sense here."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "payload_too_large"

    def __init__(self, n_bytes: int | None = None) -> None:
        """Say how much is taken: ``API_MAX_BODY_BYTES`` unless told."""
        limit = settings.API_MAX_BODY_BYTES if n_bytes is None else n_bytes
        super().__init__(_("At most %(n)s bytes are taken.") % {"n": limit})


class AddressTooLong(APIException):
    """The address of another page would be longer than the server takes."""

    status_code = status.HTTP_414_REQUEST_URI_TOO_LONG
    default_code = "uri_too_long"
    default_detail = _(
        "The address of the next page would be too long. Ask for less at once, or for more results "
        "on a page."
    )


class IdempotencyMismatch(APIException):
    """A key that stood on one request stands on another."""

    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_code = "idempotency_mismatch"
    default_detail = _("This Idempotency-Key was used for another request within 24 hours.")


class QueryError(InvalidRequest):
    """A mistake in the query, whatever the method."""

    place = "parameter"


class BodyError(InvalidRequest):
    """A body where none is taken, whatever the method."""

    place = "pointer"


class HeaderError(InvalidRequest):
    """A mistake in a header."""

    place = "header"


@contextmanager
def conflicts() -> Iterator[None]:
    """Answer 409 where a service refuses because of the state it finds.

    A refusal that names a field is a mistake of the request, and stays 400.

    Raises
    ------
    Conflict
        With the words of the service's ``ValidationError``.

    """
    try:
        yield
    except ValidationError as error:
        if hasattr(error, "error_dict"):
            raise
        raise Conflict(" ".join(error.messages)) from error
