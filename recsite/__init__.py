"""The composition root: settings, URLs, Celery, system checks, embedded servers, the demo."""
