"""System checks: what is missing or unsafe, in words that tell what to do.

Those that ask a server run where Django's database checks run: in ``migrate``, and in ``check``
(recsite's own, which asks the servers without being told to). Those of safety run with
``check --deploy``.
"""

from collections.abc import Sequence

import redis
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.checks import Warning as Caution
from django.db import Error as DatabaseError
from django.db import connection
from redis.backoff import NoBackoff
from redis.retry import Retry

from movies.links import FIELDS, link_fields
from recsite.environment import mistyped
from recsite.operations.colours import contrast

LIGHT_PAPER, DARK_PAPER = "#f8f3e9", "#15100e"
"""``--paper`` of static/css/tokens.css."""
MIN_CONTRAST = 4.5

VECTOR_TABLES = (
    "recommendations_movieembedding",
    "recommendations_userembedding",
    "recommendations_genreembedding",
)

Databases = Sequence[str] | None


@register(Tags.database)
def check_database(*, databases: Databases, **_: object) -> list[CheckMessage]:
    """PostgreSQL answers (E001) and has pgvector (E002)."""
    if not databases:
        return []
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_available_extensions WHERE name = 'vector'")
            has_vector = cursor.fetchone() is not None
    except DatabaseError as error:
        return [_unreachable_database(error)]
    return [] if has_vector else [_missing_vector()]


@register(Tags.database)
def check_redis(*, databases: Databases, **_: object) -> list[CheckMessage]:
    """Redis or Valkey answers (W003): the site does without, but no task is taken."""
    if not databases:
        return []
    client = redis.Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=2,
        socket_connect_timeout=2,
        retry=Retry(NoBackoff(), 0),
    )
    try:
        client.ping()
    except redis.RedisError as error:
        return [_unreachable_redis(error)]
    finally:
        client.close()
    return []


@register(Tags.database)
def check_dimensions(*, databases: Databases, **_: object) -> list[CheckMessage]:
    """Every stored vector is as long as its embedding model says (E004)."""
    if not databases:
        return []
    try:
        tables = set(connection.introspection.table_names())
        wrong = [row for table in VECTOR_TABLES if table in tables for row in _wrong_vectors(table)]
    except DatabaseError:
        return []  # check_database says it
    return [_wrong_dimension(*row) for row in wrong]


@register()
def check_film_links(**_: object) -> list[CheckMessage]:
    """Each of MARQUEE_FILM_LINKS is NAME=https://... with known fields only (E005)."""
    return [
        Error(
            f"MARQUEE_FILM_LINKS has an entry that cannot be used: {entry}",
            hint=f"Write NAME=https://..., with the fields {', '.join(FIELDS)} in braces.",
            id="recsite.E005",
        )
        for entry in settings.FILM_LINKS
        if not _is_film_link(entry)
    ]


@register()
def check_import_folder(**_: object) -> list[CheckMessage]:
    """MARQUEE_IMPORT_DIR is a folder (E008)."""
    folder = settings.IMPORT_DIR
    if folder is None or folder.is_dir():
        return []
    hint = "Make it, mount it, or leave the variable out."
    return [Error(f"MARQUEE_IMPORT_DIR={folder} is no folder.", hint=hint, id="recsite.E008")]


@register()
def check_names(**_: object) -> list[CheckMessage]:
    """No variable of the environment is a mistyped one of the site's (W012)."""
    return [
        Caution(f"{name} is read by nothing.", hint=f"Did you mean {nearest}?", id="recsite.W012")
        for name, nearest in mistyped(settings.ENVIRONMENT.names).items()
    ]


@register()
def check_colours(**_: object) -> list[CheckMessage]:
    """SITE_COLOUR and SITE_COLOUR_DARK can be read as text on their pages (W011)."""
    papers = {"SITE_COLOUR": LIGHT_PAPER, "SITE_COLOUR_DARK": DARK_PAPER}
    colours = {
        "SITE_COLOUR": settings.SITE_COLOUR,
        "SITE_COLOUR_DARK": settings.SITE_COLOUR_DARK or settings.SITE_COLOUR,
    }
    return [
        Caution(
            f"{name} {colour} is hard to read on its pages.",
            hint=f"Choose a colour with a contrast of at least 4.5 to {papers[name]}.",
            id="recsite.W011",
        )
        for name, colour in colours.items()
        if colour and contrast(colour, papers[name]) < MIN_CONTRAST
    ]


def _is_film_link(entry: str) -> bool:
    name, _, template = entry.partition("=")
    try:
        fields = link_fields(template)
    except ValueError:
        return False
    return bool(name) and template.startswith("https://") and fields <= set(FIELDS)


def _wrong_vectors(table: str) -> list[tuple[str, int, int, int]]:
    """Embedding model's name, its dimension, the dimension found, and how many such vectors."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT model.name, model.n_dimensions, vector_dims(row.vector), count(*)
            FROM {table} AS row
            JOIN recommendations_embeddingmodel AS model ON model.id = row.embedding_model_id
            WHERE vector_dims(row.vector) <> model.n_dimensions
            GROUP BY 1, 2, 3
            """  # noqa: S608 (the tables' names are ours)
        )
        rows: list[tuple[str, int, int, int]] = cursor.fetchall()
    return rows


def _unreachable_database(error: DatabaseError) -> CheckMessage:
    hint = (
        "manage.py and `make demo` start the embedded server; the end of "
        f"{settings.LOCAL_DIR / 'logs' / 'postgres.log'} says why it does not answer."
        if settings.IS_EMBEDDED_DATABASE
        else "Start the server that DATABASE_URL names, or correct it: "
        "postgresql://USER:PASSWORD@HOST:5432/NAME."
    )
    return Error(f"PostgreSQL does not answer: {error}".strip(), hint=hint, id="recsite.E001")


def _missing_vector() -> CheckMessage:
    return Error(
        "PostgreSQL has no pgvector.",
        hint="Install it on the server: Debian's package postgresql-18-pgvector, or the image "
        "pgvector/pgvector:pg18. On Azure Database for PostgreSQL, allow VECTOR in the server "
        "parameter azure.extensions.",
        id="recsite.E002",
    )


def _unreachable_redis(error: redis.RedisError) -> CheckMessage:
    hint = (
        "manage.py and `make demo` start the embedded Valkey; see "
        f"{settings.LOCAL_DIR / 'logs' / 'valkey.log'}."
        if settings.IS_EMBEDDED_REDIS
        else "Start the server that REDIS_URL names, or correct it: redis://HOST:6379/0."
    )
    return Caution(
        f"Redis does not answer: {error}. The site works without it, but nothing is trained.",
        hint=hint,
        id="recsite.W003",
    )


def _wrong_dimension(name: str, expected: int, found: int, n_vectors: int) -> CheckMessage:
    return Error(
        f"{n_vectors} stored vectors of the embedding model {name!r} have {found} dimensions, "
        f"but the model has {expected}.",
        hint="They were made by another model under the same name. Embed again: "
        "`python manage.py run_pipeline` replaces them.",
        id="recsite.E004",
    )


@register(Tags.security, deploy=True)
def check_production(**_: object) -> list[CheckMessage]:
    """Production settings that Django's own checks do not judge (E005 to W008)."""
    found: list[CheckMessage] = []
    if not settings.IS_PRODUCTION:
        found.append(
            Error(
                "These are the settings of one machine, not of production.",
                hint="Set MARQUEE_DEPLOYMENT=production; docs/deploy.md lists what it then needs.",
                id="recsite.E005",
            )
        )
    if "*" in settings.ALLOWED_HOSTS:
        found.append(
            Error(
                "The site answers to any host name.",
                hint="List the site's own names in ALLOWED_HOSTS, separated by commas.",
                id="recsite.E006",
            )
        )
    if _unsafe_sources():
        found.append(
            Error(
                f"The content security policy lets {', '.join(_unsafe_sources())} in.",
                hint="Move scripts and styles into files of static/.",
                id="recsite.E007",
            )
        )
    if settings.EMAIL_TRANSPORT.endswith(("console.EmailBackend", "UnsentEmailBackend")):
        found.append(
            Caution(
                "E-mails are not sent: nobody can confirm an address or reset a password.",
                hint="Set EMAIL_URL, for example submission://USER:PASSWORD@HOST:587.",
                id="recsite.W008",
            )
        )
    if settings.ACCOUNT_EMAIL_VERIFICATION != "mandatory":
        found.append(
            Caution(
                "Somebody can sign up with an e-mail address that is not theirs.",
                hint="Leave ACCOUNT_EMAIL_VERIFICATION at mandatory.",
                id="recsite.W009",
            )
        )
    return [*found, *_proxies()]


def _proxies() -> list[CheckMessage]:
    """W010: rate limits count visitors by an address that nobody has chosen to trust."""
    if settings.IS_PROXY_COUNT_GIVEN:
        return []
    return [
        Caution(
            "TRUSTED_PROXY_COUNT is not set: with a proxy before the site, all visitors share one "
            "rate limit and TLS is not recognised.",
            hint="Set it to the number of proxies before the site: 1 behind Caddy or App Service, "
            "0 only if browsers connect to gunicorn itself.",
            id="recsite.W010",
        )
    ]


def _unsafe_sources() -> list[str]:
    directives = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    unsafe = {"'unsafe-inline'", "'unsafe-eval'", "*", "https:", "http:"}
    return sorted(unsafe & {source for sources in directives.values() for source in sources})
