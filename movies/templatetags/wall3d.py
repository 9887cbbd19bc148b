"""The attributes by which a page tells its script where the wall's files are."""

from django import template
from django.conf import settings
from django.utils.html import format_html

from movies.wall3d.assets import wall_assets

register = template.Library()


@register.simple_tag
def wall3d_attributes() -> str:
    """`data-wall3d-...` for the section that holds the wall; nothing where there is no 3D wall."""
    assets = wall_assets()
    if assets is None:
        return ""
    return format_html(
        'data-wall3d data-wall3d-runtime="{}" data-wall3d-scene="{}"{}',
        assets.runtime,
        assets.scene,
        " data-wall3d-on-software" if settings.WALL_3D_ON_SOFTWARE_GL else "",
    )
