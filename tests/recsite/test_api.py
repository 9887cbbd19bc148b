"""The document of the API: what it says in which language and form."""

import json
from typing import Any
from unittest.mock import patch

import yaml
from django.test import Client
from drf_spectacular.generators import SchemaGenerator

SCHEMA = "/api/v1/schema/"


def test_json_and_yaml_are_one_document(client: Client, db: None):
    as_json = client.get(SCHEMA, headers={"Accept": "application/json"})
    as_yaml = client.get(SCHEMA, {"format": "yaml"})
    assert as_yaml["Content-Disposition"] == 'inline; filename="Marquee.yaml"'
    assert yaml.safe_load(as_yaml.content) == json.loads(as_json.content)


def test_texts_are_of_the_language_that_is_asked_for(client: Client, db: None):
    german = client.get(SCHEMA, {"lang": "de"}).content
    assert german == client.get(SCHEMA, headers={"Accept-Language": "de"}).content
    assert german != client.get(SCHEMA, {"lang": "en"}).content
    assert client.get(SCHEMA).content == client.get(SCHEMA, {"lang": "en"}).content


def test_a_document_is_made_once_for_a_language_and_form(client: Client, db: None):
    client.get(SCHEMA)
    with patch.object(SchemaGenerator, "get_schema", side_effect=AssertionError):
        answer: Any = client.get(SCHEMA)
    assert answer.status_code == 200
