"""The duties of a public site: the operator's pages, and files for browsers and search engines."""

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.sitemaps import Sitemap
from django.db.models import Max, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import get_script_prefix, reverse
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from accounts.staff import may
from movies.models import Movie
from recsite.operations.colours import ink_on
from recsite.operations.models import SitePage
from recsite.operations.texts import page_blocks

ONE_DAY = 24 * 3600
NOT_FOR_ROBOTS = ("account_login", "account_signup", "admin:index", "movies:lists", "movies:import")
CURTAIN = "#1b1210"  # --curtain in static/css/tokens.css


@require_safe
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """Show one of the operator's pages, such as the privacy policy."""
    context = {
        "heading": SitePage.Slug(slug).label,
        "blocks": page_blocks(slug),
        "may_write": may(request.user, ("change", SitePage), ("add", SitePage)),
    }
    return render(request, "operations/page.html", context)


@require_safe
@cache_control(public=True, max_age=ONE_DAY)
def robots(request: HttpRequest) -> HttpResponse:
    """Tell search engines which pages to leave out, and where the sitemap is."""
    paths = [*map(reverse, NOT_FOR_ROBOTS), reverse("api-index"), f"{get_script_prefix()}accounts/"]
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in paths)]
    lines.append(f"Sitemap: {request.build_absolute_uri(reverse('sitemap'))}")
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain")


@require_safe
@cache_control(public=True, max_age=ONE_DAY)
def security_txt(request: HttpRequest) -> HttpResponse:
    """Say where to report a vulnerability (RFC 9116).

    Raises
    ------
    Http404
        Neither ``SECURITY_CONTACT`` nor ``CONTACT_EMAIL`` is set.

    """
    contact = settings.SECURITY_CONTACT or settings.CONTACT_EMAIL
    if not contact:
        raise Http404
    if "@" in contact and ":" not in contact:
        contact = f"mailto:{contact}"
    expires = timezone.now() + timedelta(days=180)
    lines = [
        f"Contact: {contact}",
        f"Expires: {expires:%Y-%m-%d}T00:00:00Z",
        "Preferred-Languages: " + ", ".join(code for code, _name in settings.LANGUAGES),
        f"Canonical: {request.build_absolute_uri(reverse('operations:security-txt'))}",
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain")


@require_safe
@cache_control(public=True, max_age=ONE_DAY)
def manifest(_request: HttpRequest) -> JsonResponse:
    """Return the web manifest, with which browsers install the site as an app."""
    document = {
        "name": settings.SITE_NAME,
        "short_name": settings.SITE_NAME[:12],
        "start_url": reverse("home"),
        "display": "standalone",
        "background_color": CURTAIN,
        "theme_color": CURTAIN,
        "icons": [
            {"src": static("img/mark.svg"), "sizes": "any", "type": "image/svg+xml"},
            *(
                {"src": static(f"img/icon-{n}.png"), "sizes": f"{n}x{n}", "type": "image/png"}
                for n in (192, 512)
            ),
        ],
    }
    return JsonResponse(document, content_type="application/manifest+json")


@require_safe
@cache_control(public=True, max_age=ONE_DAY)
def favicon(_request: HttpRequest) -> HttpResponse:
    """Redirect browsers that ask for /favicon.ico to the icon."""
    return redirect(static("img/favicon.ico"))


@require_safe
@cache_control(public=True, max_age=3600)
def theme(_request: HttpRequest) -> HttpResponse:
    """Return the style sheet of the operator's colours."""
    light = settings.SITE_COLOUR
    dark = settings.SITE_COLOUR_DARK or light
    rules = [_rule(light)] if light else []
    if dark:
        rules.append(f"@media (prefers-color-scheme: dark) {{ {_rule(dark)} }}")
    return HttpResponse("\n".join(rules) + "\n", content_type="text/css")


def _rule(colour: str) -> str:
    wash = f"color-mix(in srgb, {colour} 18%, var(--paper))"
    return f":root {{ --accent: {colour}; --accent-ink: {ink_on(colour)}; --accent-wash: {wash}; }}"


class FilmSitemap(Sitemap):
    """The pages of all films, 5,000 to a file."""

    limit = 5000

    def items(self) -> QuerySet[Movie]:
        """Return the films in an order that new ratings do not change."""
        return Movie.objects.order_by("pk").only("pk", "updated_at")

    def lastmod(self, item: Movie) -> datetime:
        """Return when the film was last changed."""
        return item.updated_at

    def get_latest_lastmod(self) -> datetime | None:
        """Return the last change of any film, by one query instead of reading every film."""
        latest: datetime | None = Movie.objects.aggregate(latest=Max("updated_at"))["latest"]
        return latest


class PageSitemap(Sitemap):
    """The pages that show the same to everybody."""

    def items(self) -> list[str]:
        """Return the paths of all public pages."""
        pages = [reverse(f"operations:{slug}") for slug in SitePage.Slug.values]
        return [reverse("home"), reverse("movies:browse"), reverse("api-docs"), *pages]

    def location(self, item: str) -> str:
        """Return the path itself."""
        return item


SITEMAPS: dict[str, type[Sitemap]] = {
    "pages": PageSitemap,
    "films": FilmSitemap,
}
