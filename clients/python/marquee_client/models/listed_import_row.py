from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.blank_enum import BlankEnum, check_blank_enum
from ..models.confidence_enum import ConfidenceEnum, check_confidence_enum
from ..models.outcome_enum import OutcomeEnum, check_outcome_enum
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.candidate import Candidate
    from ..models.movie_brief import MovieBrief


T = TypeVar("T", bound="ListedImportRow")


@_attrs_define
class ListedImportRow:
    """One row of an import, with its film or the films to choose from if that is asked for."""

    id: int
    """ Number of this object on this site. """
    file: str
    """ The file that the row stands in. """
    line_number: int
    """ Its line in the file. """
    kind: str
    """ Which of the listed kinds it has. """
    title: str
    """ Title of the film. """
    year: int | None
    """ Year of the first release; null if unknown. """
    imdb_id: str
    """ Id at IMDb, as the file says; empty: it does not. """
    tmdb_id: int | None
    """ Id at TMDB, as the file says; null: it does not. """
    stars: float | None
    """ From half a star to five stars, in halves. """
    happened_at: datetime.datetime | None
    """ When it happened, as the file says; null: it does not. """
    confidence: BlankEnum | ConfidenceEnum
    """ How sure the match is. """
    movie_id: int | None
    """ Number of the film on this site. """
    candidates: list[int]
    """ Ids of the films that could be meant; accept with one of them in `films`. """
    outcome: BlankEnum | OutcomeEnum
    """ What became of the row. """
    note: str
    """ What else the file says of it. """
    movie: MovieBrief | None | Unset = UNSET
    """ The film; only with expand=movie. """
    films: list[Candidate] | Unset = UNSET
    """ The candidates; only with expand=movie. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.movie_brief import MovieBrief  # noqa: PLC0415

        id = self.id

        file = self.file

        line_number = self.line_number

        kind = self.kind

        title = self.title

        year: int | None
        year = self.year

        imdb_id = self.imdb_id

        tmdb_id: int | None
        tmdb_id = self.tmdb_id

        stars: float | None
        stars = self.stars

        happened_at: None | str
        if isinstance(self.happened_at, datetime.datetime):
            happened_at = self.happened_at.isoformat()
        else:
            happened_at = self.happened_at

        confidence: str
        if isinstance(self.confidence, str):
            confidence = self.confidence
        else:
            confidence = self.confidence

        movie_id: int | None
        movie_id = self.movie_id

        candidates = self.candidates

        outcome: str
        if isinstance(self.outcome, str):
            outcome = self.outcome
        else:
            outcome = self.outcome

        note = self.note

        movie: dict[str, Any] | None | Unset
        if isinstance(self.movie, Unset):
            movie = UNSET
        elif isinstance(self.movie, MovieBrief):
            movie = self.movie.to_dict()
        else:
            movie = self.movie

        films: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.films, Unset):
            films = []
            for films_item_data in self.films:
                films_item = films_item_data.to_dict()
                films.append(films_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "file": file,
                "line_number": line_number,
                "kind": kind,
                "title": title,
                "year": year,
                "imdb_id": imdb_id,
                "tmdb_id": tmdb_id,
                "stars": stars,
                "happened_at": happened_at,
                "confidence": confidence,
                "movie_id": movie_id,
                "candidates": candidates,
                "outcome": outcome,
                "note": note,
            }
        )
        if movie is not UNSET:
            field_dict["movie"] = movie
        if films is not UNSET:
            field_dict["films"] = films

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.candidate import Candidate  # noqa: PLC0415
        from ..models.movie_brief import MovieBrief  # noqa: PLC0415

        d = dict(src_dict)
        id = d.pop("id")

        file = d.pop("file")

        line_number = d.pop("line_number")

        kind = d.pop("kind")

        title = d.pop("title")

        def _parse_year(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        year = _parse_year(d.pop("year"))

        imdb_id = d.pop("imdb_id")

        def _parse_tmdb_id(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        tmdb_id = _parse_tmdb_id(d.pop("tmdb_id"))

        def _parse_stars(data: object) -> float | None:
            if data is None:
                return data
            return cast(float | None, data)

        stars = _parse_stars(d.pop("stars"))

        def _parse_happened_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                happened_at_type_0 = datetime.datetime.fromisoformat(data)

                return happened_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        happened_at = _parse_happened_at(d.pop("happened_at"))

        def _parse_confidence(data: object) -> BlankEnum | ConfidenceEnum:
            try:
                if not isinstance(data, str):
                    raise TypeError()
                confidence_type_0 = check_confidence_enum(data)

                return confidence_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            if not isinstance(data, str):
                raise TypeError()
            confidence_type_1 = check_blank_enum(data)

            return confidence_type_1

        confidence = _parse_confidence(d.pop("confidence"))

        def _parse_movie_id(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        movie_id = _parse_movie_id(d.pop("movie_id"))

        candidates = cast(list[int], d.pop("candidates"))

        def _parse_outcome(data: object) -> BlankEnum | OutcomeEnum:
            try:
                if not isinstance(data, str):
                    raise TypeError()
                outcome_type_0 = check_outcome_enum(data)

                return outcome_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            if not isinstance(data, str):
                raise TypeError()
            outcome_type_1 = check_blank_enum(data)

            return outcome_type_1

        outcome = _parse_outcome(d.pop("outcome"))

        note = d.pop("note")

        def _parse_movie(data: object) -> MovieBrief | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                movie_type_0 = MovieBrief.from_dict(data)

                return movie_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(MovieBrief | None | Unset, data)

        movie = _parse_movie(d.pop("movie", UNSET))

        _films = d.pop("films", UNSET)
        films: list[Candidate] | Unset = UNSET
        if _films is not UNSET:
            films = []
            for films_item_data in _films:
                films_item = Candidate.from_dict(films_item_data)

                films.append(films_item)

        listed_import_row = cls(
            id=id,
            file=file,
            line_number=line_number,
            kind=kind,
            title=title,
            year=year,
            imdb_id=imdb_id,
            tmdb_id=tmdb_id,
            stars=stars,
            happened_at=happened_at,
            confidence=confidence,
            movie_id=movie_id,
            candidates=candidates,
            outcome=outcome,
            note=note,
            movie=movie,
            films=films,
        )

        listed_import_row.additional_properties = d
        return listed_import_row

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
