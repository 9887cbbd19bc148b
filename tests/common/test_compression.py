"""Compression does not depend on chance."""

import secrets

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from common.compression import MIN_BYTES, PageGZipMiddleware


@pytest.mark.parametrize("n_bytes", [200, 300, 500, MIN_BYTES - 1, MIN_BYTES, 2000])
def test_equal_answers_are_all_compressed_or_none(rf: RequestFactory, n_bytes: int):
    text = secrets.token_urlsafe(n_bytes)[:n_bytes]  # it compresses as little as any text
    middleware = PageGZipMiddleware(lambda _request: HttpResponse(text))
    request = rf.get("/", headers={"Accept-Encoding": "gzip"})
    packed = {middleware(request).has_header("Content-Encoding") for _ in range(50)}
    assert packed == {n_bytes >= MIN_BYTES}
