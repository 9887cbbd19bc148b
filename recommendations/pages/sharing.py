"""Share one's ten or one's taste as a link."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from movies.models import SharedPage
from movies.selectors.leaning import Leaning, leaning_of
from movies.services.sharing import page_share
from movies.visitors import Visitor
from recommendations.selectors.recommendations import for_visitor


@require_POST
def share(request: HttpRequest, kind: str) -> HttpResponse:
    """Make a link to what the visitor sees now: ``ten`` or ``taste``. Later picks change nothing.

    A list that is on a page already is shared as it is: ``ids`` has its films, comma separated.
    """
    visitor = Visitor.from_request(request)
    if kind == SharedPage.Kind.TASTE:
        leaning = leaning_of(visitor.ratings())
        ids, lines = [movie.pk for movie in leaning.favourites], _lines(leaning)
    elif kind == SharedPage.Kind.TEN:
        ids = _ids(request) or [item.movie.pk for item in for_visitor(visitor).items]
        lines = [_("Based on the films I love.")]
    else:
        raise Http404
    page = page_share(request=request, kind=SharedPage.Kind(kind), movie_ids=ids, lines=lines)
    return redirect(page)


def _ids(request: HttpRequest) -> list[int]:
    parts = request.POST.get("ids", "").split(",")[:10]
    return [int(part) for part in parts if part.isascii() and part.isdigit() and len(part) < 10]


def _lines(leaning: Leaning) -> list[str]:
    lines = []
    if leaning.words:
        lines.append(_("I lean to %(kinds)s.") % {"kinds": ", ".join(leaning.words)})
    if leaning.avoided:
        lines.append(_("I avoid %(kinds)s.") % {"kinds": ", ".join(leaning.avoided)})
    if leaning.rarest is not None:
        lines.append(_("My rarest favourite: %(film)s.") % {"film": leaning.rarest.title})
    return lines
