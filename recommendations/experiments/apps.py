"""Configure the application "experiments" for Django."""

from django.apps import AppConfig


class ExperimentsConfig(AppConfig):
    """Register the application, its receivers and its section of a data export."""

    name = "recommendations.experiments"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Connect the receivers and register the section of a data export."""
        from accounts.exports import register
        from movies.signals import film_marked, film_opened, film_rated
        from recommendations.experiments import exports, receivers
        from recommendations.signals import list_shown, version_activated

        register(exports.SECTION)
        list_shown.connect(receivers.note_list)
        film_opened.connect(receivers.note_click)
        film_rated.connect(receivers.note_rating)
        film_marked.connect(receivers.note_hide)
        version_activated.connect(receivers.end_split)
