"""Contains all the data models used in inputs/outputs"""

from .account_delete_request import AccountDeleteRequest
from .because import Because
from .because_kind_enum import BecauseKindEnum
from .blank_enum import BlankEnum
from .bulk_delete_request import BulkDeleteRequest
from .bulk_list_request import BulkListRequest
from .bulk_ratings_request import BulkRatingsRequest
from .bulk_result import BulkResult
from .bulk_results import BulkResults
from .candidate import Candidate
from .chosen_film_request import ChosenFilmRequest
from .confidence_enum import ConfidenceEnum
from .conflicts_enum import ConflictsEnum
from .credit import Credit
from .current_token import CurrentToken
from .date_order_enum import DateOrderEnum
from .delivery_status_enum import DeliveryStatusEnum
from .encoding_enum import EncodingEnum
from .expand_enum import ExpandEnum
from .export import Export
from .export_api_tokens_item import ExportApiTokensItem
from .export_connected_apps_item import ExportConnectedAppsItem
from .export_genre_affinities_item import ExportGenreAffinitiesItem
from .export_import_rows_item import ExportImportRowsItem
from .export_imports_item import ExportImportsItem
from .export_impressions_item import ExportImpressionsItem
from .export_lists_item import ExportListsItem
from .export_ratings_item import ExportRatingsItem
from .export_vectors_item import ExportVectorsItem
from .export_webhooks_item import ExportWebhooksItem
from .genre import Genre
from .genre_similarity import GenreSimilarity
from .genre_similarity_row import GenreSimilarityRow
from .genre_taste import GenreTaste
from .index import Index
from .index_entry_points import IndexEntryPoints
from .list_entry import ListEntry
from .list_kind_enum import ListKindEnum
from .listed_import_row import ListedImportRow
from .listed_rating import ListedRating
from .lists_add_kind import ListsAddKind
from .lists_bulk_kind import ListsBulkKind
from .lists_list_kind import ListsListKind
from .lists_remove_kind import ListsRemoveKind
from .lists_retrieve_kind import ListsRetrieveKind
from .me_imports_rows_expand_item import MeImportsRowsExpandItem
from .meant_movies import MeantMovies
from .member_event_enum import MemberEventEnum
from .movie import Movie
from .movie_brief import MovieBrief
from .movie_detail import MovieDetail
from .movies_list_order import MoviesListOrder
from .my_webhook import MyWebhook
from .my_webhook_delivery import MyWebhookDelivery
from .my_webhook_with_secret import MyWebhookWithSecret
from .new_my_webhook_request import NewMyWebhookRequest
from .new_rating_request import NewRatingRequest
from .new_token_request import NewTokenRequest
from .outcome_enum import OutcomeEnum
from .own_rating import OwnRating
from .paginated_list_entry_list import PaginatedListEntryList
from .paginated_listed_import_row_list import PaginatedListedImportRowList
from .paginated_listed_rating_list import PaginatedListedRatingList
from .paginated_movie_list import PaginatedMovieList
from .paginated_my_webhook_delivery_list import PaginatedMyWebhookDeliveryList
from .paginated_my_webhook_list import PaginatedMyWebhookList
from .paginated_personal_import_list import PaginatedPersonalImportList
from .paginated_token_list import PaginatedTokenList
from .patched_my_webhook_change_request import PatchedMyWebhookChangeRequest
from .patched_rating_change_request import PatchedRatingChangeRequest
from .personal_import import PersonalImport
from .personal_import_accept_request import PersonalImportAcceptRequest
from .personal_import_answers_kind_enum import PersonalImportAnswersKindEnum
from .personal_import_answers_request import PersonalImportAnswersRequest
from .personal_import_answers_request_columns import PersonalImportAnswersRequestColumns
from .personal_import_answers_request_types import PersonalImportAnswersRequestTypes
from .personal_import_answers_request_types_additional_property import (
    PersonalImportAnswersRequestTypesAdditionalProperty,
)
from .personal_import_counts import PersonalImportCounts
from .personal_import_file_request import PersonalImportFileRequest
from .personal_import_questions import PersonalImportQuestions
from .personal_import_status_enum import PersonalImportStatusEnum
from .problem import Problem
from .problem_error import ProblemError
from .profile import Profile
from .profile_email_addresses_item import ProfileEmailAddressesItem
from .rating_input_request import RatingInputRequest
from .ratings_list_expand_item import RatingsListExpandItem
from .reason import Reason
from .recommendation_list import RecommendationList
from .recommendation_request import RecommendationRequest
from .recommendations_retrieve_expand_item import RecommendationsRetrieveExpandItem
from .recommended_movie import RecommendedMovie
from .role_enum import RoleEnum
from .scale_enum import ScaleEnum
from .scope_enum import ScopeEnum
from .similar_list import SimilarList
from .similar_movie import SimilarMovie
from .stars_request import StarsRequest
from .taste import Taste
from .token import Token
from .token_kind_enum import TokenKindEnum
from .token_with_secret import TokenWithSecret

__all__ = (
    "AccountDeleteRequest",
    "Because",
    "BecauseKindEnum",
    "BlankEnum",
    "BulkDeleteRequest",
    "BulkListRequest",
    "BulkRatingsRequest",
    "BulkResult",
    "BulkResults",
    "Candidate",
    "ChosenFilmRequest",
    "ConfidenceEnum",
    "ConflictsEnum",
    "Credit",
    "CurrentToken",
    "DateOrderEnum",
    "DeliveryStatusEnum",
    "EncodingEnum",
    "ExpandEnum",
    "Export",
    "ExportApiTokensItem",
    "ExportConnectedAppsItem",
    "ExportGenreAffinitiesItem",
    "ExportImportRowsItem",
    "ExportImportsItem",
    "ExportImpressionsItem",
    "ExportListsItem",
    "ExportRatingsItem",
    "ExportVectorsItem",
    "ExportWebhooksItem",
    "Genre",
    "GenreSimilarity",
    "GenreSimilarityRow",
    "GenreTaste",
    "Index",
    "IndexEntryPoints",
    "ListedImportRow",
    "ListedRating",
    "ListEntry",
    "ListKindEnum",
    "ListsAddKind",
    "ListsBulkKind",
    "ListsListKind",
    "ListsRemoveKind",
    "ListsRetrieveKind",
    "MeantMovies",
    "MeImportsRowsExpandItem",
    "MemberEventEnum",
    "Movie",
    "MovieBrief",
    "MovieDetail",
    "MoviesListOrder",
    "MyWebhook",
    "MyWebhookDelivery",
    "MyWebhookWithSecret",
    "NewMyWebhookRequest",
    "NewRatingRequest",
    "NewTokenRequest",
    "OutcomeEnum",
    "OwnRating",
    "PaginatedListedImportRowList",
    "PaginatedListedRatingList",
    "PaginatedListEntryList",
    "PaginatedMovieList",
    "PaginatedMyWebhookDeliveryList",
    "PaginatedMyWebhookList",
    "PaginatedPersonalImportList",
    "PaginatedTokenList",
    "PatchedMyWebhookChangeRequest",
    "PatchedRatingChangeRequest",
    "PersonalImport",
    "PersonalImportAcceptRequest",
    "PersonalImportAnswersKindEnum",
    "PersonalImportAnswersRequest",
    "PersonalImportAnswersRequestColumns",
    "PersonalImportAnswersRequestTypes",
    "PersonalImportAnswersRequestTypesAdditionalProperty",
    "PersonalImportCounts",
    "PersonalImportFileRequest",
    "PersonalImportQuestions",
    "PersonalImportStatusEnum",
    "Problem",
    "ProblemError",
    "Profile",
    "ProfileEmailAddressesItem",
    "RatingInputRequest",
    "RatingsListExpandItem",
    "Reason",
    "RecommendationList",
    "RecommendationRequest",
    "RecommendationsRetrieveExpandItem",
    "RecommendedMovie",
    "RoleEnum",
    "ScaleEnum",
    "ScopeEnum",
    "SimilarList",
    "SimilarMovie",
    "StarsRequest",
    "Taste",
    "Token",
    "TokenKindEnum",
    "TokenWithSecret",
)
