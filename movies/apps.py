"""Application configuration."""

from django.apps import AppConfig


class MoviesConfig(AppConfig):
    """Register the application, its receivers and its sections of a data export."""

    name = "movies"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Connect the receivers and register the sections of a data export."""
        from django.contrib.auth.signals import user_logged_in

        from accounts.exports import register
        from movies import catalogue_state, exports, receivers

        user_logged_in.connect(receivers.adopt_picks)
        for section in exports.SECTIONS:
            register(section)
        catalogue_state.connect()
