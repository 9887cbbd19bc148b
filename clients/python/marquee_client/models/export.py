from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.export_api_tokens_item import ExportApiTokensItem
    from ..models.export_connected_apps_item import ExportConnectedAppsItem
    from ..models.export_genre_affinities_item import ExportGenreAffinitiesItem
    from ..models.export_import_rows_item import ExportImportRowsItem
    from ..models.export_imports_item import ExportImportsItem
    from ..models.export_impressions_item import ExportImpressionsItem
    from ..models.export_lists_item import ExportListsItem
    from ..models.export_ratings_item import ExportRatingsItem
    from ..models.export_vectors_item import ExportVectorsItem
    from ..models.export_webhooks_item import ExportWebhooksItem
    from ..models.profile import Profile


T = TypeVar("T", bound="Export")


@_attrs_define
class Export:
    """Everything the site keeps about a person; each part of the site adds its section."""

    exported_at: datetime.datetime
    """ When this export was made. """
    profile: Profile
    """ The caller's own account. """
    ratings: list[ExportRatingsItem]
    """ Ratings of films, one object for each film. """
    lists: list[ExportListsItem]
    """ Films on your lists. """
    genre_affinities: list[ExportGenreAffinitiesItem]
    """ Your nearness to each genre, as computed with the model. """
    impressions: list[ExportImpressionsItem]
    """ Lists that were shown to you, and what you did with their films. """
    api_tokens: list[ExportApiTokensItem]
    """ Your tokens, without their secrets. """
    connected_apps: list[ExportConnectedAppsItem]
    """ Programs that you let in by OAuth 2.0. """
    imports: list[ExportImportsItem]
    """ Imports of your own ratings. """
    import_rows: list[ExportImportRowsItem]
    """ Rows of these imports, and what became of them. """
    vectors: list[ExportVectorsItem]
    """ Your place in the models, as numbers. """
    webhooks: list[ExportWebhooksItem]
    """ Your webhooks, without their secrets. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        exported_at = self.exported_at.isoformat()

        profile = self.profile.to_dict()

        ratings = []
        for ratings_item_data in self.ratings:
            ratings_item = ratings_item_data.to_dict()
            ratings.append(ratings_item)

        lists = []
        for lists_item_data in self.lists:
            lists_item = lists_item_data.to_dict()
            lists.append(lists_item)

        genre_affinities = []
        for genre_affinities_item_data in self.genre_affinities:
            genre_affinities_item = genre_affinities_item_data.to_dict()
            genre_affinities.append(genre_affinities_item)

        impressions = []
        for impressions_item_data in self.impressions:
            impressions_item = impressions_item_data.to_dict()
            impressions.append(impressions_item)

        api_tokens = []
        for api_tokens_item_data in self.api_tokens:
            api_tokens_item = api_tokens_item_data.to_dict()
            api_tokens.append(api_tokens_item)

        connected_apps = []
        for connected_apps_item_data in self.connected_apps:
            connected_apps_item = connected_apps_item_data.to_dict()
            connected_apps.append(connected_apps_item)

        imports = []
        for imports_item_data in self.imports:
            imports_item = imports_item_data.to_dict()
            imports.append(imports_item)

        import_rows = []
        for import_rows_item_data in self.import_rows:
            import_rows_item = import_rows_item_data.to_dict()
            import_rows.append(import_rows_item)

        vectors = []
        for vectors_item_data in self.vectors:
            vectors_item = vectors_item_data.to_dict()
            vectors.append(vectors_item)

        webhooks = []
        for webhooks_item_data in self.webhooks:
            webhooks_item = webhooks_item_data.to_dict()
            webhooks.append(webhooks_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "exported_at": exported_at,
                "profile": profile,
                "ratings": ratings,
                "lists": lists,
                "genre_affinities": genre_affinities,
                "impressions": impressions,
                "api_tokens": api_tokens,
                "connected_apps": connected_apps,
                "imports": imports,
                "import_rows": import_rows,
                "vectors": vectors,
                "webhooks": webhooks,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.export_api_tokens_item import ExportApiTokensItem  # noqa: PLC0415
        from ..models.export_connected_apps_item import ExportConnectedAppsItem  # noqa: PLC0415
        from ..models.export_genre_affinities_item import ExportGenreAffinitiesItem  # noqa: PLC0415
        from ..models.export_import_rows_item import ExportImportRowsItem  # noqa: PLC0415
        from ..models.export_imports_item import ExportImportsItem  # noqa: PLC0415
        from ..models.export_impressions_item import ExportImpressionsItem  # noqa: PLC0415
        from ..models.export_lists_item import ExportListsItem  # noqa: PLC0415
        from ..models.export_ratings_item import ExportRatingsItem  # noqa: PLC0415
        from ..models.export_vectors_item import ExportVectorsItem  # noqa: PLC0415
        from ..models.export_webhooks_item import ExportWebhooksItem  # noqa: PLC0415
        from ..models.profile import Profile  # noqa: PLC0415

        d = dict(src_dict)
        exported_at = datetime.datetime.fromisoformat(d.pop("exported_at"))

        profile = Profile.from_dict(d.pop("profile"))

        ratings = []
        _ratings = d.pop("ratings")
        for ratings_item_data in _ratings:
            ratings_item = ExportRatingsItem.from_dict(ratings_item_data)

            ratings.append(ratings_item)

        lists = []
        _lists = d.pop("lists")
        for lists_item_data in _lists:
            lists_item = ExportListsItem.from_dict(lists_item_data)

            lists.append(lists_item)

        genre_affinities = []
        _genre_affinities = d.pop("genre_affinities")
        for genre_affinities_item_data in _genre_affinities:
            genre_affinities_item = ExportGenreAffinitiesItem.from_dict(genre_affinities_item_data)

            genre_affinities.append(genre_affinities_item)

        impressions = []
        _impressions = d.pop("impressions")
        for impressions_item_data in _impressions:
            impressions_item = ExportImpressionsItem.from_dict(impressions_item_data)

            impressions.append(impressions_item)

        api_tokens = []
        _api_tokens = d.pop("api_tokens")
        for api_tokens_item_data in _api_tokens:
            api_tokens_item = ExportApiTokensItem.from_dict(api_tokens_item_data)

            api_tokens.append(api_tokens_item)

        connected_apps = []
        _connected_apps = d.pop("connected_apps")
        for connected_apps_item_data in _connected_apps:
            connected_apps_item = ExportConnectedAppsItem.from_dict(connected_apps_item_data)

            connected_apps.append(connected_apps_item)

        imports = []
        _imports = d.pop("imports")
        for imports_item_data in _imports:
            imports_item = ExportImportsItem.from_dict(imports_item_data)

            imports.append(imports_item)

        import_rows = []
        _import_rows = d.pop("import_rows")
        for import_rows_item_data in _import_rows:
            import_rows_item = ExportImportRowsItem.from_dict(import_rows_item_data)

            import_rows.append(import_rows_item)

        vectors = []
        _vectors = d.pop("vectors")
        for vectors_item_data in _vectors:
            vectors_item = ExportVectorsItem.from_dict(vectors_item_data)

            vectors.append(vectors_item)

        webhooks = []
        _webhooks = d.pop("webhooks")
        for webhooks_item_data in _webhooks:
            webhooks_item = ExportWebhooksItem.from_dict(webhooks_item_data)

            webhooks.append(webhooks_item)

        export = cls(
            exported_at=exported_at,
            profile=profile,
            ratings=ratings,
            lists=lists,
            genre_affinities=genre_affinities,
            impressions=impressions,
            api_tokens=api_tokens,
            connected_apps=connected_apps,
            imports=imports,
            import_rows=import_rows,
            vectors=vectors,
            webhooks=webhooks,
        )

        export.additional_properties = d
        return export

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
