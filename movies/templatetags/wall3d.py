"""The attributes by which a page tells its script where the wall's files are."""

from django import template
from django.conf import settings
from django.template import Context
from django.utils.html import format_html

from movies.wall3d.assets import wall_assets

register = template.Library()


CHOICE_COOKIE = "wall3d"
"""Set by `static/js/wall3d.js` when the visitor chooses the 3D wall."""


@register.simple_tag(takes_context=True)
def wall3d_attributes(context: Context) -> str:
    """`data-wall3d-...` for the section that holds the wall; nothing where there is no 3D wall."""
    assets = wall_assets()
    if assets is None:
        return ""
    request = context.get("request")
    return format_html(
        'data-wall3d data-wall3d-runtime="{}" data-wall3d-scene="{}"{}{}',
        assets.runtime,
        assets.scene,
        " data-wall3d-on-software" if settings.WALL_3D_ON_SOFTWARE_GL else "",
        " data-wall3d-chosen" if request and CHOICE_COOKIE in request.COOKIES else "",
    )
