"""One class per operation on the catalogue."""

from django.db.models import Count, QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.exceptions import NotAuthenticated, ValidationError
from rest_framework.generics import GenericAPIView, ListAPIView, RetrieveAPIView
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from typing_extensions import override

from accounts.models import User
from movies.api.filters import MovieFilter
from movies.api.pagination import MoviePagination, NewestFirstPagination
from movies.api.serializers import (
    GenreSerializer,
    MovieDetailSerializer,
    MovieSerializer,
    OwnRatingSerializer,
    StarsSerializer,
)
from movies.models import Movie, Rating
from movies.selectors.movies import genres_all, movies_all
from movies.services.ratings import rating_clear, rating_set


class MovieListApi(ListAPIView):
    """Films, by title, genre and year."""

    permission_classes = [AllowAny]
    serializer_class = MovieSerializer
    pagination_class = MoviePagination
    filter_backends = [DjangoFilterBackend]
    filterset_class = MovieFilter
    queryset = movies_all()


class MovieDetailApi(RetrieveAPIView):
    """All that is known of a film."""

    permission_classes = [AllowAny]
    serializer_class = MovieDetailSerializer
    queryset = movies_all()
    lookup_url_kwarg = "movie_id"


class GenreListApi(ListAPIView):
    """Every genre with its number of films."""

    permission_classes = [AllowAny]
    serializer_class = GenreSerializer
    pagination_class = None
    queryset = genres_all().annotate(n_movies=Count("movies"))


class OwnRatingsApi(GenericAPIView):
    """The ratings of the caller; another person's are not found."""

    serializer_class = OwnRatingSerializer
    queryset = Rating.objects.none()

    @override
    def get_queryset(self) -> QuerySet[Rating]:
        """One query."""
        return Rating.objects.filter(user=_member(self.request))


class RatingListApi(OwnRatingsApi, ListAPIView):
    """One's own ratings, the latest first."""

    pagination_class = NewestFirstPagination

    @extend_schema(responses={200: OwnRatingSerializer, 201: OwnRatingSerializer})
    def post(self, request: Request) -> Response:
        """Rate a film: 201 if it is one's first rating of it, 200 if it replaces an earlier one."""
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        movie = Movie.objects.filter(pk=serializer.validated_data["movie_id"]).first()
        if movie is None:
            raise ValidationError({"movie_id": [_("There is no film with this id.")]})
        is_new = not self.get_queryset().filter(movie=movie).exists()
        rating = rating_set(
            user=_member(request),
            movie=movie,
            half_stars=serializer.validated_data["half_stars"],
        )
        answer = self.get_serializer(rating)
        return Response(answer.data, status.HTTP_201_CREATED if is_new else status.HTTP_200_OK)


class RatingDetailApi(OwnRatingsApi, RetrieveAPIView):
    """One's own rating of a film."""

    lookup_field = "movie_id"

    @extend_schema(request=StarsSerializer, responses=OwnRatingSerializer)
    def put(self, request: Request, movie_id: int) -> Response:
        """Rate the film, instead of an earlier rating if there is one."""
        movie = get_object_or_404(Movie, pk=movie_id)
        serializer = StarsSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        rating = rating_set(
            user=_member(request),
            movie=movie,
            half_stars=serializer.validated_data["half_stars"],
        )
        return Response(self.get_serializer(rating).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, movie_id: int) -> Response:  # noqa: ARG002 # the URL's
        """Take the rating back."""
        rating = self.get_object()
        rating_clear(user=rating.user, movie=rating.movie)
        return Response(status=status.HTTP_204_NO_CONTENT)


def _member(request: Request) -> User:
    """Who is calling; permissions have let no stranger through."""
    if not isinstance(request.user, User):
        raise NotAuthenticated
    return request.user
