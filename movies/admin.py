"""The catalogue in the admin."""

from django.contrib import admin
from django.db.models import QuerySet, URLField
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from movies.models import Genre, ImportProblem, ImportReport, ListEntry, Movie, PictureFetch, Rating
from movies.selectors.movies import movies_search


@admin.register(Genre)
class GenreAdmin(admin.ModelAdmin):
    """Genres by name."""

    list_display = ["name", "slug"]
    prepopulated_fields = {"slug": ["name"]}


@admin.register(Movie)
class MovieAdmin(admin.ModelAdmin):
    """Films, searched as on the site."""

    list_display = ["title", "year", "n_ratings", "mean_stars", "movielens_id"]
    list_filter = ["genres"]
    search_fields = ["title"]
    search_help_text = _("Words of the title")
    filter_horizontal = ["genres"]
    formfield_overrides = {URLField: {"assume_scheme": "https"}}
    readonly_fields = ["n_ratings", "mean_stars", "created_at", "updated_at"]
    show_full_result_count = False

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Movie], search_term: str
    ) -> tuple[QuerySet[Movie], bool]:
        """The site's own search, which has an index, in place of the admin's ILIKE."""
        if not search_term:
            return super().get_search_results(request, queryset, search_term)
        found = movies_search(search_term).order_by()
        return queryset.filter(pk__in=found.values("pk")), False


@admin.register(Rating)
class RatingAdmin(admin.ModelAdmin):
    """Ratings; the films' totals follow by trigger."""

    list_display = ["user", "movie", "stars", "rated_at"]
    list_select_related = ["user", "movie"]
    raw_id_fields = ["user", "movie"]
    search_fields = ["user__username"]
    search_help_text = _("Username")
    show_full_result_count = False


@admin.register(ListEntry)
class ListEntryAdmin(admin.ModelAdmin):
    """What people want to see, and what not."""

    list_display = ["user", "kind", "movie", "added_at"]
    list_filter = ["kind"]
    list_select_related = ["user", "movie"]
    raw_id_fields = ["user", "movie"]


class ReadOnlyAdminMixin:
    """To be read, not changed: a record of what happened."""

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:  # noqa: ARG002
        """Nobody adds."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:  # noqa: ARG002
        """Nobody changes."""
        return False


@admin.register(PictureFetch)
class PictureFetchAdmin(ReadOnlyAdminMixin, admin.ModelAdmin):
    """Why a film has its picture, or has none."""

    list_display = ["movie", "status", "reason", "n_tries", "next_try_at", "url"]
    list_filter = ["status"]
    list_select_related = ["movie"]
    show_full_result_count = False


@admin.register(ImportReport)
class ImportReportAdmin(ReadOnlyAdminMixin, admin.ModelAdmin):
    """What was imported."""

    list_display = ["started_at", "source", "status", "location", "finished_at"]
    list_filter = ["status", "source"]


@admin.register(ImportProblem)
class ImportProblemAdmin(ReadOnlyAdminMixin, admin.ModelAdmin):
    """The rows that were refused, each with where it stands and why."""

    list_display = ["report", "file", "line_number", "reason", "excerpt"]
    list_filter = ["report"]
    list_select_related = ["report"]
    show_full_result_count = False
