"""Compression does not depend on chance."""

import secrets

import pytest
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.test import RequestFactory

from common.compression import MIN_BYTES, PageGZipMiddleware, RefusedCodingsMiddleware


@pytest.mark.parametrize("n_bytes", [200, 300, 500, MIN_BYTES - 1, MIN_BYTES, 2000])
def test_equal_answers_are_all_compressed_or_none(rf: RequestFactory, n_bytes: int):
    text = secrets.token_urlsafe(n_bytes)[:n_bytes]  # it compresses as little as any text
    middleware = PageGZipMiddleware(lambda _request: HttpResponse(text))
    request = rf.get("/", headers={"Accept-Encoding": "gzip"})
    packed = {middleware(request).has_header("Content-Encoding") for _ in range(50)}
    assert packed == {n_bytes >= MIN_BYTES}


@pytest.mark.parametrize(
    ("accepted", "is_packed"), [("GZIP", True), ("GZip;Q=0", False), ("br, Gzip;q=0.5", True)]
)
def test_names_of_codings_have_no_case(rf: RequestFactory, accepted: str, is_packed: bool):
    packing = PageGZipMiddleware(lambda _request: HttpResponse())

    def page(request: HttpRequest) -> HttpResponseBase:
        return packing.process_response(request, HttpResponse("long " * MIN_BYTES))

    answer = RefusedCodingsMiddleware(page)(rf.get("/", headers={"Accept-Encoding": accepted}))
    assert answer.has_header("Content-Encoding") is is_packed
