"""The catalogue in the admin."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import ValidationError
from django.db.models import QuerySet, URLField
from django.http import HttpRequest
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from common.admin import EstimatingPaginator, NewestFirst
from movies.models import Genre, ImportProblem, ImportReport, ListEntry, Movie, PictureFetch, Rating
from movies.selectors.search import movies_search
from movies.services.imports import import_cancel, import_check, import_request


@admin.register(Genre)
class GenreAdmin(admin.ModelAdmin):
    """Admin pages of genres, ordered by name."""

    list_display = ["name", "slug"]
    prepopulated_fields = {"slug": ["name"]}


@admin.register(Movie)
class MovieAdmin(admin.ModelAdmin):
    """Films, searched as on the site."""

    list_display = ["title", "year", "n_ratings", "mean", "movielens_id"]
    list_filter = ["genres"]
    search_fields = ["title"]
    search_help_text = _("Words of the title")
    filter_horizontal = ["genres"]
    formfield_overrides = {URLField: {"assume_scheme": "https"}}
    readonly_fields = ["n_ratings", "mean", "created_at", "updated_at"]
    show_full_result_count = False

    @admin.display(description=_("Mean stars"))
    def mean(self, movie: Movie) -> str:
        """Return the mean of all ratings with two decimals."""
        return "-" if movie.mean_stars is None else number_format(movie.mean_stars, decimal_pos=2)

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[str]]:
        """Return what goes with the films as counts: a popular film has 100,000 ratings."""
        movies = list(objs)
        counts = {
            str(model._meta.verbose_name_plural): model._default_manager.filter(  # noqa: SLF001
                movie__in=movies
            ).count()
            for model in (Rating, ListEntry)
        }
        name = str(self.opts.verbose_name_plural)
        forbidden = set() if self.has_delete_permission(request) else {name}
        return [str(movie) for movie in movies], {name: len(movies), **counts}, forbidden, []

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Movie], search_term: str
    ) -> tuple[QuerySet[Movie], bool]:
        """Search by the site's own search, which has an index, in place of the admin's ILIKE."""
        if not search_term:
            return super().get_search_results(request, queryset, search_term)
        found = movies_search(search_term).order_by()
        return queryset.filter(pk__in=found.values("pk")), False


@admin.register(Rating)
class RatingAdmin(admin.ModelAdmin):
    """Ratings; the films' totals follow by trigger. No list of them reads the whole table."""

    paginator = EstimatingPaginator
    sortable_by = ()

    list_display = ["user", "movie", "stars", "rated_at"]
    list_select_related = ["user", "movie"]
    raw_id_fields = ["user", "movie"]
    search_fields = ["user__username__exact"]
    search_help_text = _("Username")
    show_full_result_count = False

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:  # noqa: ARG002 # Django's
        """Return the list whose order an address cannot change."""
        return NewestFirst


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
        """Refuse to add rows by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:  # noqa: ARG002
        """Refuse to change rows by hand."""
        return False


@admin.register(PictureFetch)
class PictureFetchAdmin(ReadOnlyAdminMixin, admin.ModelAdmin):
    """Why a film has its picture, or has none."""

    list_display = ["movie", "status", "reason", "n_tries", "next_try_at", "url"]
    list_filter = ["status"]
    list_select_related = ["movie"]
    show_full_result_count = False


class ImportForm(forms.ModelForm):
    """What to import: a file, or a path below the folder of imports."""

    kind = forms.ChoiceField(
        label=_("What"), choices=ImportReport.Kind.choices, initial=ImportReport.Kind.MOVIELENS
    )
    file = forms.FileField(
        label=_("File"),
        required=False,
        help_text=_("MovieLens: the zip as it is downloaded. Wikipedia: JSON lines, plain or .gz."),
    )
    path = forms.CharField(
        label=_("Or a path"),
        max_length=300,
        required=False,
        help_text=_("Below the folder of imports on the server, for what is too large to be sent."),
    )
    name = forms.CharField(
        label=_("Name of the raters"),
        max_length=50,
        required=False,
        help_text=_("MovieLens: by default, the file's name."),
    )
    max_users = forms.IntegerField(
        label=_("Users at most"),
        min_value=1,
        max_value=2**31 - 1,
        required=False,
        help_text=_("MovieLens: take the ratings of the first users alone."),
    )
    overwrite = forms.BooleanField(
        label=_("Overwrite"),
        required=False,
        help_text=_("Wikipedia: replace descriptions and pictures that there are."),
    )

    class Meta:
        model = ImportReport
        fields: ClassVar[list[str]] = []

    def clean(self) -> dict[str, Any]:
        """Hold it against what the service takes."""
        values = super().clean() or {}
        if not self.errors:
            import_check(kind=values["kind"], file=values["file"], path=values["path"])
        return values


@admin.register(ImportReport)
class ImportReportAdmin(admin.ModelAdmin):
    """What was imported, and a form that has a worker import."""

    list_display = ["started_at", "source", "status", "step", "percent", "location", "finished_at"]
    list_filter = ["status", "source"]
    actions = ["cancel"]

    def get_form(
        self, request: HttpRequest, obj: Any | None = None, change: bool = False, **kwargs: Any
    ) -> type[forms.ModelForm]:
        """To add one is to ask for it."""
        own = {} if obj is not None else {"form": ImportForm}
        return super().get_form(request, obj, change, **kwargs | own)

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:  # noqa: ARG002
        """Nobody changes what happened."""
        return False

    def save_model(self, request: HttpRequest, obj: ImportReport, form: Any, change: bool) -> None:  # noqa: ARG002
        """Queue it; the page then shows how far it is."""
        user = request.user if isinstance(request.user, User) else None
        obj.pk = import_request(started_by=user, **form.cleaned_data).pk
        obj.refresh_from_db()

    @admin.action(description=_("Cancel the selected imports"), permissions=["add"])
    def cancel(self, request: HttpRequest, queryset: QuerySet[ImportReport]) -> None:
        """Nothing of them is kept."""
        for report in queryset:
            try:
                import_cancel(report=report)
            except ValidationError as error:
                messages.error(request, f"{report}: {' '.join(error.messages)}")
            else:
                messages.success(request, _("%(report)s is being cancelled.") % {"report": report})


@admin.register(ImportProblem)
class ImportProblemAdmin(ReadOnlyAdminMixin, admin.ModelAdmin):
    """The rows that were refused, each with where it stands and why."""

    list_display = ["report", "file", "line_number", "reason", "excerpt"]
    list_filter = ["report"]
    list_select_related = ["report"]
    show_full_result_count = False
