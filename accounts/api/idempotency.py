"""``Idempotency-Key``: a request that is sent twice happens once.

The key's row is written in the transaction of what the request does. A second one with the same
key, sent while the first is at work, waits at the unique index and is then given the first answer.
Answers that hold a secret are stored encrypted, so that a copy of the database does not reveal it.
"""

import base64
import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder
from rest_framework.views import APIView

from accounts.api.callers import member
from accounts.models import IdempotentAnswer
from common.api.exceptions import HeaderError, IdempotencyMismatch

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

KEPT = timedelta(hours=24)
MAX_LENGTH = 255
HEADER = "Idempotency-Key"
REPLAYED_HEADERS = ("Location", "ETag")
"""Headers of an answer that its replay has as well."""

PARAMETER = OpenApiParameter(
    HEADER,
    {"type": "string", "minLength": 1, "maxLength": MAX_LENGTH},
    OpenApiParameter.HEADER,
    description="Any text of your choice. For 24 hours, the same request with the same key is "
    "answered as the first time and does nothing again.",
)

ViewT = TypeVar("ViewT", bound=APIView)
P = ParamSpec("P")
Handler = Callable[Concatenate[ViewT, Request, P], Response]


def idempotent(handler: Handler[ViewT, P]) -> Handler[ViewT, P]:
    """Let a handler of a change be repeated safely by clients that send the header."""
    return _idempotent(handler, str, str)


def idempotent_with_secret(handler: Handler[ViewT, P]) -> Handler[ViewT, P]:
    """Act as ``idempotent`` for a handler whose answer holds a secret: it is stored encrypted."""
    return _idempotent(handler, _encrypted, _decrypted)


def _idempotent(
    handler: Handler[ViewT, P], store: Callable[[str], str], load: Callable[[str], str]
) -> Handler[ViewT, P]:
    @wraps(handler)
    def once(view: ViewT, request: Request, /, *args: P.args, **kwargs: P.kwargs) -> Response:
        key = request.headers.get(HEADER)
        if key is None:
            return handler(view, request, *args, **kwargs)
        with transaction.atomic():
            answer, is_first = _answer(request, key)
            if not is_first:
                return Response(
                    json.loads(load(answer.body)),
                    answer.status,
                    headers=answer.headers | {"Idempotent-Replay": "true"},
                )
            response = handler(view, request, *args, **kwargs)
            answer.status = response.status_code
            answer.body = store(json.dumps(response.data, cls=JSONEncoder))
            answer.headers = {
                name: response[name] for name in REPLAYED_HEADERS if response.has_header(name)
            }
            answer.save(update_fields=["status", "body", "headers"])
        return response

    return once


def _cipher() -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    digests = [
        salted_hmac("accounts.idempotency", "answer", secret=key, algorithm="sha256").digest()
        for key in keys
    ]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])


def _encrypted(body: str) -> str:
    return _cipher().encrypt(body.encode()).decode()


def _decrypted(body: str) -> str:
    try:
        return _cipher().decrypt(body).decode()
    except InvalidToken:  # the site's secret key has changed since
        raise IdempotencyMismatch from None


def _answer(request: Request, key: str) -> tuple[IdempotentAnswer, bool]:
    """Return the key's row, and whether this request is the first to have it."""
    if not key.strip() or len(key) > MAX_LENGTH or not key.isprintable():
        text = _("An %(header)s has 1 to %(n)s printable characters.")
        raise HeaderError({HEADER: [text % {"header": HEADER, "n": MAX_LENGTH}]})
    user = member(request)
    IdempotentAnswer.objects.filter(user=user, created_at__lt=timezone.now() - KEPT).delete()
    digest = _digest(request)
    answer, is_first = IdempotentAnswer.objects.get_or_create(
        user=user, key=key, defaults={"request_digest": digest}
    )
    if answer.request_digest != digest:
        raise IdempotencyMismatch
    return answer, is_first


def _digest(request: Request) -> str:
    body: Any = json.dumps(request.data, sort_keys=True, default=_digest_of_file)
    return hashlib.sha256(f"{request.method} {request.path}\0{body}".encode()).hexdigest()


def _digest_of_file(file: "UploadedFile[Any]") -> list[str]:
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return [file.name or "", digest.hexdigest()]
