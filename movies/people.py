"""People who made films, and the part each of them had in a film."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from movies.fields import SearchTextField, TrigramsField, search_vector

MAX_NAME_CHARACTERS = 200


class Role(models.TextChoices):
    """What a person did in a film."""

    DIRECTOR = "director", _("Director")
    WRITER = "writer", _("Writer")
    CAST = "cast", _("Cast")


class Person(models.Model):
    """Somebody who directed, wrote or played in a film. The name is the identity.

    The sources of the catalogue name people without a number, so two people of one name share a
    row.
    """

    name = models.CharField(_("name"), max_length=MAX_NAME_CHARACTERS, unique=True)
    search_text = SearchTextField(editable=False)
    search = models.GeneratedField(
        expression=search_vector(), output_field=SearchVectorField(), db_persist=True
    )
    trigrams = TrigramsField(editable=False, default=list)

    class Meta:
        ordering = ["name"]
        verbose_name_plural = _("people")
        indexes = [
            GinIndex(fields=["search"], name="movies_person_search"),
            GinIndex(fields=["trigrams"], name="movies_person_trigrams"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Return the address of the person's page."""
        return reverse("movies:person", args=[self.pk])


class Credit(models.Model):
    """One person's part in one film."""

    movie = models.ForeignKey(
        "movies.Movie", models.CASCADE, related_name="credits", db_index=False
    )
    person = models.ForeignKey(Person, models.CASCADE, related_name="credits")
    role = models.CharField(_("role"), max_length=10, choices=Role)
    position = models.PositiveSmallIntegerField(
        _("position"), default=0, help_text=_("Order within the film and the role, from 0.")
    )

    class Meta:
        ordering = ["movie_id", "role", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["movie", "role", "person"],
                name="movies_credit_once_per_role",
                violation_error_message=_("This person has this role in this film already."),
            ),
            models.CheckConstraint(
                condition=models.Q(role__in=["director", "writer", "cast"]),
                name="movies_credit_role_known",
            ),
        ]
        indexes = [models.Index(fields=["movie", "role", "position"], name="movies_credit_order")]

    def __str__(self) -> str:
        return f"{self.role} {self.position}: {self.person_id} in {self.movie_id}"
