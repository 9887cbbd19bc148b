"""Estimates, versions and verdicts on the page of online numbers."""

from django import template
from django.contrib.humanize.templatetags.humanize import intcomma
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from common.statistics import Estimate
from recommendations.experiments.selectors import (
    MeasureComparison,
    SplitComparison,
    VersionNumbers,
)
from recommendations.models import TrafficSplit

register = template.Library()

MEASURES_OF_RATES = ("hit_rate",)
DASH, MINUS = "\N{EN DASH}", "\N{MINUS SIGN}"


@register.filter
def percent(estimate: Estimate | None) -> SafeString | str:
    """Return a rate with its interval, in percent; a dash if there is none."""
    return _shown(estimate, factor=100, decimals=1, unit=" %")


@register.filter
def plain(estimate: Estimate | None) -> SafeString | str:
    """Return a value with its interval; a dash if there is none."""
    return _shown(estimate)


@register.simple_tag
def estimate(value: Estimate | None, measure: str, *, sign: bool = False) -> SafeString | str:
    """Return a measure's value in its usual form; ``sign`` puts a plus before a gain."""
    if measure in MEASURES_OF_RATES:
        return _shown(value, factor=100, decimals=1, unit=" %", sign=sign)
    return _shown(value, sign=sign)


@register.simple_tag
def measure_name(measure: str) -> str:
    """Return the name of a measure in words."""
    return {
        "hit_rate": _("Hit rate"),
        "mean_stars": _("Mean rating"),
        "hides": _("Not interested, a list"),
    }[measure]


@register.simple_tag
def verdict(measure: MeasureComparison, comparison: SplitComparison, split: TrafficSplit) -> str:
    """Return what the difference says, and how many people are needed if it says nothing yet."""
    if measure.difference is None:
        return _("Not enough people yet.")
    if measure.difference.excludes_zero:
        is_higher = measure.difference.value > 0
        is_good = is_higher != (measure.name == "hides")
        better = split.version_b if is_good else split.version_a
        return _("%(version)s does better.") % {"version": better}
    needed, seen = measure.n_people_needed, comparison.n_people_a + comparison.n_people_b
    if needed is None or needed <= seen:
        return _("No difference can be told.")
    return _(
        "Not told apart yet: about %(needed)s people are needed for a difference like this."
    ) % {"needed": intcomma(_two_digits(needed))}


@register.simple_tag
def version_link(version: VersionNumbers, *, as_text: bool = False) -> SafeString | str:
    """Return a version's name as a link to its run."""
    if version.version_id is None:
        return _("Popular films")
    name = _("Run %(run)s") % {"run": version.version_id}
    if as_text:
        return name
    return format_html(
        '<a href="{}">{}</a>', reverse("recommendations:run", args=[version.version_id]), name
    )


def _shown(
    value: Estimate | None,
    *,
    factor: float = 1,
    decimals: int = 2,
    unit: str = "",
    sign: bool = False,
) -> SafeString | str:
    if value is None:
        return DASH

    def number(part: float) -> str:
        rounded = round(factor * part, decimals) + 0.0  # without the zero that is negative
        plus = "+" if sign and rounded > 0 else ""
        return plus + number_format(rounded, decimals).replace("-", MINUS)

    return format_html(
        '{}{} <span class="interval">{} {} {}</span>',
        number(value.value),
        unit,
        number(value.low),
        DASH,
        number(value.high),
    )


def _two_digits(number: int) -> int:
    """Round an estimate to two digits: 4,300 and not 4,271."""
    unit = int(10 ** max(0, len(str(number)) - 2))
    return -(-number // unit) * unit
