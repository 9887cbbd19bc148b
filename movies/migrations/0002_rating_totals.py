"""Keep each film's rating totals by triggers.

Ratings change through services, through COPY-based imports, through the admin and by cascade when
an account is deleted. A statement-level trigger sees them all, in the writer's own transaction, and
costs one UPDATE per statement. The films are locked in order of their id, so that two statements
that touch several films wait for one another instead of deadlocking.

An import of millions of ratings would hold the films until it commits. It sets
``movies.rating_totals`` to ``later`` for its transaction and counts by itself at the end.
"""

from django.db import migrations

CREATE = """
CREATE FUNCTION movies_add_to_rating_totals() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM movies_movie WHERE id IN (SELECT movie_id FROM added)
        ORDER BY id FOR NO KEY UPDATE;
    UPDATE movies_movie AS movie
        SET n_ratings = movie.n_ratings + delta.n,
            half_stars_sum = movie.half_stars_sum + delta.half_stars
        FROM (SELECT movie_id, count(*) AS n, sum(half_stars) AS half_stars
              FROM added GROUP BY movie_id) AS delta
        WHERE movie.id = delta.movie_id;
    RETURN NULL;
END $$;

CREATE FUNCTION movies_take_from_rating_totals() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM movies_movie WHERE id IN (SELECT movie_id FROM removed)
        ORDER BY id FOR NO KEY UPDATE;
    UPDATE movies_movie AS movie
        SET n_ratings = movie.n_ratings - delta.n,
            half_stars_sum = movie.half_stars_sum - delta.half_stars
        FROM (SELECT movie_id, count(*) AS n, sum(half_stars) AS half_stars
              FROM removed GROUP BY movie_id) AS delta
        WHERE movie.id = delta.movie_id;
    RETURN NULL;
END $$;

CREATE FUNCTION movies_change_rating_totals() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM movies_movie
        WHERE id IN (SELECT movie_id FROM added UNION SELECT movie_id FROM removed)
        ORDER BY id FOR NO KEY UPDATE;
    UPDATE movies_movie AS movie
        SET n_ratings = movie.n_ratings + delta.n,
            half_stars_sum = movie.half_stars_sum + delta.half_stars
        FROM (SELECT movie_id, sum(n) AS n, sum(half_stars) AS half_stars
              FROM (SELECT movie_id, 1 AS n, half_stars FROM added
                    UNION ALL
                    SELECT movie_id, -1, -half_stars FROM removed) AS change
              GROUP BY movie_id) AS delta
        WHERE movie.id = delta.movie_id AND (delta.n, delta.half_stars) <> (0, 0);
    RETURN NULL;
END $$;

CREATE TRIGGER movies_rating_added AFTER INSERT ON movies_rating
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT
    WHEN (current_setting('movies.rating_totals', true) IS DISTINCT FROM 'later')
    EXECUTE FUNCTION movies_add_to_rating_totals();
CREATE TRIGGER movies_rating_removed AFTER DELETE ON movies_rating
    REFERENCING OLD TABLE AS removed
    FOR EACH STATEMENT
    WHEN (current_setting('movies.rating_totals', true) IS DISTINCT FROM 'later')
    EXECUTE FUNCTION movies_take_from_rating_totals();
CREATE TRIGGER movies_rating_changed AFTER UPDATE ON movies_rating
    REFERENCING OLD TABLE AS removed NEW TABLE AS added
    FOR EACH STATEMENT
    WHEN (current_setting('movies.rating_totals', true) IS DISTINCT FROM 'later')
    EXECUTE FUNCTION movies_change_rating_totals();
"""

DROP = """
DROP TRIGGER movies_rating_added ON movies_rating;
DROP TRIGGER movies_rating_removed ON movies_rating;
DROP TRIGGER movies_rating_changed ON movies_rating;
DROP FUNCTION movies_add_to_rating_totals();
DROP FUNCTION movies_take_from_rating_totals();
DROP FUNCTION movies_change_rating_totals();
"""


class Migration(migrations.Migration):
    dependencies = [("movies", "0001_initial")]
    operations = [migrations.RunSQL(CREATE, DROP)]
