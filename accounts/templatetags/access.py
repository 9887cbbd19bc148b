"""How people may come in, for the pages of log-in and sign-up."""

from django import template
from django.conf import settings

register = template.Library()


@register.simple_tag
def sign_up_mode() -> str:
    """Return who may sign up: ``open``, ``invited`` or ``closed``."""
    return str(settings.SIGN_UP)
