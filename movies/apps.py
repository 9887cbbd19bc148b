"""Configure the application "movies" for Django."""

from django.apps import AppConfig


class MoviesConfig(AppConfig):
    """Register the application, its receivers and its sections of a data export."""

    name = "movies"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Connect the receivers and register the sections of a data export."""
        from django.contrib.auth.signals import user_logged_in
        from django.db.models.signals import post_delete, post_save

        from accounts.exports import register
        from movies import catalogue_state, exports, receivers
        from movies.services import waiting_films

        user_logged_in.connect(receivers.adopt_picks)
        post_delete.connect(receivers.delete_upload, sender="movies.PersonalImport")
        for section in exports.SECTIONS:
            register(section)
        catalogue_state.connect()
        for sender in ("movies.Movie", "movies.ImportReport"):
            post_save.connect(waiting_films.films_may_have_come, sender=sender)
