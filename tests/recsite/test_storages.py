"""Models and pictures in a storage that is no folder."""

from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import ContentFile
from django.core.files.storage import InMemoryStorage, default_storage, storages
from django.test import Client
from django.urls import reverse

from movies.pictures.urls import Picture
from movies.services.pictures import picture_file
from recommendations.serving.registry import active_model
from recommendations.training.models import ModelRun
from recommendations.training.services.activation import run_activate
from recsite import storages as own
from recsite.operations.backups import backup_write, target_storage
from recsite.storages import azure_options, s3_options, storage_of
from tests.recommendations.conftest import (  # noqa: F401 # fixtures
    _new_process,
    _own_folders,
    fake_stages,
    trained,
    world,
)
from tests.recsite.test_deployment import PRODUCTION, python

KEY = "aabbccddeeff00112233445566778899-342"


class FailingStorage(InMemoryStorage):
    """A store whose library raises errors of its own kind."""

    def open(self, name: str, mode: str = "rb") -> Any:
        """Fail as an object store does that cannot be reached."""
        raise LookupError(name)


@pytest.fixture
def store(settings: Any) -> InMemoryStorage:
    """Everything goes to a store that has no paths, as S3 and Azure Blob have none."""
    settings.STORAGES = settings.STORAGES | {
        "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"}
    }
    found = storages["default"]
    assert isinstance(found, InMemoryStorage)
    return found


@pytest.mark.django_db(transaction=True)
def test_a_model_is_stored_and_served_without_a_shared_folder(
    store: InMemoryStorage,
    world: Any,  # noqa: F811 # the fixture
    trained: Any,  # noqa: F811 # the fixture
    tmp_path: Any,
) -> None:
    run: ModelRun = trained()
    run_activate(run=run, activated_by=None)
    active = active_model()
    assert active is not None
    assert active.version_id == run.pk
    assert default_storage.exists(f"{run.artifact}/model.safetensors")
    assert not (tmp_path / "media").exists()
    backup = backup_write(target_storage(str(tmp_path / "backup")), say=lambda _text: None)
    assert backup.n_files >= 3


@pytest.mark.django_db
def test_a_store_that_fails_leaves_the_site_without_a_model_and_no_error(
    store: InMemoryStorage,
    world: Any,  # noqa: F811 # the fixture
    trained: Any,  # noqa: F811 # the fixture
    settings: Any,
) -> None:
    run_activate(run=trained(), activated_by=None)
    settings.STORAGES = settings.STORAGES | {
        "default": {"BACKEND": f"{__name__}.{FailingStorage.__name__}"}
    }
    assert active_model() is None


@pytest.mark.django_db
def test_a_picture_comes_from_the_store(store: InMemoryStorage, client: Client) -> None:
    width = Picture(KEY).widths[0]
    store.save(picture_file(KEY, width), ContentFile(b"webp"))
    response = client.get(reverse("movies:picture", args=[KEY, width]))
    assert response.getvalue() == b"webp"


def test_no_address_is_a_folder() -> None:
    assert storage_of("") == {"BACKEND": own.FOLDER}


@pytest.mark.parametrize("address", ["ftp://films", "s3://", "films", "azure:///path"])
def test_what_is_no_address_of_a_store_is_refused(address: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="s3://BUCKET/PATH"):
        storage_of(address)


def test_a_store_whose_packages_are_missing_stops_the_process_by_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(own.PACKAGES, "s3", "no_such_package.at_all")
    with pytest.raises(ImproperlyConfigured, match=r"requirements/storages\.txt"):
        storage_of("s3://films/site")
    result = python("import recsite.settings", **PRODUCTION, MARQUEE_STORAGE="ftp://films")
    assert "A storage is s3://BUCKET/PATH" in result.stderr


def test_s3_and_azure_are_asked_for_a_private_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    assert s3_options("films", "site", overwrite=False) == {
        "bucket_name": "films",
        "location": "site",
        "file_overwrite": False,
        "default_acl": None,
    }
    monkeypatch.delenv("AZURE_STORAGE_ACCOUNT", raising=False)
    with pytest.raises(ImproperlyConfigured, match="AZURE_STORAGE_ACCOUNT"):
        azure_options("films", "site", overwrite=False)
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT", "marquee")
    monkeypatch.setenv("AZURE_STORAGE_KEY", "hush")
    found = azure_options("films", "site", overwrite=True)
    assert (found["account_name"], found["account_key"]) == ("marquee", "hush")
    assert found["overwrite_files"] is True


def test_the_settings_that_are_sent_to_django_storages_are_known_to_it() -> None:
    """A misspelt option would be refused only at the first start with a store."""
    import ast
    from importlib.util import find_spec
    from pathlib import Path

    spec = find_spec("storages")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    folder = Path(spec.submodule_search_locations[0]) / "backends"
    for name, sent in (
        ("s3.py", s3_options("b", "", overwrite=False)),
        ("azure_storage.py", {"account_name", "azure_container", "location", "overwrite_files"}),
    ):
        source = ast.parse((folder / name).read_text())
        words = {node.value for node in ast.walk(source) if isinstance(node, ast.Constant)}
        assert set(sent) <= words
