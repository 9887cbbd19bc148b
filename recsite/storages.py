"""The storage of models, uploads and backups, by its address."""

import os
from importlib.util import find_spec
from typing import Any, Final
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

FOLDER: Final = "django.core.files.storage.FileSystemStorage"
HINT: Final = "A storage is s3://BUCKET/PATH or azure://CONTAINER/PATH; this is not: {address}"
PACKAGES: Final = {"s3": "boto3", "azure": "azure.storage.blob"}


def storage_of(address: str, *, overwrite: bool = False) -> dict[str, Any]:
    """Return the entry of Django's ``STORAGES`` for an address; an empty one is ``MEDIA_ROOT``.

    S3 takes what boto3 takes from the environment: ``AWS_ACCESS_KEY_ID``, ``AWS_ENDPOINT_URL`` and
    the like, or the machine's role. Azure takes ``AZURE_STORAGE_ACCOUNT`` with either
    ``AZURE_STORAGE_KEY`` or the identity that azure-identity finds.

    Raises
    ------
    ImproperlyConfigured
        The scheme is unknown, no bucket or account is named, or packages are not installed.

    """
    if not address:
        return {"BACKEND": FOLDER}
    parts = urlsplit(address)
    if parts.scheme not in PACKAGES or not parts.netloc:
        raise ImproperlyConfigured(HINT.format(address=address))
    if not _is_installed(PACKAGES[parts.scheme]):
        raise ImproperlyConfigured(
            f"{parts.scheme}:// needs more packages: pip install -r requirements/storages.txt"
        )
    path = parts.path.strip("/")
    if parts.scheme == "s3":
        return {
            "BACKEND": "storages.backends.s3.S3Storage",
            "OPTIONS": s3_options(parts.netloc, path, overwrite=overwrite),
        }
    return {
        "BACKEND": "storages.backends.azure_storage.AzureStorage",
        "OPTIONS": azure_options(parts.netloc, path, overwrite=overwrite),
    }


def s3_options(bucket: str, path: str, *, overwrite: bool) -> dict[str, Any]:
    """Return the options of an S3 bucket that this site alone reads."""
    return {
        "bucket_name": bucket,
        "location": path,
        "file_overwrite": overwrite,
        "default_acl": None,
    }


def azure_options(container: str, path: str, *, overwrite: bool) -> dict[str, Any]:
    """Return the options of a container of Azure Blob Storage.

    Raises
    ------
    ImproperlyConfigured
        ``AZURE_STORAGE_ACCOUNT`` is not set.

    """
    account, key = os.environ.get("AZURE_STORAGE_ACCOUNT"), os.environ.get("AZURE_STORAGE_KEY")
    if not account:
        raise ImproperlyConfigured("azure:// needs AZURE_STORAGE_ACCOUNT.")
    options: dict[str, Any] = {
        "account_name": account,
        "azure_container": container,
        "location": path,
        "overwrite_files": overwrite,
    }
    return options | ({"account_key": key} if key else {"token_credential": _identity()})


def _identity() -> Any:
    from azure.identity import DefaultAzureCredential

    return DefaultAzureCredential()


def _is_installed(package: str) -> bool:
    try:
        return find_spec("storages") is not None and find_spec(package) is not None
    except ModuleNotFoundError:  # the package that it lies in is missing
        return False
