"""Requests as they are on the wire: what Django's test client cannot send."""

import json
import re
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from accounts.models import User
from common.api.problems import KINDS
from movies.models import Rating
from recsite.worker import N_READERS
from tests import cast

PROBLEM = "application/problem+json"
Address = tuple[str, int]


class Answer:
    """One response, split."""

    def __init__(self, raw: bytes) -> None:
        head, _, self.body = raw.partition(b"\r\n\r\n")
        status, *lines = head.decode("latin-1").split("\r\n")
        self.status = int(status.split()[1])
        pairs = (line.partition(": ")[::2] for line in lines)
        self.headers = {name.lower(): value for name, value in pairs}

    def json(self) -> Any:
        return json.loads(self.body)


def send(site: Address, raw: bytes) -> Answer:
    with socket.create_connection(site, 20) as client:
        client.sendall(raw)
        client.shutdown(socket.SHUT_WR)
        received = b""
        while chunk := client.recv(65536):
            received += chunk
    return Answer(received)


def request(method: str, path: str, *headers: str, body: bytes = b"") -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", "Connection: close", *headers]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def chunked(body: bytes, size: int = 7) -> bytes:
    chunks = [body[start : start + size] for start in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\n"


JSON = "Content-Type: application/json"
CHUNKED = "Transfer-Encoding: chunked"
RECOMMENDATIONS = "/api/v1/recommendations/"


@pytest.mark.parametrize("server_field", ["chunked", "Chunked"])
def test_a_chunked_body_is_read(ada: User, gunicorn: Address, server_field: str):
    film = cast.movie("Heat")
    body = json.dumps({"ratings": [{"movie_id": film.pk, "stars": 4.5}], "k": 1}).encode()
    header = f"Transfer-Encoding: {server_field}"
    answer = send(gunicorn, request("POST", RECOMMENDATIONS, JSON, header, body=chunked(body)))
    assert answer.status == 200, answer.body
    assert "results" in answer.json()


def test_a_chunked_body_of_optional_fields_is_not_dropped(ada: User, gunicorn: Address):
    from accounts.services import token_create

    ada.is_staff = ada.is_superuser = True
    ada.save()
    _token, secret = token_create(user=ada, name="admin", scopes=["admin"])
    raw = request(
        "POST",
        "/api/v1/runs/preflight/",
        JSON,
        CHUNKED,
        f"Authorization: Bearer {secret}",
        body=chunked(b'{"parameters": {"nope": 1}}'),
    )
    answer = send(gunicorn, raw)
    assert answer.status == 200, answer.body
    assert answer.json()["refusals"] == ["unknown setting: nope"]


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (
            request("POST", RECOMMENDATIONS, JSON, CHUNKED, body=chunked(b"{}" * 600_000, 60000)),
            413,
        ),
        (request("POST", RECOMMENDATIONS, JSON, CHUNKED, body=b"zz\r\n{}\r\n0\r\n\r\n"), 400),
        (
            request(
                "POST",
                "/api/v1/imports/",
                "Content-Type: multipart/form-data; boundary=x",
                CHUNKED,
                body=chunked(b"--x--"),
            ),
            411,
        ),
        (
            request("POST", RECOMMENDATIONS, JSON, "Content-Length: 40", body=b'{"ratings": []}'),
            400,
        ),
        *(
            (request("POST", RECOMMENDATIONS, JSON, CHUNKED, body=part), 400)
            for part in (
                *(b"", b"2", b"2\r\n", b"2\r\n{", b"2\r\n{}", b"2\r\n{}\r\n"),
                *(b"2\r\n{}\r\n0", b"2\r\n{}\r\n0\r\n", b"2\r\n{}\r\n0\r\nX: 1\r\n", b"2\r\n{}}"),
            )
        ),
        (request("POST", RECOMMENDATIONS, JSON, "Content-Length: 2", body=b"{}trailing"), 400),
        (request("POST", RECOMMENDATIONS, JSON, "Content-Length: x", body=b"{}"), 400),
        (request("POST", RECOMMENDATIONS, JSON, CHUNKED, "Content-Length: 2", body=b"{}"), 400),
        (request("POST", RECOMMENDATIONS, JSON, "Transfer-Encoding: gzip", body=b"{}"), 400),
        (request("POST", RECOMMENDATIONS, JSON, "Transfer-Encoding: foo", body=b"{}"), 411),
        (request("POST", RECOMMENDATIONS, JSON, body=b"{}"), 400),
        (
            request(
                "POST",
                RECOMMENDATIONS,
                "Content-Type: application/json; charset=utf-16",
                "Content-Length: 2",
                body=b"{}",
            ),
            415,
        ),
        (request("GET", RECOMMENDATIONS + "?" + "exclude=1&" * 1000), 414),
        (request("GET", "/api/v1/movies/", "X-Long: " + "x" * 9000), 431),
        (request("GET", "/api/v1/movies/", *(f"X-{n}: 1" for n in range(200))), 431),
        (request("GET", "/api/v1/movies/", "No colon"), 400),
        (request("GET", "/api/v1/movies/", "Idempotency-Key: a", "idempotency-key: b"), 400),
        (request("GET", "/api/v1/movies/", "Authorization: Bearer a", "Authorization: b"), 400),
        (request("GET", "/api/v1/movies/", "Bad name: 1"), 400),
        (b"GET /api/v1/movies/\r\n\r\n", 400),
        (b"GET /api/v1/movies/ HTTP/9.9\r\nHost: a\r\n\r\n", 400),
        (request("OPTIONS", "*"), 404),
        (request("GET", "/api/v1/%ff/"), 400),
        (request("GET", "//api/v1/%fe"), 400),
        (request("GET", "//api/v1/"), 404),
        (request("GET", "//api//v1/movies/"), 404),
        (request("GET", "/%2fapi/v1/"), 404),
        (request("GET", "/x/../api/v1/"), 404),
        (request("GET", "/API/v1/"), 404),
        (request("CONNECT", "127.0.0.1:80"), 405),
        (request("CONNECT", "localhost:80"), 405),
        (request("CONNECT", "/api/v1/"), 400),
        (request("CONNECT", "/"), 400),
        (request("CONNECT", "[x"), 400),
        (request("GET", "localhost:80"), 400),
        (request("GET", "api/v1/"), 400),
        (request("GET", "*"), 400),
        (request("GET", "?x=://"), 400),
        (request("GET", "ftp://127.0.0.1/api/v1/"), 400),
        (request("GET", "http:///api/v1/"), 400),
        (request("GET", "http://a@127.0.0.1/api/v1/"), 400),
        (request("GET", "http://127.0.0.1/api/v1/nope/"), 404),
        (request("GET", "/api/v1/movies/#best"), 400),
        (request("GET", "/identity/nope"), 404),
        (request("GET", "/.well-known/nope"), 404),
    ],
)
def test_every_refusal_is_a_problem_document(ada: User, gunicorn: Address, raw: bytes, status: int):
    answer = send(gunicorn, raw)
    assert answer.status == status, answer.body
    assert answer.headers["content-type"] == PROBLEM
    problem = answer.json()
    assert problem["status"] == status
    assert problem["title"]
    assert problem["detail"]
    assert problem["type"].startswith("/api/problems/#")


def test_the_instance_of_a_refused_tunnel_names_its_host_and_port(ada: User, gunicorn: Address):
    answer = send(gunicorn, request("CONNECT", "localhost:80"))
    assert answer.json()["instance"] == "//localhost:80"


@pytest.mark.parametrize(
    ("head", "status"),
    [
        ("HTTP/1.1", 400),
        ("HTTP/1.0", 200),
        ("HTTP/1.1\r\nHost: 127.0.0.1", 200),
        ("HTTP/1.1\r\nHost: 127.0.0.1:8000", 200),
        ("HTTP/1.1\r\nHost: [::1]:8000", 200),
        ("HTTP/1.1\r\nHost: 127.0.0.1:65535", 200),
        ("HTTP/1.1\r\nHost: 127.0.0.1:65536", 400),
        ("HTTP/1.1\r\nHost: 127.0.0.1:" + "9" * 5000, 400),
        ("HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: 127.0.0.1", 400),
        ("HTTP/1.1\r\nHost: 127.0.0.1\r\nhost: localhost", 400),
        ("HTTP/1.1\r\nHost:", 400),
        ("HTTP/1.0\r\nHost:", 400),
        ("HTTP/1.1\r\nHost: a b", 400),
        ("HTTP/1.1\r\nHost: a,b", 400),
        ("HTTP/1.1\r\nHost: http://127.0.0.1", 400),
        ("HTTP/1.1\r\nHost: a/b", 400),
        ("HTTP/1.1\r\nHost: a@b", 400),
        ("HTTP/1.1\r\nHost: \xc3\xa4", 400),
        ("HTTP/1.1\r\nHost: a:b", 400),
    ],
)
def test_http_1_1_names_one_host(ada: User, gunicorn: Address, head: str, status: int):
    for path in ("/api/v1/", "/livez"):
        raw = f"GET {path} {head}\r\nConnection: close\r\n\r\n".encode("latin-1")
        answer = send(gunicorn, raw)
        if status == 400:
            assert answer.headers["content-type"] == PROBLEM
        assert answer.status == status, answer.body


def test_an_absolute_target_names_the_host(ada: User, gunicorn: Address):
    raw = request("GET", "http://localhost:8042/api/v1/movies/?page_size=1&total=true")
    answer = send(gunicorn, raw)
    assert answer.status == 200
    cast.movie("Heat")
    cast.movie("Ran")
    assert send(gunicorn, raw).json()["next"].startswith("http://localhost:8042/api/v1/movies/")


@pytest.mark.parametrize(
    ("raw", "instance"),
    [
        (request("GET", "/api/v1/%ff/"), "/api/v1/%FF/"),
        (request("GET", "/api/v1/%25ff/"), "/api/v1/%25ff/"),
        (request("GET", "/api/v1/%C3%A4/%ff%20x/"), "/api/v1/%C3%A4/%FF%20x/"),
        (request("GET", "/api/v1/\xc3\xa4/"), "/api/v1/%C3%A4/"),
        (request("GET", "/api/v1/movies/?x=1", "No colon"), "/api/v1/movies/"),
        (request("GET", "/api/v1/movies/?x=1", "Host: a"), "/api/v1/movies/"),
        (request("GET", "http://127.0.0.1/api/v1/a%20b/", "Bad name: 1"), "/api/v1/a%20b/"),
        (request("GET", "/api/v1/movies/?" + "x" * 9000), "/api/v1/movies/"),
        (request("GET", "/api/v1/movies/", "X-Long: " + "x" * 9000), "/api/v1/movies/"),
        (request("POST", RECOMMENDATIONS, JSON, CHUNKED, body=b"zz\r\n"), RECOMMENDATIONS),
        (request("POST", RECOMMENDATIONS, JSON, "Transfer-Encoding: foo"), RECOMMENDATIONS),
        (b"GET /api/v1/movies/\r\n\r\n", "/api/v1/movies/"),
        (b"GET /api/v1/movies/ HTTP/9.9\r\nHost: a\r\n\r\n", "/api/v1/movies/"),
        (b"GET /api/v1/movies/ HTTP/1.1\r\n\r\n", "/api/v1/movies/"),
        (request("OPTIONS", "*"), "*"),
    ],
)
def test_every_refusal_names_the_address_once_escaped(
    ada: User, gunicorn: Address, raw: bytes, instance: str
):
    assert send(gunicorn, raw).json()["instance"] == instance


def test_a_refusal_quotes_the_request_as_the_text_that_it_is(ada: User, gunicorn: Address):
    accented = "\u00e9\u00df\u6f22"
    sent = accented.encode().decode("latin-1")
    for raw in (request("GET", f"/api/v1/{sent}/"), request("GET", "/api/v1/", f"X{sent}: 1")):
        answer = send(gunicorn, raw)
        assert answer.status == 400
        assert accented in answer.json()["detail"]
    assert "\ufffd" in send(gunicorn, request("GET", "/api/v1/\xff/")).json()["detail"]


@pytest.mark.parametrize("sent", ["abc-123", "", "a b"])
def test_a_refusal_has_an_id(ada: User, gunicorn: Address, sent: str):
    raw = request("GET", "/api/v1/", f"X-Request-ID: {sent}").replace(b"Host: 127.0.0.1\r\n", b"")
    for refused in (raw, b"nonsense\r\n\r\n"):
        answer = send(gunicorn, refused)
        assert answer.status == 400
        is_kept = refused == raw and sent == "abc-123"
        assert (answer.headers["x-request-id"] == sent) is is_kept
        assert is_kept or answer.headers["x-request-id"].isalnum()


def test_an_empty_line_before_a_request_is_ignored(ada: User, gunicorn: Address):
    assert send(gunicorn, b"\r\n" + request("GET", "/api/v1/")).status == 200


def test_a_refusal_of_head_has_no_body(ada: User, gunicorn: Address):
    answer = send(gunicorn, request("HEAD", "/api/v1/", "No colon"))
    assert (answer.status, answer.body) == (400, b"")


@pytest.mark.parametrize(
    ("version", "options", "stays"),
    [
        ("1.1", [], True),
        ("1.1", ["keep-alive"], True),
        ("1.1", ["close"], False),
        ("1.1", ["Close"], False),
        ("1.1", ["Upgrade, close"], False),
        ("1.1", ["close , TE"], False),
        ("1.1", ["keep-alive, close"], False),
        ("1.1", ["Upgrade", "close"], False),
        ("1.1", ["Upgrade"], True),
        ("1.1", ["closed"], True),
        ("1.0", [], False),
        ("1.0", ["Keep-Alive"], True),
        ("1.0", ["TE, keep-alive"], True),
        ("1.0", ["keep-alive, close"], False),
    ],
)
def test_a_connection_stays_as_its_options_say(
    ada: User, gunicorn: Address, version: str, options: list[str], stays: bool
):
    lines = [f"GET /api/v1/ HTTP/{version}", "Host: 127.0.0.1"]
    lines += [f"Connection: {option}" for option in options]
    with socket.create_connection(gunicorn, 20) as client:
        client.sendall("\r\n".join(lines).encode() + b"\r\n\r\n")
        client.sendall(request("GET", "/api/v1/"))
        received = b""
        with suppress(ConnectionError):
            while chunk := client.recv(65536):
                received += chunk
    first = Answer(received)
    assert first.headers["connection"] == ("keep-alive" if stays else "close")
    assert len(re.findall(rb"HTTP/1\.[01] 200", received)) == 1 + stays


def test_a_chunked_body_is_read_where_programs_sign_in(ada: User, gunicorn: Address):
    body = json.dumps({"username": "newcomer", "password": cast.PASSWORD}).encode()
    path = "/_allauth/app/v1/auth/signup"
    answer = send(gunicorn, request("POST", path, JSON, CHUNKED, body=chunked(body)))
    assert answer.status == 200, answer.body
    form = "Content-Type: application/x-www-form-urlencoded"
    raw = request("POST", "/identity/o/api/token", form, CHUNKED, body=chunked(b"grant_type=x"))
    assert send(gunicorn, raw).json()["error"] == "unsupported_grant_type"


LONG = b" " * 900_000


@pytest.mark.parametrize(
    ("path", "header", "body", "status"),
    [
        (RECOMMENDATIONS, CHUNKED, chunked(b" " * 1_200_000, 60_000), 413),
        (RECOMMENDATIONS, "Content-Length: 1200000", b" " * 1_200_000, 413),
        ("/api/v1/ratings/", f"Content-Length: {len(LONG)}", LONG, 401),
        ("/api/v1/nothing/", CHUNKED, chunked(LONG, 60_000), 404),
        ("/api/v1/nothing/", f"Content-Length: {len(LONG)}", LONG, 404),
        ("/api/v1/ratings/", CHUNKED, chunked(b"{}"), 401),
        ("/api/v1/ratings/", "Content-Length: 2", b"{}", 401),
    ],
)
def test_an_early_answer_says_whether_the_connection_stays(
    ada: User, gunicorn: Address, path: str, header: str, body: bytes, status: int
):
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", JSON, header]
    head = "\r\n".join(lines).encode() + b"\r\n\r\n"
    again = request("GET", "/api/v1/movies/")
    with socket.create_connection(gunicorn, 20) as client, suppress(ConnectionError):
        client.sendall(head + body)
        received = b""
        while b"\r\n\r\n" not in received:
            received += client.recv(65536)
        first = Answer(received)
        client.sendall(again)
        client.shutdown(socket.SHUT_WR)
        while chunk := client.recv(65536):
            received += chunk
    assert first.status == status, first.body
    stays = received.count(b"HTTP/1.1 ") == 2
    assert first.headers["connection"] == ("keep-alive" if stays else "close")


def test_a_broken_header_is_no_broken_body(ada: User, gunicorn: Address):
    answer = send(gunicorn, request("GET", "/api/v1/movies/", "Bad name: 1"))
    assert answer.json()["type"] == "/api/problems/#bad-request"


@pytest.mark.parametrize("charset", ["hex", "rot13", '"idna"'])
def test_a_codec_that_is_no_encoding_of_text_is_refused(ada: User, gunicorn: Address, charset: str):
    for path in (RECOMMENDATIONS, "/api/v1/movies/?search=%ff"):
        kind = f"Content-Type: application/json; charset={charset}"
        raw = request("POST", path, kind, "Content-Length: 2", body=b"{}")
        assert send(gunicorn, raw).status == 415


def test_what_the_schema_lets_stand_in_an_address_fits_into_one(
    ada: User, token: str, gunicorn: Address
):
    ids = ",".join(str(1_000_000 + number) for number in range(500))
    raw = request("GET", f"{RECOMMENDATIONS}?exclude={ids}", f"Authorization: Bearer {token}")
    assert send(gunicorn, raw).status == 200
    repeated = "&".join(f"exclude={10_000 + number}" for number in range(500))
    raw = request("GET", f"{RECOMMENDATIONS}?{repeated}", f"Authorization: Bearer {token}")
    assert send(gunicorn, raw).status == 200


@pytest.mark.parametrize("n_bytes", [8190, 8191])
def test_the_first_line_of_a_request_has_at_most_8190_bytes(
    ada: User, gunicorn: Address, n_bytes: int
):
    rest = "GET /api/v1/movies/?search= HTTP/1.1"
    raw = request("GET", "/api/v1/movies/?search=" + "x" * (n_bytes - len(rest)))
    assert raw.index(b"\r\n") == n_bytes
    assert (send(gunicorn, raw).status == 414) is (n_bytes > 8190)
    text = str(KINDS["uri-too-long"].help)
    assert text.startswith("Method, address and HTTP version have at most 8,190 bytes.")


def test_ten_thousand_films_are_excluded_by_post(ada: User, token: str, gunicorn: Address):
    film, other = cast.movie("Heat"), cast.movie("Ran")
    body = json.dumps({"exclude": [film.pk, *range(10**6, 10**6 + 9999)]}).encode()
    raw = request(
        "POST",
        RECOMMENDATIONS,
        JSON,
        f"Content-Length: {len(body)}",
        f"Authorization: Bearer {token}",
        body=body,
    )
    answer = send(gunicorn, raw)
    assert answer.status == 200, answer.body
    assert [row["movie"]["id"] for row in answer.json()["results"]] == [other.pk]


def test_of_eight_puts_that_must_not_replace_one_is_made(ada: User, token: str, gunicorn: Address):
    film = cast.movie("Heat")
    for header, expected in (("If-None-Match: *", [201] + 7 * [412]), ("X-Any: 1", [200] * 8)):
        raw = request(
            "PUT",
            f"/api/v1/ratings/{film.pk}/",
            JSON,
            f"Authorization: Bearer {token}",
            "Content-Length: 11",
            header,
            body=b'{"stars":3}',
        )
        with ThreadPoolExecutor(8) as threads:
            answers = list(threads.map(lambda _, raw=raw: send(gunicorn, raw), range(8)))
        assert sorted(answer.status for answer in answers) == expected
    assert Rating.objects.count() == 1


def test_of_eight_first_ratings_at_once_one_is_new(ada: User, token: str, gunicorn: Address):
    film = cast.movie("Heat")
    body = json.dumps({"movie_id": film.pk, "stars": 3}).encode()
    raw = request(
        "POST",
        "/api/v1/ratings/",
        JSON,
        f"Authorization: Bearer {token}",
        f"Content-Length: {len(body)}",
        body=body,
    )
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: send(gunicorn, raw), range(8)))
    assert sorted(answer.status for answer in answers) == [200] * 7 + [201]


OF_ONE_ANSWER = {"date", "x-request-id", "ratelimit", "set-cookie", "content-security-policy"}
"""Headers that two answers to the same request differ in."""
OF_THE_CONNECTION = {"transfer-encoding", "content-length"}


@pytest.mark.parametrize("coding", ["gzip", "identity"])
@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/",
        "/api/v1/movies/?page_size=20",
        "/api/v1/schema/",
        "/api/v1/movies/1/",
        "/api/v1/movies/?zzz=1",
        "/api/v1/movies",
        "/api/v1/export/",
        "/api/v1/export/ndjson/",
        "/api/docs/",
        "/.well-known/oauth-authorization-server",
        "/_allauth/app/v1/config",
        "/movies/1/poster.svg",
        "/livez",
        "/healthz",
    ],
)
def test_head_has_the_headers_of_get_and_no_body(
    ada: User, token: str, gunicorn: Address, gunicorn_log: Path, path: str, coding: str
):
    films = [cast.movie(f"Heat {number}") for number in range(20)]
    path = path.replace("/1/", f"/{films[0].pk}/")
    n_logged = gunicorn_log.stat().st_size
    headers = (f"Authorization: Bearer {token}", f"Accept-Encoding: {coding}")
    head, get = (send(gunicorn, request(method, path, *headers)) for method in ("HEAD", "GET"))
    assert head.body == b""
    assert head.status == get.status
    for name in (get.headers.keys() | head.headers.keys()) - OF_ONE_ANSWER - OF_THE_CONNECTION:
        assert head.headers.get(name) == get.headers.get(name), name
    is_compressed = "content-encoding" in get.headers
    expected = None if is_compressed else get.headers.get("content-length")
    assert head.headers.get("content-length") == expected
    assert "no-body response" not in gunicorn_log.read_text()[n_logged:]


UNFINISHED = {
    "first line": b"GET /api/v1/mov",
    "headers": b"GET /api/v1/movies/ HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ",
    "body": request("POST", RECOMMENDATIONS, JSON, "Content-Length: 500", body=b"{"),
    "chunk": request("POST", RECOMMENDATIONS, JSON, CHUNKED, body=b"1f4\r\n{"),
    "page's form": request(
        "POST",
        "/accounts/login/",
        "Content-Type: application/x-www-form-urlencoded",
        "Content-Length: 500",
        body=b"login=",
    ),
    "file": request(
        "POST",
        "/import/",
        "Content-Type: multipart/form-data; boundary=x",
        "Content-Length: 5000000",
        f"Cookie: csrftoken={'x' * 32}",
        body=b"--x\r\n",
    ),
}


def wait_for_answer(client: socket.socket, drip: bytes, seconds: float) -> bytes:
    """Send `drip` again and again until the answer and the end of the connection come."""
    received = b""
    deadline = time.monotonic() + seconds
    client.settimeout(0.1)
    while time.monotonic() < deadline:
        try:
            chunk = client.recv(65536)
        except TimeoutError:
            with suppress(ConnectionError):
                client.sendall(drip)
        except ConnectionError:
            return received
        else:
            if not chunk:
                return received
            received += chunk
    pytest.fail(f"The connection is open after {seconds} seconds. Received: {received!r}")


@pytest.mark.parametrize("drip", [b"", b"a"], ids=["silent", "dripping"])
@pytest.mark.parametrize("stopped_in", UNFINISHED)
def test_a_request_that_is_not_sent_in_time_is_answered_408(
    ada: User, gunicorn: Address, stopped_in: str, drip: bytes
):
    with socket.create_connection(gunicorn, 20) as client:
        client.sendall(UNFINISHED[stopped_in])
        answer = Answer(wait_for_answer(client, drip, 20))
    assert answer.status == 408
    assert answer.headers["connection"] == "close"
    assert answer.headers["content-type"] == PROBLEM
    assert answer.json()["type"] == "/api/problems/#request-timeout"


@pytest.mark.parametrize("stopped_in", ["nothing", *UNFINISHED])
def test_unfinished_requests_do_not_stop_the_site(ada: User, gunicorn: Address, stopped_in: str):
    n_stopped = 16 if stopped_in == "file" else N_READERS + 16
    with ExitStack() as connections:
        for _ in range(n_stopped):
            client = connections.enter_context(socket.create_connection(gunicorn, 20))
            client.sendall(UNFINISHED.get(stopped_in, b""))
        assert send(gunicorn, request("GET", "/api/v1/movies/")).status == 200


@pytest.mark.parametrize("expect", ["X-Any: 1", "Expect: 100-continue"])
@pytest.mark.parametrize(
    ("path", "kind", "n_bytes"),
    [
        (RECOMMENDATIONS, "application/json", 1_000_001),
        ("/_allauth/app/v1/auth/login", "application/json", 1_000_001),
        ("/identity/o/api/token", "application/x-www-form-urlencoded", 1_000_001),
        ("/api/v1/me/imports/", "multipart/form-data; boundary=x", 100_100_001),
        ("/accounts/login/", "multipart/form-data; boundary=x", 300_100_001),
    ],
)
def test_a_body_that_is_too_large_is_answered_before_it_is_sent(
    ada: User, token: str, gunicorn: Address, path: str, kind: str, n_bytes: int, expect: str
):
    bearer = f"Authorization: Bearer {token}"
    headers = (f"Content-Type: {kind}", f"Content-Length: {n_bytes}", bearer, expect)
    with socket.create_connection(gunicorn, 20) as client:
        client.sendall(request("POST", path, *headers))
        started = time.monotonic()
        answer = Answer(wait_for_answer(client, b"", 20))
    assert answer.status == 413
    assert answer.headers["connection"] == "close"
    assert time.monotonic() - started < 3  # nobody waited for the body


def test_a_client_that_asks_first_is_told_to_go_on(ada: User, token: str, gunicorn: Address):
    body = b'{"k": 1}'
    headers = (f"Authorization: Bearer {token}", f"Content-Length: {len(body)}")
    with socket.create_connection(gunicorn, 20) as client:
        client.sendall(request("POST", RECOMMENDATIONS, JSON, *headers, "Expect: 100-continue"))
        assert client.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(body)
        received = wait_for_answer(client, b"", 20)
    assert Answer(received).status == 200
    assert b"100 Continue" not in received


def unread(site: Address, path: str) -> socket.socket:
    """Ask for more than the kernel's buffers hold, and read nothing of it."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    client.connect(site)
    raw = request("GET", path, "Accept: */*").replace(b"Connection: close\r\n", b"")
    client.sendall(raw * 8)
    return client


@pytest.mark.parametrize("path", ["/api/v1/schema/", "/static/long.bin"])
def test_clients_that_do_not_read_do_not_stop_the_site(
    ada: User, gunicorn: Address, gunicorn_log: Path, path: str
):
    assert len(send(gunicorn, request("GET", path)).body) > 1_000_000
    n_logged = gunicorn_log.stat().st_size
    with ExitStack() as connections:
        clients = [connections.enter_context(unread(gunicorn, path)) for _ in range(8)]
        time.sleep(1)
        started = time.monotonic()
        assert send(gunicorn, request("GET", "/api/v1/genres/")).status == 200
        assert time.monotonic() - started < 2.5
        while gunicorn_log.read_text()[n_logged:].count("answer was not read") < len(clients):
            assert time.monotonic() - started < 20
            time.sleep(0.1)
        with pytest.raises(ConnectionResetError):
            list(iter(lambda: clients[0].recv(65536), b""))


def test_an_idle_connection_stays_open_as_long_as_its_answer_says(ada: User, gunicorn: Address):
    client = HTTPConnection(*gunicorn, timeout=20)
    client.request("GET", "/livez")
    first = client.getresponse()
    first.read()
    assert first.headers["Keep-Alive"] == "timeout=20"
    connection = client.sock
    time.sleep(5.5)  # as long as common clients keep a connection
    client.request("GET", "/livez")
    assert client.getresponse().status == 200
    assert client.sock is connection
    client.close()


def test_an_answer_names_the_version_that_the_site_speaks(ada: User, gunicorn: Address):
    for version, expected in ((b"1.0", b"1.0"), (b"1.1", b"1.1"), (b"1.2", b"1.1")):
        raw = request("GET", "/livez").replace(b"HTTP/1.1", b"HTTP/" + version)
        with socket.create_connection(gunicorn, 20) as client:
            client.sendall(raw)
            assert client.recv(65536).startswith(b"HTTP/" + expected + b" 200")


@pytest.mark.parametrize(
    "raw",
    [
        request("POST", RECOMMENDATIONS, JSON, CHUNKED, body=b"zz\r\n{}\r\n0\r\n\r\n"),
        request("GET", "/api/v1/movies/", *(f"X-{n}: 1" for n in range(200))),
    ],
)
def test_a_refusal_has_no_words_of_python_or_gunicorn(ada: User, gunicorn: Address, raw: bytes):
    detail = send(gunicorn, raw).json()["detail"]
    assert "b'" not in detail
    assert "limit request" not in detail
