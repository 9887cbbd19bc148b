"""HEAD asks what GET would answer: the same status and headers, no body, and nothing is done."""

import pytest
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse

from tests import cast

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("servers", "full_allowance")]

OWN = ("accounts", "movies", "recommendations", "recsite")


def own_addresses(resolver: URLResolver, prefix: str = "") -> list[str]:
    """Return the addresses without parameters of this project's own views."""
    addresses = []
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            namespace = f"{prefix}{entry.namespace}:" if entry.namespace else prefix
            addresses += own_addresses(entry, namespace)
        elif isinstance(entry, URLPattern) and entry.name and is_own(entry):
            try:
                addresses.append(reverse(f"{prefix}{entry.name}"))
            except NoReverseMatch:
                continue  # it takes parameters
    return addresses


def is_own(pattern: URLPattern) -> bool:
    return pattern.callback.__module__.split(".")[0] in OWN


def test_every_address_answers_head_as_get(client: Client):
    cast.logged_in(client, cast.member(is_staff=True, is_superuser=True))
    addresses = own_addresses(get_resolver())
    assert len(addresses) > 40
    got = {address: client.get(address) for address in addresses}
    for address, get in got.items():
        head = client.head(address)
        assert head.status_code == get.status_code, address
        assert head.get("Content-Type") == get.get("Content-Type"), address


def test_a_static_file_tells_its_length(client: Client):
    get, head = (ask("/static/css/base.css") for ask in (client.get, client.head))
    n_bytes = len(get.getvalue())
    get.close()
    assert (head.status_code, head["Content-Length"]) == (200, str(n_bytes))
    assert head.getvalue() == b""


def test_a_question_is_shown_and_not_answered(client: Client):
    cast.logged_in(client, cast.member(is_staff=True, is_superuser=True))
    answer = client.head(reverse("recommendations:roll-back"))
    assert answer.status_code == 200


def test_head_has_the_etag_of_a_picture_and_is_answered_304(client: Client):
    path = f"/movies/{cast.movie('Heat').pk}/poster.svg"
    etag = client.get(path)["ETag"]
    assert client.head(path)["ETag"] == etag
    assert client.head(path, headers={"If-None-Match": etag}).status_code == 304
