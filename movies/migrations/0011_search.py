from collections.abc import Iterator

import django.contrib.postgres.indexes
import django.contrib.postgres.search
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

import movies.fields

BATCH_ROWS = 2_000


def index_rows(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Compute the search text and the trigrams of all films and people."""
    for name, fields in (("Movie", ["title", "other_titles"]), ("Person", ["name"])):
        model = apps.get_model("movies", name)
        rows = model.objects.only(*fields).order_by("pk")
        for batch in _batches(rows.iterator(chunk_size=BATCH_ROWS)):
            for row in batch:
                for column in ("search_text", "trigrams"):
                    model._meta.get_field(column).pre_save(row, False)
            model.objects.bulk_update(batch, ["search_text", "trigrams"], batch_size=500)


def _batches(rows: Iterator[models.Model]) -> Iterator[list[models.Model]]:
    batch: list[models.Model] = []
    for row in rows:
        batch.append(row)
        if len(batch) == BATCH_ROWS:
            yield batch
            batch = []
    if batch:
        yield batch


def search_field() -> models.Field:  # type: ignore[type-arg] # generic for mypy only
    """Return the search vector of a row's search text."""
    return models.GeneratedField(
        db_persist=True,
        expression=movies.fields.search_vector(),
        output_field=django.contrib.postgres.search.SearchVectorField(),
    )


class Migration(migrations.Migration):
    """Words, joined words, whole titles, initials and trigrams of films and people."""

    dependencies = [("movies", "0010_people")]

    operations = [
        migrations.RemoveIndex(model_name="movie", name="movies_movie_search"),
        migrations.RemoveField(model_name="movie", name="search"),
        migrations.AddField(
            "movie", "trigrams", movies.fields.TrigramsField(default=list, editable=False)
        ),
        migrations.AddField(
            "person",
            "search_text",
            movies.fields.SearchTextField(default="", editable=False),
            preserve_default=False,
        ),
        migrations.AddField(
            "person", "trigrams", movies.fields.TrigramsField(default=list, editable=False)
        ),
        migrations.RunPython(index_rows, migrations.RunPython.noop),
        # The rows' pending events stand in the way of the statements below.
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.AddField("movie", "search", search_field()),
        migrations.AddField("person", "search", search_field()),
        *(
            migrations.AddIndex(
                model, django.contrib.postgres.indexes.GinIndex(fields=[column], name=name)
            )
            for model, column, name in (
                ("movie", "search", "movies_movie_search"),
                ("movie", "trigrams", "movies_movie_trigrams"),
                ("person", "search", "movies_person_search"),
                ("person", "trigrams", "movies_person_trigrams"),
            )
        ),
    ]
