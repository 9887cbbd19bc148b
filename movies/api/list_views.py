"""The lists that a person keeps."""

from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from typing_extensions import override

from accounts.api.callers import member
from accounts.api.idempotency import PARAMETER as IDEMPOTENCY_KEY
from accounts.api.idempotency import idempotent
from accounts.services import member_lock
from common.api.conditional import etag_of, require_match
from common.api.pagination import NewestFirstPagination
from common.api.views import GenericAPIView, ListAPIView
from movies.api.bulk import bulk_ids, valid_ids
from movies.api.expansion import with_movies
from movies.api.rating_views import IF_MATCH, IF_NONE_MATCH
from movies.api.serializers import (
    BulkListRequestSerializer,
    BulkListSerializer,
    BulkResultsSerializer,
    ListEntrySerializer,
)
from movies.models import ListEntry, ListKind
from movies.selectors.movies import movies_all
from movies.services.lists import list_add, list_remove, lists_add, lists_remove

LIST = OpenApiParameter(
    "kind", str, OpenApiParameter.PATH, enum=ListKind.values, description="Which list."
)


class ListApi(ListAPIView):
    """The films on one of the caller's lists."""

    serializer_class = ListEntrySerializer
    pagination_class = NewestFirstPagination
    queryset = ListEntry.objects.none()

    @override
    def get_queryset(self) -> QuerySet[ListEntry]:
        """Two queries: the entries with their films, and the films' genres."""
        kind = _kind(self.kwargs["kind"])
        return with_movies(ListEntry.objects.filter(user=member(self.request), kind=kind))

    @extend_schema(
        operation_id="lists_list", summary="Films on a list", tags=["you"], parameters=[LIST]
    )
    def get(self, request: Request, kind: str) -> Response:  # noqa: ARG002 # the URL's
        """List the films, those added last first."""
        return self.list(request)


class ListEntryApi(GenericAPIView):
    """A film on one of the caller's lists."""

    serializer_class = ListEntrySerializer
    queryset = ListEntry.objects.none()
    conditional = frozenset({"put", "delete"})
    bodyless = frozenset({"put"})
    has_fields = True

    @extend_schema(
        operation_id="lists_retrieve",
        summary="A film on a list",
        tags=["you"],
        parameters=[LIST],
        responses=ListEntrySerializer,
    )
    def get(self, request: Request, kind: str, movie_id: int) -> Response:
        """404 if it is not there."""
        entry = self._entry(request, kind, movie_id)
        if entry is None:
            raise Http404
        return self._response(entry)

    @extend_schema(
        operation_id="lists_add",
        summary="Put a film on a list",
        tags=["you"],
        parameters=[LIST, IF_MATCH, IF_NONE_MATCH],
        request=None,
        responses={200: ListEntrySerializer, 201: ListEntrySerializer},
    )
    def put(self, request: Request, kind: str, movie_id: int) -> Response:
        """201 if it is new there, and it leaves the other lists; 200 if it is there already.

        `not_interested` deletes the film's rating; `watch_later` and `seen` keep it.
        """
        movie = get_object_or_404(movies_all(), pk=movie_id)
        user = member(request)
        with transaction.atomic():
            member_lock(user=user)
            present = self._entry(request, kind, movie_id)
            require_match(request, _etag(present) if present else None)
            entry = list_add(user=user, movie=movie, kind=_kind(kind))
        is_new = present is None
        return self._response(
            entry, status.HTTP_201_CREATED if is_new else status.HTTP_200_OK, is_new=is_new
        )

    @extend_schema(
        operation_id="lists_remove",
        summary="Take a film from a list",
        tags=["you"],
        parameters=[LIST, IF_MATCH],
        responses={204: None},
    )
    def delete(self, request: Request, kind: str, movie_id: int) -> Response:
        """404 if it is not there."""
        user = member(request)
        with transaction.atomic():
            member_lock(user=user)
            entry = self._entry(request, kind, movie_id)
            if entry is None:
                raise Http404
            require_match(request, _etag(entry))
            list_remove(user=user, movie=entry.movie, kind=_kind(kind))
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _entry(self, request: Request, kind: str, movie_id: int) -> ListEntry | None:
        entries = ListEntry.objects.filter(
            user=member(request), kind=_kind(kind), movie_id=movie_id
        )
        return entries.select_related("movie").first()

    def _response(
        self, entry: ListEntry, code: int = status.HTTP_200_OK, *, is_new: bool = False
    ) -> Response:
        headers = {"ETag": _etag(entry)}
        if is_new:
            headers["Location"] = self.request.build_absolute_uri(self.request.path)
        return Response(self.get_serializer(entry).data, code, headers=headers)


class ListBulkApi(GenericAPIView):
    """Many films on and off one list."""

    serializer_class = BulkListRequestSerializer

    @extend_schema(
        operation_id="lists_bulk",
        summary="Add and remove many films",
        tags=["you"],
        parameters=[LIST, IDEMPOTENCY_KEY],
        request=BulkListRequestSerializer,
        responses=BulkResultsSerializer,
        examples=[
            OpenApiExample("One in, one out", {"add": [1], "remove": [2]}, request_only=True)
        ],
    )
    @idempotent
    def post(self, request: Request, kind: str) -> Response:
        """Each is answered by itself, those to add first: 201, 200, 204, 404 or 400."""
        list_kind, user = _kind(kind), member(request)
        asked = BulkListSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        add, remove = asked.validated_data["add"], asked.validated_data["remove"]
        rows = bulk_ids([*add, *remove], _("A film is named more than once."))
        added, removed = rows[: len(add)], rows[len(add) :]
        with transaction.atomic():
            member_lock(user=user)
            movies = set(movies_all().filter(pk__in=valid_ids(added)).values_list("pk", flat=True))
            entries = ListEntry.objects.filter(user=user, kind=list_kind)
            present = set(entries.values_list("movie_id", flat=True))
            lists_add(user=user, movie_ids=movies, kind=list_kind)
            lists_remove(user=user, movie_ids=valid_ids(removed), kind=list_kind)
        missing = _("There is no such film, or it is not on the list.")
        codes: dict[int | None, int] = dict.fromkeys(movies - present, status.HTTP_201_CREATED)
        codes |= dict.fromkeys(movies & present, status.HTTP_200_OK)
        codes |= dict.fromkeys(valid_ids(removed) & present, status.HTTP_204_NO_CONTENT)
        results = [
            row.result(codes[row.movie_id])
            if row.movie_id in codes
            else row.result(status.HTTP_404_NOT_FOUND, missing)
            for row in rows
        ]
        n_saved = sum(one["status"] < 400 for one in results)
        return Response({"n_saved": n_saved, "results": results})


def _etag(entry: ListEntry) -> str:
    return etag_of("list-entry", entry.pk, entry.added_at.timestamp())


def _kind(name: str) -> ListKind:
    try:
        return ListKind(name)
    except ValueError:
        raise Http404 from None
