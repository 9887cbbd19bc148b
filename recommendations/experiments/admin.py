"""Admin page of traffic splits."""

from django.contrib import admin

from common.admin import ReadOnly
from recommendations.models import TrafficSplit


@admin.register(TrafficSplit)
class TrafficSplitAdmin(ReadOnly, admin.ModelAdmin):
    """Show which versions were compared. Splits start and end on the online numbers page."""

    list_display = ["version_a", "version_b", "percent_b", "started_at", "ended_at", "winner"]
    list_select_related = ["version_a", "version_b", "winner"]
