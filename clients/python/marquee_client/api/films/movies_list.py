from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.movies_list_order import MoviesListOrder
from ...models.paginated_movie_list import PaginatedMovieList
from ...models.problem import Problem
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    country: list[str] | Unset = UNSET,
    cursor: str | Unset = UNSET,
    exclude_genre: str | Unset = UNSET,
    exclude_genres: list[str] | Unset = UNSET,
    genre: str | Unset = UNSET,
    genres: list[str] | Unset = UNSET,
    ids: list[int] | Unset = UNSET,
    imdb_id: list[str] | Unset = UNSET,
    language: list[str] | Unset = UNSET,
    movielens_id: list[int] | Unset = UNSET,
    order: MoviesListOrder | Unset = UNSET,
    page_size: int | Unset = 50,
    person: list[str] | Unset = UNSET,
    ratings_min: int | Unset = UNSET,
    runtime_max: int | Unset = UNSET,
    runtime_min: int | Unset = UNSET,
    search: str | Unset = UNSET,
    tmdb_id: list[int] | Unset = UNSET,
    total: bool | Unset = False,
    year_max: int | Unset = UNSET,
    year_min: int | Unset = UNSET,
    if_match: str | Unset = UNSET,
    if_none_match: str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(if_match, Unset):
        headers["If-Match"] = if_match

    if not isinstance(if_none_match, Unset):
        headers["If-None-Match"] = if_none_match

    params: dict[str, Any] = {}

    json_country: list[str] | Unset = UNSET
    if not isinstance(country, Unset):
        json_country = country

    params["country"] = json_country

    params["cursor"] = cursor

    params["exclude_genre"] = exclude_genre

    json_exclude_genres: list[str] | Unset = UNSET
    if not isinstance(exclude_genres, Unset):
        json_exclude_genres = exclude_genres

    params["exclude_genres"] = json_exclude_genres

    params["genre"] = genre

    json_genres: list[str] | Unset = UNSET
    if not isinstance(genres, Unset):
        json_genres = genres

    params["genres"] = json_genres

    json_ids: list[int] | Unset = UNSET
    if not isinstance(ids, Unset):
        json_ids = ids

    params["ids"] = json_ids

    json_imdb_id: list[str] | Unset = UNSET
    if not isinstance(imdb_id, Unset):
        json_imdb_id = imdb_id

    params["imdb_id"] = json_imdb_id

    json_language: list[str] | Unset = UNSET
    if not isinstance(language, Unset):
        json_language = language

    params["language"] = json_language

    json_movielens_id: list[int] | Unset = UNSET
    if not isinstance(movielens_id, Unset):
        json_movielens_id = movielens_id

    params["movielens_id"] = json_movielens_id

    json_order: str | Unset = UNSET
    if not isinstance(order, Unset):
        json_order = order

    params["order"] = json_order

    params["page_size"] = page_size

    json_person: list[str] | Unset = UNSET
    if not isinstance(person, Unset):
        json_person = person

    params["person"] = json_person

    params["ratings_min"] = ratings_min

    params["runtime_max"] = runtime_max

    params["runtime_min"] = runtime_min

    params["search"] = search

    json_tmdb_id: list[int] | Unset = UNSET
    if not isinstance(tmdb_id, Unset):
        json_tmdb_id = tmdb_id

    params["tmdb_id"] = json_tmdb_id

    params["total"] = total

    params["year_max"] = year_max

    params["year_min"] = year_min

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/api/v1/movies/",
        "params": params,
    }

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> PaginatedMovieList | Problem | None:
    if response.status_code == 200 and errors.has_type(response, "application/json"):
        response_200 = PaginatedMovieList.from_dict(response.json())

        return response_200

    if errors.has_type(response, "application/problem+json"):
        response_default = Problem.from_dict(response.json())

        return response_default

    if client.raise_on_unexpected_status and response.status_code != HTTPStatus.NOT_MODIFIED:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[PaginatedMovieList | Problem]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient | Client,
    country: list[str] | Unset = UNSET,
    cursor: str | Unset = UNSET,
    exclude_genre: str | Unset = UNSET,
    exclude_genres: list[str] | Unset = UNSET,
    genre: str | Unset = UNSET,
    genres: list[str] | Unset = UNSET,
    ids: list[int] | Unset = UNSET,
    imdb_id: list[str] | Unset = UNSET,
    language: list[str] | Unset = UNSET,
    movielens_id: list[int] | Unset = UNSET,
    order: MoviesListOrder | Unset = UNSET,
    page_size: int | Unset = 50,
    person: list[str] | Unset = UNSET,
    ratings_min: int | Unset = UNSET,
    runtime_max: int | Unset = UNSET,
    runtime_min: int | Unset = UNSET,
    search: str | Unset = UNSET,
    tmdb_id: list[int] | Unset = UNSET,
    total: bool | Unset = False,
    year_max: int | Unset = UNSET,
    year_min: int | Unset = UNSET,
    if_match: str | Unset = UNSET,
    if_none_match: str | Unset = UNSET,
) -> Response[PaginatedMovieList | Problem]:
    """Films

     List films, page by page.

    Args:
        country (list[str] | Unset):
        cursor (str | Unset):
        exclude_genre (str | Unset):
        exclude_genres (list[str] | Unset):
        genre (str | Unset):
        genres (list[str] | Unset):
        ids (list[int] | Unset):
        imdb_id (list[str] | Unset):
        language (list[str] | Unset):
        movielens_id (list[int] | Unset):
        order (MoviesListOrder | Unset):
        page_size (int | Unset):  Default: 50.
        person (list[str] | Unset):
        ratings_min (int | Unset):
        runtime_max (int | Unset):
        runtime_min (int | Unset):
        search (str | Unset):
        tmdb_id (list[int] | Unset):
        total (bool | Unset):  Default: False.
        year_max (int | Unset):
        year_min (int | Unset):
        if_match (str | Unset):
        if_none_match (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[PaginatedMovieList | Problem]
    """

    kwargs = _get_kwargs(
        country=country,
        cursor=cursor,
        exclude_genre=exclude_genre,
        exclude_genres=exclude_genres,
        genre=genre,
        genres=genres,
        ids=ids,
        imdb_id=imdb_id,
        language=language,
        movielens_id=movielens_id,
        order=order,
        page_size=page_size,
        person=person,
        ratings_min=ratings_min,
        runtime_max=runtime_max,
        runtime_min=runtime_min,
        search=search,
        tmdb_id=tmdb_id,
        total=total,
        year_max=year_max,
        year_min=year_min,
        if_match=if_match,
        if_none_match=if_none_match,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient | Client,
    country: list[str] | Unset = UNSET,
    cursor: str | Unset = UNSET,
    exclude_genre: str | Unset = UNSET,
    exclude_genres: list[str] | Unset = UNSET,
    genre: str | Unset = UNSET,
    genres: list[str] | Unset = UNSET,
    ids: list[int] | Unset = UNSET,
    imdb_id: list[str] | Unset = UNSET,
    language: list[str] | Unset = UNSET,
    movielens_id: list[int] | Unset = UNSET,
    order: MoviesListOrder | Unset = UNSET,
    page_size: int | Unset = 50,
    person: list[str] | Unset = UNSET,
    ratings_min: int | Unset = UNSET,
    runtime_max: int | Unset = UNSET,
    runtime_min: int | Unset = UNSET,
    search: str | Unset = UNSET,
    tmdb_id: list[int] | Unset = UNSET,
    total: bool | Unset = False,
    year_max: int | Unset = UNSET,
    year_min: int | Unset = UNSET,
    if_match: str | Unset = UNSET,
    if_none_match: str | Unset = UNSET,
) -> PaginatedMovieList | Problem | None:
    """Films

     List films, page by page.

    Args:
        country (list[str] | Unset):
        cursor (str | Unset):
        exclude_genre (str | Unset):
        exclude_genres (list[str] | Unset):
        genre (str | Unset):
        genres (list[str] | Unset):
        ids (list[int] | Unset):
        imdb_id (list[str] | Unset):
        language (list[str] | Unset):
        movielens_id (list[int] | Unset):
        order (MoviesListOrder | Unset):
        page_size (int | Unset):  Default: 50.
        person (list[str] | Unset):
        ratings_min (int | Unset):
        runtime_max (int | Unset):
        runtime_min (int | Unset):
        search (str | Unset):
        tmdb_id (list[int] | Unset):
        total (bool | Unset):  Default: False.
        year_max (int | Unset):
        year_min (int | Unset):
        if_match (str | Unset):
        if_none_match (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        PaginatedMovieList | Problem
    """

    return sync_detailed(
        client=client,
        country=country,
        cursor=cursor,
        exclude_genre=exclude_genre,
        exclude_genres=exclude_genres,
        genre=genre,
        genres=genres,
        ids=ids,
        imdb_id=imdb_id,
        language=language,
        movielens_id=movielens_id,
        order=order,
        page_size=page_size,
        person=person,
        ratings_min=ratings_min,
        runtime_max=runtime_max,
        runtime_min=runtime_min,
        search=search,
        tmdb_id=tmdb_id,
        total=total,
        year_max=year_max,
        year_min=year_min,
        if_match=if_match,
        if_none_match=if_none_match,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    country: list[str] | Unset = UNSET,
    cursor: str | Unset = UNSET,
    exclude_genre: str | Unset = UNSET,
    exclude_genres: list[str] | Unset = UNSET,
    genre: str | Unset = UNSET,
    genres: list[str] | Unset = UNSET,
    ids: list[int] | Unset = UNSET,
    imdb_id: list[str] | Unset = UNSET,
    language: list[str] | Unset = UNSET,
    movielens_id: list[int] | Unset = UNSET,
    order: MoviesListOrder | Unset = UNSET,
    page_size: int | Unset = 50,
    person: list[str] | Unset = UNSET,
    ratings_min: int | Unset = UNSET,
    runtime_max: int | Unset = UNSET,
    runtime_min: int | Unset = UNSET,
    search: str | Unset = UNSET,
    tmdb_id: list[int] | Unset = UNSET,
    total: bool | Unset = False,
    year_max: int | Unset = UNSET,
    year_min: int | Unset = UNSET,
    if_match: str | Unset = UNSET,
    if_none_match: str | Unset = UNSET,
) -> Response[PaginatedMovieList | Problem]:
    """Films

     List films, page by page.

    Args:
        country (list[str] | Unset):
        cursor (str | Unset):
        exclude_genre (str | Unset):
        exclude_genres (list[str] | Unset):
        genre (str | Unset):
        genres (list[str] | Unset):
        ids (list[int] | Unset):
        imdb_id (list[str] | Unset):
        language (list[str] | Unset):
        movielens_id (list[int] | Unset):
        order (MoviesListOrder | Unset):
        page_size (int | Unset):  Default: 50.
        person (list[str] | Unset):
        ratings_min (int | Unset):
        runtime_max (int | Unset):
        runtime_min (int | Unset):
        search (str | Unset):
        tmdb_id (list[int] | Unset):
        total (bool | Unset):  Default: False.
        year_max (int | Unset):
        year_min (int | Unset):
        if_match (str | Unset):
        if_none_match (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[PaginatedMovieList | Problem]
    """

    kwargs = _get_kwargs(
        country=country,
        cursor=cursor,
        exclude_genre=exclude_genre,
        exclude_genres=exclude_genres,
        genre=genre,
        genres=genres,
        ids=ids,
        imdb_id=imdb_id,
        language=language,
        movielens_id=movielens_id,
        order=order,
        page_size=page_size,
        person=person,
        ratings_min=ratings_min,
        runtime_max=runtime_max,
        runtime_min=runtime_min,
        search=search,
        tmdb_id=tmdb_id,
        total=total,
        year_max=year_max,
        year_min=year_min,
        if_match=if_match,
        if_none_match=if_none_match,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    country: list[str] | Unset = UNSET,
    cursor: str | Unset = UNSET,
    exclude_genre: str | Unset = UNSET,
    exclude_genres: list[str] | Unset = UNSET,
    genre: str | Unset = UNSET,
    genres: list[str] | Unset = UNSET,
    ids: list[int] | Unset = UNSET,
    imdb_id: list[str] | Unset = UNSET,
    language: list[str] | Unset = UNSET,
    movielens_id: list[int] | Unset = UNSET,
    order: MoviesListOrder | Unset = UNSET,
    page_size: int | Unset = 50,
    person: list[str] | Unset = UNSET,
    ratings_min: int | Unset = UNSET,
    runtime_max: int | Unset = UNSET,
    runtime_min: int | Unset = UNSET,
    search: str | Unset = UNSET,
    tmdb_id: list[int] | Unset = UNSET,
    total: bool | Unset = False,
    year_max: int | Unset = UNSET,
    year_min: int | Unset = UNSET,
    if_match: str | Unset = UNSET,
    if_none_match: str | Unset = UNSET,
) -> PaginatedMovieList | Problem | None:
    """Films

     List films, page by page.

    Args:
        country (list[str] | Unset):
        cursor (str | Unset):
        exclude_genre (str | Unset):
        exclude_genres (list[str] | Unset):
        genre (str | Unset):
        genres (list[str] | Unset):
        ids (list[int] | Unset):
        imdb_id (list[str] | Unset):
        language (list[str] | Unset):
        movielens_id (list[int] | Unset):
        order (MoviesListOrder | Unset):
        page_size (int | Unset):  Default: 50.
        person (list[str] | Unset):
        ratings_min (int | Unset):
        runtime_max (int | Unset):
        runtime_min (int | Unset):
        search (str | Unset):
        tmdb_id (list[int] | Unset):
        total (bool | Unset):  Default: False.
        year_max (int | Unset):
        year_min (int | Unset):
        if_match (str | Unset):
        if_none_match (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        PaginatedMovieList | Problem
    """

    return (
        await asyncio_detailed(
            client=client,
            country=country,
            cursor=cursor,
            exclude_genre=exclude_genre,
            exclude_genres=exclude_genres,
            genre=genre,
            genres=genres,
            ids=ids,
            imdb_id=imdb_id,
            language=language,
            movielens_id=movielens_id,
            order=order,
            page_size=page_size,
            person=person,
            ratings_min=ratings_min,
            runtime_max=runtime_max,
            runtime_min=runtime_min,
            search=search,
            tmdb_id=tmdb_id,
            total=total,
            year_max=year_max,
            year_min=year_min,
            if_match=if_match,
            if_none_match=if_none_match,
        )
    ).parsed
