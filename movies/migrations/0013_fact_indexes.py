import django.contrib.postgres.indexes
from django.db import migrations

import movies.fields

MAKE = """
CREATE FUNCTION movies_lowered(names text[]) RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
    RETURN ARRAY(SELECT lower(name) FROM unnest(names) AS name);
"""
DROP = "DROP FUNCTION movies_lowered(text[]);"


class Migration(migrations.Migration):
    """Indexes for the filters by country and language, in any case."""

    dependencies = [("movies", "0012_shared_pages")]

    operations = [
        migrations.RunSQL(MAKE, DROP),
        migrations.AddIndex(
            "movie",
            django.contrib.postgres.indexes.GinIndex(
                movies.fields.Lowered("countries"), name="movies_movie_countries"
            ),
        ),
        migrations.AddIndex(
            "movie",
            django.contrib.postgres.indexes.GinIndex(
                movies.fields.Lowered("languages"), name="movies_movie_languages"
            ),
        ),
    ]
