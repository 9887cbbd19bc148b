"""Films, genres, ratings and lists, and the reports of what was imported."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex, GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from movies.fields import Lowered, SearchTextField, TrigramsField, search_vector
from movies.people import Credit, Person, Role
from movies.personal_models import (
    OPERATORS_TRIAL,
    Confidence,
    PersonalImport,
    PersonalImportRow,
)
from movies.pictures.urls import Picture
from movies.sharing import SharedPage

__all__ = [
    "OPERATORS_TRIAL",
    "Confidence",
    "Credit",
    "FactsSource",
    "Genre",
    "ImportProblem",
    "ImportReport",
    "ListEntry",
    "ListKind",
    "Movie",
    "Person",
    "PersonalImport",
    "PersonalImportRow",
    "PictureFetch",
    "Rating",
    "Role",
    "SharedPage",
]

HALF_STARS_MIN, HALF_STARS_MAX = 1, 10
OUT_OF_RANGE = _("A rating goes from half a star to five stars.")


class Genre(models.Model):
    """A genre by its name in the catalogue. "(no genres listed)" is no genre."""

    name = models.CharField(_("name"), max_length=50, unique=True)
    slug = models.SlugField(max_length=50, unique=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def label(self) -> str:
        """The name in the visitor's language, where the site has a translation of it."""
        return gettext(self.name)


class FactsSource(models.TextChoices):
    """Where a film's people, countries, languages, runtime and awards come from."""

    WIKIDATA = "wikidata", "Wikidata"


MIN_RATINGS_FOR_MEAN = 5
"""A page shows a film's mean rating from this number of ratings on: of one vote it says nothing."""


class Movie(models.Model):
    """A film of the catalogue. Its title carries no year, and its article stands first."""

    title = models.CharField(_("title"), max_length=300)
    other_titles = models.CharField(
        _("other titles"),
        max_length=500,
        blank=True,
        help_text=_("Original and alternative titles, separated by semicolons."),
    )
    year = models.PositiveSmallIntegerField(_("year"), null=True, blank=True)
    description = models.TextField(_("description"), blank=True)
    description_url = models.URLField(
        _("source of the description"),
        max_length=500,
        blank=True,
        help_text=_("Where the text stands and its authors are named, as its licence asks."),
    )
    genres = models.ManyToManyField(Genre, related_name="movies", blank=True)
    movielens_id = models.PositiveIntegerField(unique=True, null=True, blank=True)
    imdb_id = models.CharField(max_length=12, blank=True, db_index=True)
    tmdb_id = models.PositiveIntegerField(null=True, blank=True, db_index=True)
    runtime_minutes = models.PositiveSmallIntegerField(
        _("runtime in minutes"), null=True, blank=True
    )
    countries = ArrayField(models.CharField(max_length=100), default=list, blank=True)
    languages = ArrayField(models.CharField(max_length=100), default=list, blank=True)
    awards = models.CharField(_("awards"), max_length=300, blank=True)
    facts_source = models.CharField(
        _("source of people, countries, languages, runtime and awards"),
        max_length=20,
        choices=FactsSource,
        blank=True,
    )
    trailer_url = models.URLField(_("trailer"), max_length=500, blank=True)
    picture_url = models.URLField(_("picture"), max_length=500, blank=True)
    # The files that the site made of it (movies.pictures); empty as long as there are none.
    picture_key = models.CharField(max_length=40, blank=True, editable=False)
    # Database triggers keep these two right, whatever writes the ratings: migration 0002.
    n_ratings = models.PositiveIntegerField(_("number of ratings"), default=0, editable=False)
    half_stars_sum = models.PositiveBigIntegerField(default=0, editable=False)
    search_text = SearchTextField(editable=False)
    search = models.GeneratedField(
        expression=search_vector(), output_field=SearchVectorField(), db_persist=True
    )
    trigrams = TrigramsField(editable=False, default=list)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-n_ratings", "id"]
        indexes = [
            models.Index(fields=["-n_ratings", "id"], name="movies_movie_popularity"),
            models.Index(fields=["title", "id"], name="movies_movie_title"),
            models.Index(fields=["year", "id"], name="movies_movie_year"),
            GinIndex(fields=["search"], name="movies_movie_search"),
            GinIndex(fields=["trigrams"], name="movies_movie_trigrams"),
            GinIndex(Lowered("countries"), name="movies_movie_countries"),
            GinIndex(Lowered("languages"), name="movies_movie_languages"),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.year})" if self.year else self.title

    def get_absolute_url(self) -> str:
        """Return the address of the film's page."""
        return reverse("movies:detail", args=[self.pk])

    @property
    def drawn_poster_url(self) -> str:
        """The poster that the site draws, on the site's own origin."""
        return reverse("movies:poster", args=[self.pk])

    @property
    def picture(self) -> Picture | None:
        """The film's own picture, if the site has it and shows pictures."""
        return Picture(self.picture_key) if self.picture_key and settings.PICTURES else None

    @property
    def poster_url(self) -> str:
        """The film's picture, or else the poster that the site draws; on the site's own origin."""
        return self.picture.url if self.picture else self.drawn_poster_url

    @property
    def mean_stars(self) -> float | None:
        """Mean of all ratings in stars (0.5 to 5), None when nobody has rated the film."""
        return self.half_stars_sum / self.n_ratings / 2 if self.n_ratings else None

    @property
    def shown_mean_stars(self) -> float | None:
        """The mean rating if there are enough ratings to show it, else None."""
        return self.mean_stars if self.n_ratings >= MIN_RATINGS_FOR_MEAN else None


class PictureFetch(models.Model):
    """What became of the last attempt to fetch a film's picture from where it stands."""

    class Status(models.TextChoices):
        """The state of fetching a picture."""

        PENDING = "pending", _("Pending")
        KEPT = "kept", _("Kept")
        REFUSED = "refused", _("Refused")
        FAILED = "failed", _("Failed")

    movie = models.OneToOneField(
        Movie, models.CASCADE, related_name="picture_fetch", primary_key=True
    )
    url = models.URLField(max_length=500, help_text=_("Another address starts anew."))
    status = models.CharField(max_length=10, choices=Status, default=Status.PENDING)
    reason = models.CharField(max_length=200, blank=True)
    n_tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(
        null=True, help_text=_("Until then it is left alone; never, if it is empty.")
    )

    class Meta:
        verbose_name_plural = "picture fetches"

    def __str__(self) -> str:
        return f"{self.url}: {self.status}"


class Rating(models.Model):
    """One person's rating of one film, in half stars: 1 is half a star, 10 is five stars."""

    # No index of its own: the constraint and the history below both begin with the user.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="ratings", db_index=False
    )
    movie = models.ForeignKey(Movie, models.CASCADE, related_name="ratings")
    half_stars = models.PositiveSmallIntegerField(
        _("half stars"),
        validators=[
            MinValueValidator(HALF_STARS_MIN, OUT_OF_RANGE),
            MaxValueValidator(HALF_STARS_MAX, OUT_OF_RANGE),
        ],
    )
    rated_at = models.DateTimeField(_("rated at"))

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "movie"],
                name="movies_rating_once_per_film",
                violation_error_message=_("This person has rated this film already."),
            ),
            models.CheckConstraint(
                condition=Q(half_stars__range=(HALF_STARS_MIN, HALF_STARS_MAX)),
                name="movies_rating_half_star_to_five",
                violation_error_message=OUT_OF_RANGE,
            ),
        ]
        indexes = [
            models.Index(fields=["user", "-rated_at"], name="movies_rating_history"),
            # New ratings stand at the end of the table: a block range tells where none is new.
            BrinIndex(fields=["rated_at"], autosummarize=True, name="movies_rating_rated_at_brin"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} rates {self.movie_id}: {self.stars}"

    @property
    def stars(self) -> float:
        """The rating in stars, 0.5 to 5."""
        return self.half_stars / 2


class ListKind(models.TextChoices):
    """The lists a person keeps."""

    WATCH_LATER = "watch_later", _("Watch later")
    NOT_INTERESTED = "not_interested", _("Not interested")
    SEEN = "seen", _("Seen")

    @property
    def excludes_rating(self) -> bool:
        """Return whether a film on this list has no rating."""
        return self == ListKind.NOT_INTERESTED


class ListEntry(models.Model):
    """A film on one of a person's lists."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="list_entries", db_index=False
    )
    movie = models.ForeignKey(Movie, models.CASCADE, related_name="list_entries")
    kind = models.CharField(_("list"), max_length=20, choices=ListKind)
    added_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name_plural = "list entries"
        constraints = [
            models.UniqueConstraint(
                fields=["user", "kind", "movie"],
                name="movies_listentry_once_per_list",
                violation_error_message=_("This film is on this list already."),
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["watch_later", "not_interested", "seen"]),
                name="movies_listentry_kind_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.movie_id}"


class ImportReport(models.Model):
    """What one import read, added and refused; kept so that it can be read afterwards.

    One that staff ask for on the site or by the API waits for a worker, and has a ``kind``; one
    that is typed into a terminal has none, and is never taken up again.
    """

    class Status(models.TextChoices):
        """How far the import is."""

        QUEUED = "queued", _("Queued")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    class Kind(models.TextChoices):
        """What a worker can be asked to import."""

        MOVIELENS = "movielens", _("MovieLens: films, raters and ratings")
        WIKIPEDIA = "wikipedia", _("Wikipedia: descriptions and pictures")

    source = models.CharField(max_length=50)
    location = models.CharField(max_length=500, blank=True)
    digest = models.CharField(max_length=64, blank=True, editable=False)
    status = models.CharField(max_length=10, choices=Status, default=Status.RUNNING)
    counts = models.JSONField(default=dict)
    error = models.TextField(blank=True)
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind, blank=True)
    upload = models.FileField(_("file"), upload_to="imports/", max_length=200, blank=True)
    path = models.CharField(
        max_length=300,
        blank=True,
        help_text=_("Below the folder of imports, where nothing is sent."),
    )
    options = models.JSONField(default=dict, blank=True)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    cancel_requested = models.BooleanField(default=False)
    n_attempts = models.PositiveSmallIntegerField(
        _("attempts"), default=0, help_text=_("More than one: its worker died.")
    )
    step = models.CharField(_("step"), max_length=100, blank=True)
    n_done = models.PositiveBigIntegerField(default=0)
    n_total = models.PositiveBigIntegerField(default=0)

    class Meta:
        ordering = ["-started_at"]

    def __str__(self) -> str:
        return f"{self.source}, {self.started_at:%Y-%m-%d %H:%M}: {self.status}"

    @property
    def is_over(self) -> bool:
        """Whether nothing will happen to it any more."""
        return self.status not in {self.Status.QUEUED, self.Status.RUNNING}

    @property
    def percent(self) -> int:
        """How far the present step is, 0 to 100."""
        if self.status == self.Status.DONE:
            return 100
        return min(100, 100 * self.n_done // self.n_total) if self.n_total else 0


class ImportProblem(models.Model):
    """A row that was refused: where it stands and why."""

    report = models.ForeignKey(ImportReport, models.CASCADE, related_name="problems")
    file = models.CharField(max_length=100)
    line_number = models.PositiveBigIntegerField()
    reason = models.CharField(max_length=200)
    excerpt = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["file", "line_number"]

    def __str__(self) -> str:
        return f"{self.file}:{self.line_number}: {self.reason}"
