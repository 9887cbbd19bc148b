"""Settings: read from the environment, typed, loud when something is missing.

Two deployments exist. ``local`` (the default) is one machine: servers that are not named are
embedded under ``.local/``, and a secret key is made and kept there. ``production`` has no default
for anything secret.
"""

import re
import secrets
import zoneinfo
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import dj_database_url
from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _
from environs import ValidationError, validate
from redis.backoff import NoBackoff
from redis.retry import Retry

from recsite.environment import Environment, matches
from recsite.local import embedded
from recsite.storages import storage_of

env = ENVIRONMENT = Environment()
AT_LEAST_0, AT_LEAST_1 = validate.Range(min=0), validate.Range(min=1)
SHARE, A_PORT = validate.Range(min=0, max=1), validate.Range(min=0, max=65_535)
BASE_DIR = Path(__file__).resolve().parent.parent

DEPLOYMENT = env.str(
    "MARQUEE_DEPLOYMENT", "local", validate=validate.OneOf(["local", "production"])
)
IS_PRODUCTION = DEPLOYMENT == "production"
LOCAL_DIR = Path(env.str("MARQUEE_LOCAL_DIR", str(BASE_DIR / ".local"))).resolve()


def _local_secret_key() -> str:
    """Return the key of this machine, which is made once and readable by its owner alone."""
    path = LOCAL_DIR / "secret_key"
    if not path.exists():
        LOCAL_DIR.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(50))
    return path.read_text()


# Security
SECRET_KEY = (
    env.str("SECRET_KEY") if IS_PRODUCTION else env.str("SECRET_KEY", None) or _local_secret_key()
)
# Earlier keys: what they signed or encrypted is still read.
SECRET_KEY_FALLBACKS: list[str] = [
    key for key in map(str.strip, env.list("SECRET_KEY_FALLBACKS", [])) if key
]
DEBUG = env.bool("DEBUG", False)
HOST = env.str("HOST", "127.0.0.1")
PORT = env.int("PORT", 8000, validate=A_PORT)
ANY_ADDRESS = {"0.0.0.0", "::"}  # noqa: S104 (what HOST may say, not what we bind to)
ALLOWED_HOSTS = (
    env.list("ALLOWED_HOSTS")
    if IS_PRODUCTION
    else env.list(
        "ALLOWED_HOSTS",
        ["*"] if HOST in ANY_ADDRESS else [HOST, "localhost", "127.0.0.1", "[::1]", "testserver"],
    )
)
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", [])
# How many proxies stand before the site: the visitor's address, by which log-ins and the API are
# throttled, is read that many places from the end of X-Forwarded-For.
TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", 0, validate=AT_LEAST_0)
IS_PROXY_COUNT_GIVEN = env.str("TRUSTED_PROXY_COUNT", None) is not None
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXY_COUNT
# Without a proxy, whoever reaches the port would say by this header that TLS is used.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXY_COUNT else None
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", IS_PRODUCTION)
SECURE_HSTS_SECONDS = env.int(
    "SECURE_HSTS_SECONDS", 365 * 24 * 3600 if IS_PRODUCTION else 0, validate=AT_LEAST_0
)
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("SECURE_HSTS_INCLUDE_SUBDOMAINS", IS_PRODUCTION)
SECURE_HSTS_PRELOAD = env.bool("SECURE_HSTS_PRELOAD", IS_PRODUCTION)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_PRODUCTION
SESSION_COOKIE_HTTPONLY = True
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY: dict[str, dict[str, list[str]]] = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

# Application
INSTALLED_APPS = [
    "recsite.apps.RecsiteConfig",
    "recsite.operations",
    "recommendations.training",
    "recommendations.experiments",
    "recommendations.webhooks",
    "recommendations",
    "movies",
    "accounts",
    "recsite.apps.SiteAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.sitemaps",
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.headless",
    "allauth.idp.oidc",
    "corsheaders",
    "csp",
    "django_celery_beat",
    "django_htmx",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "rest_framework",
]
MIDDLEWARE = [
    "common.head.HeadMiddleware",
    "common.request_ids.RequestIdMiddleware",
    "recsite.health.ProbeMiddleware",
    "recsite.operations.metrics.MetricsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "common.compression.RefusedCodingsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "common.compression.PageGZipMiddleware",
    "csp.middleware.CSPMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "common.api.middleware.ApiGzipMiddleware",
    "common.api.middleware.ApiHeadersMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.AnswerAgainMiddleware",
    "recsite.middleware.PageMiddleware",
    "recsite.operations.second_factor.StaffMfaMiddleware",
    "recsite.operations.audit.AuditMiddleware",
]
ROOT_URLCONF = "recsite.urls"
WSGI_APPLICATION = "recsite.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]


# Servers
def _database_url() -> str | None:
    """DATABASE_URL, or one made of parts, in which a password may hold any character."""
    host = env.str("DATABASE_HOST", None)
    if host is None:
        url: str | None = env.str("DATABASE_URL", None)
        return url
    user, password = env.str("DATABASE_USER"), env.str("DATABASE_PASSWORD")
    name, port = env.str("DATABASE_NAME"), env.int("DATABASE_PORT", 5432, validate=A_PORT)
    address = f"{quote(user, safe='')}:{quote(password, safe='')}@{host}"
    return f"postgresql://{address}:{port}/{name}"


def _redis_url() -> str | None:
    """REDIS_URL, or one made of parts."""
    host = env.str("REDIS_HOST", None)
    if host is None:
        is_address = matches(r"(rediss?|unix)://.+", "An address such as redis://HOST:6379/0.")
        url: str | None = env.str("REDIS_URL", None, validate=is_address)
        return url
    password = quote(env.str("REDIS_PASSWORD", ""), safe="")
    port = env.int("REDIS_PORT", 6379, validate=A_PORT)
    return f"redis://:{password}@{host}:{port}/0"


def _parsed(url: str) -> Any:
    """Return the database settings of an address.

    Raises
    ------
    ImproperlyConfigured
        Half of its password would be taken for the host.

    """
    hint = (
        "DATABASE_URL is no address: in its password, write / as %2F, @ as %40, # as %23, % as %25,"
        " or give DATABASE_HOST, DATABASE_NAME, DATABASE_USER and DATABASE_PASSWORD instead."
    )
    if "#" in url or url.count("@") > 1:
        raise ImproperlyConfigured(hint)
    try:
        return dj_database_url.parse(url, conn_max_age=60, conn_health_checks=True)
    except ValueError as error:
        raise ImproperlyConfigured(hint) from error


IS_EMBEDDED_DATABASE = _database_url() is None
IS_EMBEDDED_REDIS = _redis_url() is None
DATABASE_URL: str = _database_url() or (
    env.str("DATABASE_URL") if IS_PRODUCTION else embedded.database_url(LOCAL_DIR)
)
REDIS_URL: str = _redis_url() or (
    env.str("REDIS_URL") if IS_PRODUCTION else embedded.redis_url(LOCAL_DIR)
)
DATABASES = {"default": _parsed(DATABASE_URL)}
# Under psycopg2 there is no limit of time on the client's side.
HAS_PSYCOPG_3 = find_spec("psycopg") is not None
DATABASES["default"]["ENGINE"] = (
    "recsite.postgres" if HAS_PSYCOPG_3 else "django.db.backends.postgresql"
)
DATABASES["default"].setdefault("OPTIONS", {}).update(
    connect_timeout=3,
    tcp_user_timeout=10_000,  # milliseconds until a connection whose packets are lost is given up
)
# Seconds that one statement may take, 0 for no limit. gunicorn's processes have a limit.
DATABASE_QUERY_SECONDS = env.float("MARQUEE_QUERY_SECONDS", 0, validate=AT_LEAST_0)
# Behind a pooler that hands out connections by transaction (PgBouncer, Azure's built-in one).
IS_POOLED = env.bool("MARQUEE_TRANSACTION_POOLER", False)
if IS_POOLED:
    DATABASES["default"]["DISABLE_SERVER_SIDE_CURSORS"] = True
    if HAS_PSYCOPG_3:
        DATABASES["default"]["OPTIONS"]["prepare_threshold"] = None
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {
    "default": {
        "BACKEND": "recsite.cache.OptionalRedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "marquee-2",  # the format of the values is part of it
        "OPTIONS": {
            "SERIALIZER": "recsite.cache.JsonSerializer",
            # The site answers without its cache: nothing is found, and rate limits let pass, except
            # those of log-ins, which each process then counts by itself.
            "IGNORE_EXCEPTIONS": True,
            "SOCKET_CONNECT_TIMEOUT": 1,
            "SOCKET_TIMEOUT": 1,
            "CONNECTION_POOL_KWARGS": {"retry": Retry(NoBackoff(), 0)},
        },
    }
}
DJANGO_REDIS_LOG_IGNORED_EXCEPTIONS = True
SESSION_ENGINE = "accounts.sessions"  # in the database: a cache that is down logs nobody out

# A stage of a run that takes longer is stopped and failed.
STAGE_SECONDS = 3600 * env.int("MARQUEE_STAGE_HOURS", 12, validate=validate.Range(min=1))
CELERY_BROKER_URL = embedded.broker_url(REDIS_URL)
CELERY_TASK_DEFAULT_QUEUE = "web"
# What takes long, or needs torch, never stands before what a page waits for.
CELERY_TASK_ROUTES = {
    "movies.import": {"queue": "ml"},
    "recommendations.embed_films": {"queue": "ml"},
    "recommendations.erase_departed": {"queue": "ml"},
    "recommendations.embed_query": {"queue": "ml"},
    "recommendations.run_shard": {"queue": "ml"},
    "recommendations.run_stage": {"queue": "ml"},
}
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_PUBLISH_RETRY = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_TIMEOUT = 2
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {
    # A message that no worker has confirmed by then is given to another one.
    "visibility_timeout": STAGE_SECONDS + 3600,
    # A Redis that accepts connections and never answers must not hold the threads of web processes.
    "socket_connect_timeout": 2,
    "socket_timeout": 2,
    "retry_on_timeout": False,
}
if REDIS_URL.startswith("rediss://"):
    CELERY_BROKER_USE_SSL = {"ssl_cert_reqs": "required"}
CELERY_WORKER_MAX_TASKS_PER_CHILD = 500  # memory that a library leaks goes with the process
# A process that holds more than this after a task is replaced by a new one.
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 1000 * env.int(
    "MARQUEE_WORKER_MEMORY_MB", 4000, validate=validate.Range(min=100)
)
CELERY_BEAT_SCHEDULER = "recsite.scheduler:Scheduler"
SCHEDULER_FILE: Path | None = env.path("MARQUEE_SCHEDULER_FILE", None)  # touched at every look
CELERY_BEAT_SCHEDULE = {
    "resume runs that nobody works on": {
        "task": "recommendations.resume_runs",
        "schedule": 20.0,
        "options": {"expire_seconds": 20},
    },
    "train again if the schedule says so": {
        "task": "recommendations.retrain_if_due",
        "schedule": 60.0,
        "options": {"expire_seconds": 60},
    },
    "look for films to embed": {
        "task": "recommendations.look_for_new_films",
        "schedule": 300.0,
        "options": {"expire_seconds": 300},
    },
    "wake imports that nobody works on": {
        "task": "movies.wake_imports",
        "schedule": 60.0,
        "options": {"expire_seconds": 60},
    },
    "wake webhook deliveries that are due": {
        "task": "recommendations.wake_deliveries",
        "schedule": 60.0,
        "options": {"expire_seconds": 60},
    },
    "remove deleted accounts from the files of trainings": {
        "task": "recommendations.erase_departed",
        "schedule": 24 * 3600.0,
        "options": {"expire_seconds": 24 * 3600},
    },
    "sum up impressions and delete old ones": {
        "task": "recommendations.keep_totals",
        "schedule": 3600.0,
        "options": {"expire_seconds": 3600},
    },
    "delete what is no longer kept": {
        "task": "operations.prune",
        "schedule": crontab(hour=3, minute=30),
        "options": {"expire_seconds": 6 * 3600},
    },
}
CELERY_TIMEZONE = "UTC"

# People
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "recommendations:for-you"
LOGOUT_REDIRECT_URL = "home"
ACCOUNT_SIGNUP_REDIRECT_URL = "recommendations:welcome"
ACCOUNT_FORMS = {"login": "movies.forms.LogInForm", "signup": "movies.forms.SignUpForm"}
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*", "password2*"]
# Whoever signs up with somebody else's address must not have an account under it.
ACCOUNT_EMAIL_VERIFICATION = env.str(
    "ACCOUNT_EMAIL_VERIFICATION",
    "mandatory" if IS_PRODUCTION else "optional",
    validate=validate.OneOf(["mandatory", "optional", "none"]),
)
# Who may sign up: everybody, those with an invitation, or nobody.
SIGN_UP = env.str("SIGN_UP", "open", validate=validate.OneOf(["open", "invited", "closed"]))
if ACCOUNT_EMAIL_VERIFICATION == "mandatory" or SIGN_UP == "invited":
    ACCOUNT_SIGNUP_FIELDS[1] = "email*"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_USERNAME_VALIDATORS = "accounts.names.username_validators"
ACCOUNT_REAUTHENTICATION_TIMEOUT = 900
ACCOUNT_PREVENT_ENUMERATION = True
# Second factors: an authenticator app, passkeys and security keys, recovery codes
STAFF_MFA = env.bool("STAFF_MFA", IS_PRODUCTION)  # staff pages and API need one
MFA_ADAPTER = "accounts.adapter.MfaAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_TOLERANCE = 1
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not IS_PRODUCTION  # browsers allow it on localhost only
# Log-in by another site (OpenID Connect), which needs no password here
OIDC_ISSUER = env.str("OIDC_ISSUER", "").rstrip("/")
OIDC_NAME = env.str("OIDC_NAME", "OpenID Connect")
SOCIALACCOUNT_ADAPTER = "accounts.adapter.SocialAdapter"
SOCIALACCOUNT_PROVIDERS: dict[str, Any] = {}
if OIDC_ISSUER:
    SOCIALACCOUNT_PROVIDERS["openid_connect"] = {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": "oidc",
                "name": OIDC_NAME,
                "client_id": env.str("OIDC_CLIENT_ID"),
                "secret": env.str("OIDC_CLIENT_SECRET"),
                "settings": {"server_url": OIDC_ISSUER},
            }
        ],
    }
    # Browsers apply form-action to the redirect that follows the form, too.
    _issuer = urlsplit(OIDC_ISSUER)
    CONTENT_SECURITY_POLICY["DIRECTIVES"]["form-action"] += [
        f"{_issuer.scheme}://{_issuer.netloc}",
        *env.list("OIDC_FORM_ORIGINS", []),
    ]
HEADLESS_CLIENTS = ("app",)  # programs; browsers have the pages
IDP_OIDC_ADAPTER = "accounts.oauth.OAuthAdapter"
EMAIL = env.dj_email_url("EMAIL_URL", "console:")
if "EMAIL_BACKEND" not in EMAIL:
    raise ImproperlyConfigured("EMAIL_URL must be like submission://USER:PASSWORD@HOST:587.")
# What sends; EMAIL_BACKEND hands e-mails to a worker. Printed, they would leave links that reset
# passwords in the logs of a public site.
EMAIL_TRANSPORT: str = (
    "recsite.mail.UnsentEmailBackend"
    if IS_PRODUCTION and EMAIL["EMAIL_BACKEND"].endswith("console.EmailBackend")
    else EMAIL["EMAIL_BACKEND"]
)
EMAIL_BACKEND = "recsite.mail.QueuedEmailBackend" if IS_PRODUCTION else EMAIL_TRANSPORT
EMAIL_HOST = EMAIL["EMAIL_HOST"]
EMAIL_PORT = EMAIL["EMAIL_PORT"]
EMAIL_HOST_USER = EMAIL["EMAIL_HOST_USER"]
EMAIL_HOST_PASSWORD = EMAIL["EMAIL_HOST_PASSWORD"]
EMAIL_USE_TLS = EMAIL["EMAIL_USE_TLS"]
EMAIL_USE_SSL = EMAIL["EMAIL_USE_SSL"]
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "Marquee <marquee@localhost>")

# Files
# Where the site lies below a path of its host, such as /films, which the proxy takes off.
FORCE_SCRIPT_NAME = (
    env.str(
        "SITE_PATH",
        "",
        validate=matches(r"(/[\w.~-]+)*/?", "A path below the host, such as /films."),
    ).rstrip("/")
    or None
)
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = env.path("STATIC_ROOT", BASE_DIR / "staticfiles")
MEDIA_ROOT = env.path("MEDIA_ROOT", LOCAL_DIR / "media")
# Where models, uploads and pictures are kept: MEDIA_ROOT, or s3://BUCKET/PATH or
# azure://CONTAINER/PATH by django-storages (requirements/storages.txt).
STORAGES = {
    "default": storage_of(env.str("MARQUEE_STORAGE", "")),
    "staticfiles": {"BACKEND": "recsite.storage.StaticFilesStorage"},
}

# Languages
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("de", _("German"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONES = zoneinfo.available_timezones()


def _is_time_zone(name: str) -> None:
    if name not in TIME_ZONES:
        raise ValidationError("A name such as Europe/Berlin or UTC.")


TIME_ZONE: str = env.str("TIME_ZONE", "UTC", validate=_is_time_zone)
USE_TZ = True


def _colour(text: str) -> str:
    """Return a colour such as ``#a3201a``, or an empty text for the site's own."""
    if text and not re.fullmatch(r"#[0-9a-fA-F]{6}", text):
        raise ImproperlyConfigured(f"A colour is like #a3201a; this is not: {text!r}")
    return text


# The site's face: its name, its colour on light and on dark pages, and whom visitors write to
SITE_NAME = env.str("SITE_NAME", "Marquee")
SITE_COLOUR = _colour(env.str("SITE_COLOUR", ""))
SITE_COLOUR_DARK = _colour(env.str("SITE_COLOUR_DARK", ""))
CONTACT_EMAIL = env.str("CONTACT_EMAIL", "")
SECURITY_CONTACT = env.str("SECURITY_CONTACT", "")  # an address or a page; else CONTACT_EMAIL


def _rate(text: str) -> str | None:
    """How often one may ask, such as ``120/min``; ``none`` is as often as one likes."""
    if text.casefold() == "none":
        return None
    if not re.fullmatch(r"[1-9][0-9]*/[smhd][a-z]*", text):
        raise ImproperlyConfigured(f"A rate is like 120/min, or none; this is not: {text!r}")
    return text


# Pages of one address, API and pictures apart
PAGE_RATE = _rate(env.str("PAGE_RATE", "300/min"))

# API
# A thousand ratings are 50,000.
API_MAX_BODY_BYTES = env.int("API_MAX_BODY_BYTES", 1_000_000, validate=AT_LEAST_1)
DATA_UPLOAD_MAX_MEMORY_SIZE = API_MAX_BODY_BYTES
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.api.authentication.TokenAuthentication",  # the first says 401 to strangers
        "accounts.api.authentication.SessionTokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.api.permissions.HasScope"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["common.api.parsers.LimitedJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "accounts.api.schema.OperationSchema",
    "DEFAULT_THROTTLE_CLASSES": ["common.api.throttling.ScopeThrottle"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "common.api.negotiation.JsonNegotiation",
    "DEFAULT_METADATA_CLASS": "common.api.metadata.MethodsMetadata",
    "URL_FORMAT_OVERRIDE": None,
    "EXCEPTION_HANDLER": "common.api.problems.exception_handler",
    "NUM_PROXIES": TRUSTED_PROXY_COUNT,
    "DEFAULT_THROTTLE_RATES": {
        "anonymous": _rate(env.str("API_RATE_ANONYMOUS", "120/min")),
        "read": _rate(env.str("API_RATE_READ", "600/min")),
        "rate": _rate(env.str("API_RATE_RATE", "300/min")),
        "recommendations": _rate(env.str("API_RATE_RECOMMENDATIONS", "240/min")),
        "admin": _rate(env.str("API_RATE_ADMIN", "300/min")),
        "account": _rate(env.str("API_RATE_ACCOUNT", "10/hour")),  # it takes a password
    },
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Marquee",
    "DESCRIPTION": (
        "Films, ratings and recommendations. Every error is a problem details document (RFC 9457), "
        "long lists are paged by cursors, and every GET but the streamed export answers 304 to the "
        "ETag it gave."
    ),
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "filter": True},
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    "PATH_CONVERTER_OVERRIDES": {"id": int},
    "COMPONENT_SPLIT_REQUEST": True,  # what is read-only cannot be sent
    "ENUM_NAME_OVERRIDES": {
        "ScopeEnum": "accounts.models.ApiToken.Scope",
        "TokenKindEnum": "accounts.api.serializers.TOKEN_KINDS",
        "ListKindEnum": "movies.models.ListKind",
        "ImportKindEnum": "movies.models.ImportReport.Kind",
        "ImportStatusEnum": "movies.models.ImportReport.Status",
        "PersonalImportStatusEnum": "movies.models.PersonalImport.Status",
        "ConflictsEnum": "movies.models.PersonalImport.Conflicts",
        "ConfidenceEnum": "movies.models.Confidence",
        "OutcomeEnum": "movies.models.PersonalImportRow.Outcome",
        "RunKindEnum": "recommendations.training.models.ModelRun.Kind",
        "RunStatusEnum": "recommendations.training.models.ModelRun.Status",
        "StageStatusEnum": "recommendations.training.models.StageRun.Status",
        "WebhookEventEnum": "recommendations.webhooks.models.WebhookEvent",
        "MemberEventEnum": "recommendations.webhooks.models.MemberEvent",
        "DeliveryStatusEnum": "recommendations.webhooks.models.WebhookDelivery.Status",
        "RunEventKindEnum": "recommendations.training.models.RunEvent.Kind",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "common.api.schema.add_problems",
        "common.api.schema.add_sparse_answers",
        "recsite.openapi.complete",
    ],
    "TAGS": [
        {"name": "films", "description": "The catalogue; no account needed."},
        {"name": "recommendations", "description": "Films for somebody, and films like a film."},
        {"name": "you", "description": "Your ratings, lists, taste and data."},
        {"name": "tokens", "description": "What your programs come in with."},
        {"name": "admin", "description": "Runs, versions, imports, members; for staff."},
    ],
}
# Other sites whose pages may call the API from a browser; they need tokens, cookies are not sent.
CORS_ALLOWED_ORIGINS: list[str] = env.list("CORS_ALLOWED_ORIGINS", [])
CORS_URLS_REGEX = r"^/(api/v1|identity/o/api)/"
CORS_ALLOW_HEADERS = (
    *("accept", "authorization", "content-type"),
    *("idempotency-key", "if-match", "if-none-match", "x-request-id", "x-session-token"),
)
CORS_EXPOSE_HEADERS = (
    *("ETag", "Idempotent-Replay", "Link", "Location", "RateLimit", "RateLimit-Policy"),
    *("Retry-After", "Deprecation", "Sunset", "X-Request-ID"),
)

# Films' own pictures (movies.pictures); without them, every poster is drawn
PICTURES = env.bool("MARQUEE_PICTURES", True)
TMDB_API_KEY = env.str("TMDB_API_KEY", "")
PICTURE_HOSTS: list[str] = env.list(
    "MARQUEE_PICTURE_HOSTS", ["image.tmdb.org", "upload.wikimedia.org"]
)

# Links from a film's page to other sites, NAME=ADDRESS. A link needs every field that it names:
# {imdb_id}, {tmdb_id}, {title}, {year}.
FILM_LINKS: list[str] = env.list(
    "MARQUEE_FILM_LINKS",
    [
        "IMDb=https://www.imdb.com/title/{imdb_id}/",
        "TMDB=https://www.themoviedb.org/movie/{tmdb_id}",
        "Letterboxd=https://letterboxd.com/imdb/{imdb_id}/",
        "Where to watch=https://www.justwatch.com/us/search?q={title}",
        "Look for a trailer=https://www.youtube.com/results?search_query={title}%20{year}%20trailer",
    ],
)

# Imports over the API and in the admin: how much is taken, and the folder of files too large for it
IMPORT_DIR: Path | None = env.path("MARQUEE_IMPORT_DIR", None)
IMPORT_MAX_BYTES = env.int("MARQUEE_IMPORT_MAX_BYTES", 300_000_000, validate=AT_LEAST_1)
IMPORT_MAX_UNPACKED_BYTES = env.int(
    "MARQUEE_IMPORT_MAX_UNPACKED_BYTES", 3_000_000_000, validate=AT_LEAST_1
)
# A member's own ratings from elsewhere: the largest file, and the most rows of it
PERSONAL_IMPORT_MAX_BYTES = env.int(
    "MARQUEE_PERSONAL_IMPORT_MAX_BYTES", 100_000_000, validate=AT_LEAST_1
)
PERSONAL_IMPORT_MAX_ROWS = env.int("MARQUEE_PERSONAL_IMPORT_MAX_ROWS", 250_000, validate=AT_LEAST_1)

# The wall of posters in three dimensions (docs/spline.md)
WALL_3D = env.bool("MARQUEE_WALL_3D", True)
# Without a GPU it stutters: the grid stays. Tests, which have none, allow it.
WALL_3D_ON_SOFTWARE_GL = False

# Recommendations
EMBEDDINGS = env.str(
    "MARQUEE_EMBEDDINGS",
    "minilm",
    validate=matches(r"minilm|lamini|.*/.*", "minilm, lamini, or the path of a model's folder."),
)
WORKSPACE_DIR = env.path("MARQUEE_WORKSPACE_DIR", LOCAL_DIR / "runs")
CACHE_DIR = env.path("MARQUEE_CACHE_DIR", LOCAL_DIR / "cache")
# A worker that is silent for so long has died: another takes its run over.
RUN_LEASE_SECONDS = env.int(
    "MARQUEE_RUN_LEASE_SECONDS", 30, validate=validate.Range(min=1, max=1800)
)
# More users than this are shared among the ml workers, by ranges of so many.
USERS_PER_SHARD = env.int("MARQUEE_USERS_PER_SHARD", 10_000, validate=validate.Range(min=1))
# Of a larger catalogue a list scores what an index finds and the most rated films, not the whole.
CANDIDATES_ABOVE = env.int("MARQUEE_CANDIDATES_ABOVE", 100_000, validate=AT_LEAST_0)
# Processes that train together: above 1, a worker starts them by torchrun.
TRAIN_PROCESSES = env.int("MARQUEE_TRAIN_PROCESSES", 1, validate=validate.Range(min=1))
# The share of the active model's NDCG@10 that a new one may lose and still be activated by itself.
GATE_MARGIN = env.float("MARQUEE_GATE_MARGIN", 0.03, validate=SHARE)
# By how much the share of the ten that is of the picked genre may fall (0.05: half a film of ten).
GATE_THEME_MARGIN = env.float("MARQUEE_GATE_THEME_MARGIN", 0.05, validate=SHARE)

# Operations
HEALTH_CHECK = "recsite.health.health"  # what the staff page asks
METRICS_TOKEN = env.str("METRICS_TOKEN", "")  # without it, production shows no /metrics

# Retention: what the nightly task keeps (recsite.operations.retention)
KEEP_MODELS = env.int("MARQUEE_KEEP_MODELS", 5, validate=validate.Range(min=1))
KEEP_WORKSPACES = env.int("MARQUEE_KEEP_WORKSPACES", 3, validate=validate.Range(min=1))
KEEP_DELIVERIES_DAYS = env.int("MARQUEE_KEEP_DELIVERIES_DAYS", 30, validate=AT_LEAST_1)
KEEP_LOGS_DAYS = env.int("MARQUEE_KEEP_LOGS_DAYS", 90, validate=AT_LEAST_1)
KEEP_AUDIT_DAYS = env.int("MARQUEE_KEEP_AUDIT_DAYS", 365, validate=AT_LEAST_1)

# Online numbers: what was shown, and what came of it
IMPRESSION_WRITE_SECONDS = 1.0  # how often a web process writes what it showed; 0 never by itself
IMPRESSION_RETENTION_DAYS = env.int("MARQUEE_IMPRESSION_RETENTION_DAYS", 90, validate=AT_LEAST_1)
# A click, rating or hide belongs to the last list of so many days that showed the film.
ATTRIBUTION_DAYS = env.int("MARQUEE_ATTRIBUTION_DAYS", 7, validate=AT_LEAST_1)
# Webhooks into private networks: right on one's own machine, a hole on a public site.
WEBHOOK_PRIVATE_ADDRESSES = env.bool("MARQUEE_WEBHOOK_PRIVATE_ADDRESSES", not IS_PRODUCTION)

# What is told to others: errors to Sentry, traces to an OpenTelemetry collector
VERSION = env.str("MARQUEE_VERSION", "")
SENTRY_DSN = env.str("SENTRY_DSN", "")
SENTRY_TRACES_SAMPLE_RATE = env.float(
    "SENTRY_TRACES_SAMPLE_RATE", 0.0, validate=validate.Range(min=0, max=1)
)
OTEL_ENDPOINT = env.str("OTEL_EXPORTER_OTLP_ENDPOINT", "")

LOG_FORMAT = env.str("LOG_FORMAT", "line", validate=validate.OneOf(["line", "json"]))
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "common.logs.LineFormatter",
            "format": "{asctime} {levelname} {name}: {message}",
            "style": "{",
        },
        "json": {"()": "common.logs.JsonFormatter"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT}},
    "root": {
        "handlers": ["console"],
        "level": env.str(
            "LOG_LEVEL",
            "INFO",
            validate=validate.OneOf(["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]),
        ),
    },
    "loggers": {
        "httpx": {"level": "WARNING"},  # it logs every request at INFO
        # By the handler above alone, which hides secrets.
        "django": {"handlers": []},
        "django.server": {"handlers": [], "propagate": True},
    },
}
