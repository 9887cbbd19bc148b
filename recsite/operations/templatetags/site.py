"""The site's name, colours and languages in templates, with and without a request."""

from typing import Any

from django import template
from django.conf import settings
from django.utils.html import escape
from django.utils.translation import get_language, get_language_info

from recsite.operations.models import SitePage

register = template.Library()


@register.simple_tag
def site_name() -> str:
    """Return the name that the operator gave the site."""
    return escape(settings.SITE_NAME)


@register.simple_tag
def site_has_colours() -> bool:
    """Return whether the operator set a colour, so that a page needs the style sheet of it."""
    return bool(settings.SITE_COLOUR or settings.SITE_COLOUR_DARK)


@register.simple_tag
def site_pages() -> list[Any]:
    """Return the public pages of the operator as (slug, title) pairs."""
    return list(SitePage.Slug.choices)


@register.simple_tag
def other_languages() -> list[dict[str, Any]]:
    """Return the site's languages apart from the one of this page."""
    current = get_language() or settings.LANGUAGE_CODE
    return [get_language_info(code) for code, _name in settings.LANGUAGES if code != current]
