"""Base classes of every endpoint: DRF's, which refuse what they would otherwise ignore."""

from collections.abc import Callable, Mapping
from functools import cache, wraps
from typing import TYPE_CHECKING, Any, ClassVar, Concatenate, ParamSpec, TypeVar

from django.urls import reverse
from django.utils.translation import gettext as _
from rest_framework import generics, status, views
from rest_framework.exceptions import MethodNotAllowed, UnsupportedMediaType, ValidationError
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer, Field, ListField, ListSerializer, Serializer
from typing_extensions import override

from common.api.conditional import CONDITIONS, DATE_CONDITION
from common.api.deprecation import OldParameters
from common.api.exceptions import BodyError, HeaderError, QueryError
from common.api.serializers import not_known, values_between_commas

if TYPE_CHECKING:
    _Base = views.APIView
    _GenericBase = generics.GenericAPIView[Any]
else:
    _Base = _GenericBase = object

FIELDS = "fields"
FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")
NO_LENGTH = (None, "", "0")
WITHOUT_BODY = frozenset({"get", "head", "delete", "options"})

ViewT = TypeVar("ViewT", bound=views.APIView)
P = ParamSpec("P")
Handler = Callable[Concatenate[ViewT, Request, P], Response]


def located(
    route: str, argument: str, *kept: str
) -> Callable[[Handler[ViewT, P]], Handler[ViewT, P]]:
    """Name the address of what a handler made or began in ``Location``, in replays as well.

    Parameters
    ----------
    route
        Name of the URL of what was made.
    argument
        The URL's argument, which takes the ``id`` of the answer.
    kept
        Further arguments, which are those of the request.

    """

    def decorate(handler: Handler[ViewT, P]) -> Handler[ViewT, P]:
        @wraps(handler)
        def with_location(
            view: ViewT, request: Request, /, *args: P.args, **kwargs: P.kwargs
        ) -> Response:
            response = handler(view, request, *args, **kwargs)
            if response.status_code in {status.HTTP_201_CREATED, status.HTTP_202_ACCEPTED}:
                parents = {name: view.kwargs[name] for name in kept}
                address = reverse(route, kwargs={**parents, argument: response.data["id"]})
                response["Location"] = request.build_absolute_uri(address)
            return response

        with_location.__dict__["location"] = route
        return with_location

    return decorate


class StrictView(_Base):
    """Refuse unknown, repeated and empty query parameters, and conditions that nobody checks."""

    query: ClassVar[Mapping[str, type[Serializer[Any]]]] = {}
    """Method in lower case -> serializer of its query."""
    conditional: ClassVar[frozenset[str]] = frozenset()
    """Changing methods, in lower case, that honour ``If-Match`` and ``If-None-Match``."""
    has_etag: ClassVar[bool] = True
    """Whether answers to GET have an ETag; one that is sent while it is made has none."""
    bodyless: ClassVar[frozenset[str]] = frozenset()
    """Changing methods, in lower case, that take no body; GET and DELETE never take one."""
    problems: ClassVar[tuple[str, ...]] = ()
    """Kinds of problems that the schema cannot know, such as ``conflict``."""
    has_fields: ClassVar[bool] = False
    """Whether GET answers the fields that ``fields`` names alone."""
    old_parameters: ClassVar[OldParameters | None] = None
    """Deprecated names of query parameters."""

    @override
    def check_permissions(self, request: Request) -> None:
        """Check the caller's permissions for a method that the address has.

        ``OPTIONS`` and 405 tell nothing that the public schema does not, so they need none.

        Raises
        ------
        MethodNotAllowed
            The address does not have the method.

        """
        method = str(request.method)
        if method not in self.allowed_methods:
            self.check_throttles(request)  # it counts against the allowance of the caller
            raise MethodNotAllowed(method)
        if method != "OPTIONS":
            super().check_permissions(request)

    @override
    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self._refuse_parameters(request)
        self._refuse_conditions(request)
        self._refuse_body(request)

    def _refuse_parameters(self, request: Request) -> None:
        known = self.query_parameters()
        for name, values in request.query_params.lists():
            present = self._old_names().get(name, name)
            if present not in known:
                raise QueryError({name: [_unknown_parameter(known)]})
            if present != name and present in request.query_params:
                text = _("This is the old name of %(name)s. Send one of them.")
                raise QueryError({name: [text % {"name": present}]})
            if len(values) > 1 and not known[present]:
                raise QueryError({name: [_("This parameter may be given once.")]})
            if not all(value.strip() for value in values):
                raise QueryError({name: [_("A value is empty. Leave it out.")]})

    def _old_names(self) -> Mapping[str, str]:
        return self.old_parameters.names if self.old_parameters else {}

    def _refuse_conditions(self, request: Request) -> None:
        if DATE_CONDITION in request.headers:
            text = _("Dates are not compared: send If-Match with an ETag.")
            raise HeaderError({DATE_CONDITION: [text]})
        method = str(request.method)
        is_checked = self.has_etag if method in SAFE_METHODS else method.lower() in self.conditional
        if not is_checked:
            for header in CONDITIONS:
                if header in request.headers:
                    raise HeaderError({header: [_("This address checks no conditions.")]})

    def _refuse_body(self, request: Request) -> None:
        """Refuse what would be ignored; an empty object says nothing that could be."""
        takes_none = str(request.method).lower() in WITHOUT_BODY | self.bodyless
        if takes_none and _has_body(request):
            raise BodyError([_("This operation takes no body.")])

    def query_parameters(self) -> dict[str, bool]:
        """Return the method's query parameters, and whether each may be repeated."""
        method = str(self.request.method).lower()
        method = "get" if method in {"head", "options"} else method
        serializer = self.query.get(method)
        parameters = dict(_parameters_of(serializer)) if serializer else {}
        if self.has_fields and self.request.method in SAFE_METHODS:
            parameters[FIELDS] = True
        return parameters

    def query_data(self) -> dict[str, Any]:
        """Return the validated query.

        Raises
        ------
        ValidationError
            A value that cannot be.

        """
        serializer = self.query[str(self.request.method).lower().replace("head", "get")]
        query = self.request.query_params.copy()
        sent_as = {new: old for old, new in self._old_names().items() if old in query}
        for new, old in sent_as.items():
            query.setlist(new, query.pop(old))
        checked = serializer(data=query, context={"request": self.request})
        if not checked.is_valid():
            errors = checked.errors.items()
            raise QueryError({sent_as.get(name, name): messages for name, messages in errors})
        return dict(checked.validated_data)


class APIView(StrictView, views.APIView):
    """DRF's view with strict query parameters and bodies."""


class _Generic(StrictView, _GenericBase):
    """Pages and sparse fields beside what a view declares itself."""

    @override
    def query_parameters(self) -> dict[str, bool]:
        parameters = super().query_parameters()
        if self.request.method in SAFE_METHODS:
            described = getattr(self.paginator, "get_schema_operation_parameters", None)
            if described and isinstance(self, generics.ListAPIView):
                parameters |= dict.fromkeys((one["name"] for one in described(self)), False)
        return parameters

    @override
    def get_serializer(self, *args: Any, **kwargs: Any) -> BaseSerializer[Any]:
        serializer = super().get_serializer(*args, **kwargs)
        if self.has_fields and self.request is not None and self.request.method in SAFE_METHODS:
            keep_fields(serializer, self.request)
        return serializer


@cache
def _parameters_of(serializer: type[Serializer[Any]]) -> Mapping[str, bool]:
    """Return a query's parameters, and whether each may be repeated; a class never changes."""
    fields = serializer().fields
    return {name: isinstance(field, ListField) for name, field in fields.items()}


def _unknown_parameter(known: Mapping[str, bool]) -> str:
    if not known:
        return _("Unknown parameter. This address takes none.")
    return _("Unknown parameter. Known are: %(known)s.") % {"known": ", ".join(known)}


def _has_body(request: Request) -> bool:
    if request.META.get("CONTENT_LENGTH") in NO_LENGTH:
        return False
    try:
        return bool(request.data != {})
    except UnsupportedMediaType:
        sent = request._request  # noqa: SLF001 # which reads the forms of POST; an empty one says nothing
        is_read = sent.content_type in FORMS and sent.method == "POST"
        return not is_read or bool(sent.POST or sent.FILES)


def keep_fields(serializer: Field[Any, Any, Any, Any], request: Request) -> None:
    """Leave those fields of a serializer that the query's ``fields`` names; all without it.

    Raises
    ------
    QueryError
        A name that is no field.

    """
    if FIELDS not in request.query_params:
        return
    try:
        names = set(values_between_commas(request.query_params.getlist(FIELDS)))
    except ValidationError as error:
        raise QueryError({FIELDS: error.detail}) from error
    one = serializer.child if isinstance(serializer, ListSerializer) else serializer
    assert isinstance(one, Serializer)  # noqa: S101 # all of ours are
    if unknown := sorted(names - one.fields.keys()):
        raise QueryError({FIELDS: [not_known(unknown[0], one.fields)]})
    for name in one.fields.keys() - names:
        one.fields.pop(name)


class RowsView(APIView):
    """A view whose answer lists rows under ``rows``; ``fields`` names what each row has."""

    has_fields = True
    rows: ClassVar[str] = "results"
    """Name of the list in the answer."""

    def sparse(self, serializer: Serializer[Any]) -> Response:
        """Answer with a serializer, its rows with the fields that the query names.

        Raises
        ------
        QueryError
            A name that is no field of a row.

        """
        keep_fields(serializer.fields[self.rows], self.request)
        return Response(serializer.data)


class GenericAPIView(_Generic, generics.GenericAPIView[Any]):
    """DRF's generic view, strict."""


class ListAPIView(_Generic, generics.ListAPIView[Any]):
    """DRF's list, strict; ``fields`` names what each row has."""

    has_fields = True


class RetrieveAPIView(_Generic, generics.RetrieveAPIView[Any]):
    """DRF's view of one object, strict; ``fields`` names what it has."""

    has_fields = True
