"""Every page, wide and narrow, light and dark: accessible, without overflow, without a shift."""

import os
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib import admin
from django.template.loader import render_to_string
from django.urls import URLResolver, get_resolver, resolve, reverse
from django.utils import timezone
from playwright.sync_api import Page, Route, ViewportSize, expect

from movies.models import Movie, PersonalImport, PersonalImportRow, Rating, SharedPage
from tests import cast
from tests.browser.conftest import NARROW, WIDE, Site, log_in, trained_run

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ARTIFACTS = Path(__file__).resolve().parents[1] / "artifacts"
TAKES_PICTURES = bool(os.environ.get("MARQUEE_TEST_PICTURES"))
"""They are for people to look at; taking them is a quarter of the browser's work here."""
STRANGERS_PAGES = {
    "home": "/",
    "log-in": "/accounts/login/",
    "sign-up": "/accounts/signup/",
    "password-reset": "/accounts/password/reset/",
    "password-reset-done": "/accounts/password/reset/done/",
    "password-reset-key": "/accounts/password/reset/key/1-no-such-key/",
    "password-reset-key-done": "/accounts/password/reset/key/done/",
    "confirm-email": "/accounts/confirm-email/no-such-key/",
    "confirm-email-sent": "/accounts/confirm-email/",
    "inactive": "/accounts/inactive/",
    "invitation": "/accounts/invitation/no-such-code/",
    "other-site-cancelled": "/accounts/3rdparty/login/cancelled/",
    "other-site-error": "/accounts/3rdparty/login/error/",
    "not-found": "/movies/999999/",
    "problems": "/api/problems/#throttled",
    "privacy": "/privacy/",
}
PICKERS_PAGES = {
    "home-picked": "/",
    "log-in-picked": "/accounts/login/",
    "sign-up-picked": "/accounts/signup/",
}
MEMBERS_PAGES = {
    "home-member": "/",
    "for-you": "/for-you/",
    "for-you-refined": "/for-you/?genre=comedy&from=1980&diversity=0.5",
    "for-you-nothing-left": "/for-you/?genre=horror&from=1890&to=1899",
    "browse": "/movies/?genre=comedy",
    "browse-nothing": "/movies/?q=zzzz",
    "taste": "/taste/",
    "lists": "/lists/",
    "import": "/import/",
    "profile": "/accounts/profile/",
    "tokens": "/accounts/tokens/",
    "webhooks": "/accounts/webhooks/",
    "email": "/accounts/email/",
    "reauthenticate": "/accounts/reauthenticate/",
    "password-change": "/accounts/password/change/",
    "second-factor": "/accounts/2fa/",
    "other-sites": "/accounts/3rdparty/",
    "log-out": "/accounts/logout/",
    "delete": "/accounts/delete/",
    "runs": "/runs/",
    "run-start": "/runs/start/",
    "schedule": "/runs/schedule/",
    "online": "/runs/online/",
    "confirm": "/runs/roll-back/",
    "operations": "/operations/",
}
PAGES_OF = {
    "film": "/movies/{film}/",
    "person": "/people/{person}/",
    "shared": "/shared/{shared}/",
    "import-show": "/import/{brought}/",
    "import-row": "/import/{brought}/rows/{unfound}/",
    "run": "/runs/{run}/",
    "compare": "/runs/{run}/compare/?with={rival}",
    "stage": "/runs/{run}/stages/train/",
}
ERRORS = (400, 403, 429, 500)
"""404 is among the strangers' pages; that of a form's worthless token is the same as 403."""
NOT_FOUND = [
    *("/movies/999999/", "/accounts/confirm-email/no-such-key/"),
    *("/accounts/invitation/no-such-code/", "/accounts/3rdparty/login/error/"),
]
NO_PAGES = {
    *("movies:poster", "movies:picture"),  # pictures
    *("movies:share-picture", "movies:shared-picture", "operations:favicon"),
    *("accounts:export", "api-schema", "api", "movies:import-report"),  # files
    *("sitemap", "django.contrib.sitemaps.views.sitemap", "operations:robots"),
    *("operations:security-txt", "operations:manifest", "operations:theme", "operations:metrics"),
    *("oauth-metadata", "oauth-token", "oauth-revoke", "oauth-device-code"),  # for programs
    *("oauth-authorize", "oauth-device"),  # see tests of sign-in
    *("movies:rate", "movies:mark", "accounts:token-revoke"),  # only posted to
    "accounts:app-disconnect",
    *("webhooks:switch", "webhooks:delete"),
    "movies:opinions",
    *("movies:opinion", "movies:picks", "movies:shared-revoke", "recommendations:share"),
    *(f"movies:import-{act}" for act in ("answer", "accept", "keep", "cancel", "delete", "undo")),
    *("operations:prune", "set-language"),
    # After the password or another factor, see test_second_factor; or leading elsewhere
    *("mfa_activate_totp", "mfa_add_webauthn", "mfa_list_webauthn"),
    *("mfa_authenticate", "mfa_reauthenticate", "mfa_trust", "mfa_view_recovery_codes"),
    *("mfa_generate_recovery_codes", "mfa_download_recovery_codes", "mfa_deactivate_totp"),
    *(f"mfa_{act}_webauthn" for act in ("edit", "remove", "login", "signup", "reauthenticate")),
    *("socialaccount_signup", "openid_connect_login", "openid_connect_callback"),
    *("movies:find", "recommendations:first-model"),  # parts of pages
    "recommendations:split-start",
    *("account_set_password", "account_confirm_login_code"),  # lead elsewhere
    *("recommendations:welcome", ""),
    "api-docs",  # Swagger's own page, see test_api_docs
    *("operations:terms", "operations:imprint", "operations:contact"),  # made as privacy is
}
"""Addresses that answer no page."""
QUESTIONS = {
    f"recommendations:{name}"
    for name in (
        *("run-cancel", "run-retry", "run-activate", "run-adopt"),
        *("split-drop", "split-win"),
    )
}
"""They ask whether one is sure, all with the template of roll-back, which is in the list."""
Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
SMALLEST = ViewportSize(width=320, height=640)
LONG_WORD = "Donaudampfschifffahrtsgesellschaftskapitän"
RULES_OF_COLOUR = ("color-contrast", "link-in-text-block")
SETTLED = """Promise.all([...document.images].map(image => {
  image.loading = "eager";
  return image.decode();
}))"""
SHIFT = """new Promise(done => {
  let sum = 0;
  new PerformanceObserver(list => {
    for (const entry of list.getEntries()) sum += entry.hadRecentInput ? 0 : entry.value;
  }).observe({type: "layout-shift", buffered: true});
  setTimeout(() => done(sum), 60);
})"""


def names_under(resolver: URLResolver, *namespaces: str) -> Iterator[str]:
    """Return the names of all addresses that may be pages, without admin, API and sign-in."""
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            if pattern.namespace not in {"admin", "headless", "idp"}:
                yield from names_under(pattern, *filter(None, [*namespaces, pattern.namespace]))
        elif "api/v1/" not in f"{resolver.pattern}{pattern.pattern}":
            yield ":".join([*namespaces, pattern.name or ""])


def admin_lists() -> list[str]:
    """Return the lists of our own apps in the admin."""
    ours = {"accounts", "movies", "recommendations"}
    options = [model._meta for model in admin.site._registry if model._meta.app_label in ours]
    return [reverse(f"admin:{one.app_label}_{one.model_name}_changelist") for one in options]


def violations(page: Page, rules: Sequence[str] = ()) -> list[str]:
    """Return what axe-core finds, by all its rules unless some are named."""
    options = {"resultTypes": ["violations"]} | ({"runOnly": list(rules)} if rules else {})
    if not page.evaluate("!!window.axe"):  # its script is long: once for each page that is loaded
        page.evaluate(Axe().axe_script)
    found = page.evaluate("options => axe.run(options).then(one => one.violations)", options)
    return [
        f"{violation['id']}: {node['html'][:160]} {node.get('failureSummary', '')[:300]}"
        for violation in found
        for node in violation["nodes"][:3]
    ]


def overflow(page: Page) -> list[str]:
    width, window = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    return [f"{width} px wide in a window of {window}"] if width > window else []


def look_at(page: Page, name: str, schemes: Sequence[Scheme] = SCHEMES) -> list[str]:
    """Say what is wrong with the page, wide and narrow, in each scheme; take pictures if asked."""
    page.evaluate(SETTLED)
    shift = page.evaluate(SHIFT)
    found = [f"{name} shifts by {shift:.3f}"] if shift > 0.01 else []
    for viewport, of_this in ((WIDE, schemes), (NARROW, schemes[::-1])):
        page.set_viewport_size(viewport)
        for scheme in of_this:
            page.emulate_media(color_scheme=scheme)
            if TAKES_PICTURES:
                picture = ARTIFACTS / f"{name}-{scheme}-{viewport['width']}.png"
                page.screenshot(path=picture, full_page=True)
            wrong = overflow(page)
            if scheme == "light":
                wrong += violations(page)
            elif viewport is WIDE:  # in the dark all is the same but the colours
                wrong += violations(page, RULES_OF_COLOUR)
            found += [f"{name}, {scheme}: {one}" for one in wrong]
    page.set_viewport_size(SMALLEST)
    found += [f"{name}: {one}" for one in overflow(page)]
    page.set_viewport_size(WIDE)
    return found


def look_at_all(page: Page, pages: dict[str, str]) -> list[str]:
    """Look at each page of a list."""
    found = []
    for name, address in pages.items():
        page.emulate_media(color_scheme="light")
        page.goto(address)
        found += look_at(page, name)
    return found


def addresses_of(site: Site, film: str | int) -> dict[str, str]:
    """Return the pages of one film, person, run, import and shared list."""
    shown = Movie.objects.get(pk=film)
    shared = SharedPage.objects.create(kind=SharedPage.Kind.TEN, movie_ids=[shown.pk])
    brought = import_with_questions(site, shown)
    of = {
        "film": film,
        "person": cast.credit(shown, "Mary Shelley").pk,
        "shared": shared.token,
        "brought": brought.pk,
        "unfound": brought.rows.get(confidence="unmatched").pk,
        "run": site.run.pk,
        "rival": trained_run().pk,
    }
    return {name: address.format(**of) for name, address in PAGES_OF.items()}


def import_with_questions(site: Site, film: Movie) -> PersonalImport:
    """Return an import that is ready, with every kind of row that its page shows."""
    job = PersonalImport.objects.create(
        user=site.staff, file_name="ratings.csv", status=PersonalImport.Status.READY
    )
    day = timezone.now()
    rated = Rating.objects.create(user=site.staff, movie=film, half_stars=2, rated_at=day)
    rows: list[dict[str, Any]] = [
        {"movie": film, "confidence": "exact", "half_stars": 9, "happened_at": day},
        {"movie": film, "confidence": "likely", "half_stars": rated.half_stars},
        {"candidates": [film.pk, film.pk + 1], "confidence": "likely", "half_stars": 8},
        {"confidence": "unmatched", "note": "not in the catalogue"},
        {"movie": film, "confidence": "chosen", "half_stars": 8},
        {"outcome": "refused", "note": "there is no rating"},
        {"outcome": "left_out", "note": "a list of your own with 2 films that is not imported"},
    ]
    PersonalImportRow.objects.bulk_create(
        PersonalImportRow(owner=job, file="ratings.csv", line_number=n, kind="rating", **row)
        for n, row in enumerate(rows, start=2)
    )
    return job


def of_strangers(page: Page, site: Site) -> dict[str, str]:
    return STRANGERS_PAGES


def of_pickers(page: Page, site: Site) -> dict[str, str]:
    for position in (2, 5, 12):
        page.locator(".pick").nth(position).click()
    expect(page.locator(".bulb--lit")).to_have_count(3)
    expect(page.locator(".picks__count")).to_have_text("3 picked")
    return PICKERS_PAGES


def of_members(page: Page, site: Site) -> dict[str, str]:
    of_pickers(page, site)
    log_in(page, "grace")
    for name in ("Watch later", "Not interested"):
        with page.expect_response("**/opinion/"):
            page.get_by_role("button", name=name).last.click()
    return MEMBERS_PAGES


def of_things(page: Page, site: Site) -> dict[str, str]:
    of_pickers(page, site)
    log_in(page, "grace")
    film = page.locator(".ranked").first.get_attribute("data-movie-id")
    return addresses_of(site, film or "")


@pytest.mark.timeout(900)
@pytest.mark.parametrize("pages", [of_strangers, of_pickers, of_members, of_things])
def test_every_page_is_accessible_wide_and_narrow_light_and_dark_and_keeps_still(
    open_page: Callable[..., Page], site: Site, pages: Callable[[Page, Site], dict[str, str]]
) -> None:
    page = open_page(reduced_motion="reduce", expected=NOT_FOUND)
    complaints = look_at_all(page, pages(page, site))
    assert not complaints, "\n".join(complaints)


def test_long_words_of_another_language_and_of_titles_fit_the_smallest_phone(
    open_page: Callable[..., Page], site: Site
) -> None:
    Movie.objects.update(title=LONG_WORD)
    page = open_page(locale="de-DE", viewport=SMALLEST, expected=NOT_FOUND)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Wählen Sie")
    complaints = []
    of_one = addresses_of(site, Movie.objects.earliest("pk").pk)
    for pages in (STRANGERS_PAGES, MEMBERS_PAGES, of_one):
        if pages is MEMBERS_PAGES:
            page.goto("/accounts/login/")
            page.get_by_label("Benutzername oder E-Mail").fill("grace")
            page.get_by_label("Passwort").fill(cast.PASSWORD)
            page.get_by_role("button", name="Anmelden").click()
            page.wait_for_url("**/for-you/")
        for address in pages.values():
            page.goto(address)
            complaints += [f"{address}: {one}" for one in overflow(page)]
    assert not complaints, "\n".join(complaints)


def test_the_pages_of_errors_are_accessible(open_page: Callable[..., Page]) -> None:
    def answer(route: Route) -> None:
        status = route.request.url.split("/")[-2]
        html = render_to_string(f"{status}.html")
        route.fulfill(status=int(status), body=html, content_type="text/html")

    page = open_page(reduced_motion="reduce", expected=list(map(str, ERRORS)))
    page.route(re.compile(r"/[45]\d\d/$"), answer)
    complaints = look_at_all(page, {f"error-{one}": f"/{one}/" for one in ERRORS})
    assert not complaints, "\n".join(complaints)


def test_every_page_of_the_site_is_looked_at() -> None:
    lists = (STRANGERS_PAGES, PICKERS_PAGES, MEMBERS_PAGES, PAGES_OF)
    examples = {"film": 1, "person": 1, "shared": "x", "brought": 1, "unfound": 1, "run": 1}
    seen = {
        resolve(re.split(r"[?#]", address)[0].format(**examples)).view_name
        for pages in lists
        for address in pages.values()
    }
    assert set(names_under(get_resolver())) - seen - NO_PAGES - QUESTIONS == set()


def test_the_pages_of_the_admin_are_accessible(open_page: Callable[..., Page], site: Site) -> None:
    cast.member("hopper", is_staff=True, is_superuser=True)
    page = open_page(
        reduced_motion="reduce", expected=["inline style"]
    )  # jQuery tries what the browser can
    log_in(page, "hopper")
    run = reverse("admin:training_modelrun_change", args=[site.run.pk])
    film = reverse("admin:movies_movie_change", args=[Movie.objects.earliest("pk").pk])
    start = reverse("admin:training_modelrun_start")
    complaints = []
    for address in ("/admin/", run, film, start, *admin_lists()):
        page.emulate_media(color_scheme="light")
        page.goto(address)
        complaints += [f"{address}: {one}" for one in violations(page)]
        page.emulate_media(color_scheme="dark")
        complaints += [f"{address}, dark: {one}" for one in violations(page, RULES_OF_COLOUR)]
    page.goto(run)
    page.set_viewport_size(NARROW)
    complaints += [f"{run}, narrow: {one}" for one in violations(page)]
    assert not complaints, "\n".join(complaints)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_admin_has_the_design_of_the_site_and_links_back(
    open_page: Callable[..., Page], site: Site, scheme: Scheme
) -> None:
    cast.member("hopper", is_staff=True, is_superuser=True)
    page = open_page(color_scheme=scheme)
    log_in(page, "hopper")
    looks = []
    for address, masthead, name in (
        ("/accounts/profile/", ".masthead", ".masthead__name"),
        ("/admin/", "#header", "#site-name a"),
    ):
        page.goto(address)
        colours = [
            page.locator(one).evaluate(f"one => getComputedStyle(one).{style}")
            for one, style in (
                *(("body", "backgroundColor"), ("body", "color"), ("h1", "fontFamily")),
                *((masthead, "backgroundColor"), (name, "color"), (name, "fontFamily")),
            )
        ]
        looks.append([page.locator(name).text_content(), *colours])
    assert looks[0] == looks[1]
    page.get_by_role("link", name="Runs", exact=True).click()
    page.wait_for_url("**/runs/")
    page.goto("/admin/")
    page.locator("#site-name a").click()
    expect(page.locator(".foyer__title")).to_be_visible()
