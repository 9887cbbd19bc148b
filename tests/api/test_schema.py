"""The OpenAPI document says everything that a generator of clients needs."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from accounts.models import User
from movies.models import PersonalImport
from tests import cast
from tests.api.conftest import document

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ROOT / "node_modules"


def operations() -> list[dict[str, Any]]:
    return [one for path in document()["paths"].values() for one in path.values()]


def test_every_property_and_parameter_is_described():
    for name, schema in document()["components"]["schemas"].items():
        for key, member in schema.get("properties", {}).items():
            assert member.get("description"), f"{name}.{key}"
    for operation in operations():
        for parameter in operation.get("parameters", []):
            assert parameter.get("description"), (operation["operationId"], parameter["name"])


def test_every_film_in_an_answer_has_its_ids_at_other_sites():
    films = {
        name: schema["properties"].keys()
        for name, schema in document()["components"]["schemas"].items()
        if "poster_url" in schema.get("properties", {})
    }
    assert films.keys() == {"Movie", "MovieBrief", "MovieDetail", "Candidate"}
    for name, properties in films.items():
        assert {"imdb_id", "tmdb_id", "movielens_id"} <= properties, name
    assert {"imdb_id", "tmdb_id"} <= _properties("ListedImportRow").keys()


def _properties(component: str) -> dict[str, Any]:
    properties: dict[str, Any] = document()["components"]["schemas"][component]["properties"]
    return properties


def test_every_answer_has_an_example_that_fits_its_schema():
    resource = Resource.from_contents(document(), default_specification=DRAFT202012)
    registry = Registry().with_resource("urn:api", resource)
    n_examples = 0
    for operation in operations():
        for status, response in operation["responses"].items():
            content = response.get("content", {}).get("application/json")
            if not status.startswith("2") or content is None:
                continue
            text = json.dumps(content["schema"]).replace("#/comp", "urn:api#/comp")
            jsonschema.Draft202012Validator(json.loads(text), registry=registry).validate(
                content["example"]
            )
            n_examples += 1
    assert n_examples > 40


def test_what_every_answer_has_is_required():
    optional = {
        (name, key)
        for name, schema in document()["components"]["schemas"].items()
        for key in schema.get("properties", {}).keys() - set(schema.get("required", ()))
        if not name.endswith("Request") and not name.startswith("Paginated")
    }
    assert optional == {
        *(("ListedImportRow", name) for name in ("movie", "films")),  # with expand
        *((name, "movie") for name in ("ListedRating", "Reason")),
        ("Problem", "errors"),
        *(("ProblemError", name) for name in ("pointer", "parameter", "header")),
    }


def test_a_token_may_be_sent_wherever_a_token_is_read():
    of_sessions = {"tokens_list", "tokens_create", "tokens_retrieve", "tokens_revoke"}
    for operation in operations():
        may_send = {"token": []} in operation["security"]
        assert may_send is (operation["operationId"] not in of_sessions)


def test_a_text_of_several_forms_may_be_of_more_than_one():
    for name, component in document()["components"]["schemas"].items():
        for field, member in component.get("properties", {}).items():
            kinds = [choice.get("type") for choice in member.get("oneOf", [])]
            assert kinds.count("string") < 2, (name, field)


def test_an_operation_without_etag_promises_no_conditions():
    stream = document()["paths"]["/api/v1/export/ndjson/"]["get"]["responses"]
    assert not {"304", "412"} & stream.keys()
    assert "ETag" not in stream["200"]["headers"]
    ratings = document()["paths"]["/api/v1/ratings/"]["get"]["responses"]
    assert {"304", "412"} < ratings.keys()


def test_every_body_has_an_example_that_fits_its_schema():
    resource = Resource.from_contents(document(), default_specification=DRAFT202012)
    registry = Registry().with_resource("urn:api", resource)
    n_examples = 0
    for operation in operations():
        content = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if content is None:
            continue
        named = [one["value"] for one in content.get("examples", {}).values()]
        text = json.dumps(content["schema"]).replace("#/comp", "urn:api#/comp")
        validator = jsonschema.Draft202012Validator(json.loads(text), registry=registry)
        for example in named or [content["example"]]:
            validator.validate(example)
            n_examples += 1
    assert n_examples > 15


def test_bodies_that_take_no_other_properties_say_so():
    for operation in operations():
        for content in operation.get("requestBody", {}).get("content", {}).values():
            name = content["schema"]["$ref"].rpartition("/")[2]
            assert document()["components"]["schemas"][name]["additionalProperties"] is False, name


def test_every_status_that_occurs_is_told():
    by_id = {operation["operationId"]: operation["responses"] for operation in operations()}
    for name in ("runs_cancel", "runs_retry", "runs_adopt", "versions_activate", "imports_cancel"):
        assert "409" in by_id[name]
    assert "404" in by_id["versions_active"]
    assert {"200", "304", "400", "401", "404", "406", "412", "414", "429", "431", "500"} <= set(
        by_id["ratings_retrieve"]
    )
    assert {"411", "413", "415", "422"} <= set(by_id["ratings_bulk"])
    for name in ("runs_cancel", "lists_add", "me_imports_undo"):
        assert {"411", "413", "415"} <= set(by_id[name]), name
    assert document()["servers"]


def test_a_session_is_told_of_the_header_that_its_changes_need():
    schemes = document()["components"]["securitySchemes"]
    assert "X-CSRFToken" in schemes["cookieAuth"]["description"]


def test_every_answer_names_its_headers():
    for operation in operations():
        for response in operation["responses"].values():
            assert {"RateLimit", "X-Request-ID"} <= set(response["headers"])
    responses = next(one for one in operations() if one["operationId"] == "movies_list")
    assert {"ETag", "Link"} <= set(responses["responses"]["200"]["headers"])


@pytest.mark.skipif(shutil.which("npm") is None, reason="no npm here")
@pytest.mark.skipif(not (PACKAGES / "typescript").exists(), reason="`npm ci` was not run")
def test_the_typescript_client_compiles_uploads_and_exports(
    ada: User, token: str, gunicorn: tuple[str, int], tmp_path: Path
):
    schema = tmp_path / "schema.json"
    schema.write_text(json.dumps(document()))
    client = ROOT / "clients" / "typescript"
    for name in ("client.ts", "example.ts", "generate.mjs", "tsconfig.json"):
        shutil.copy(client / name, tmp_path)
    (tmp_path / "node_modules").symlink_to(PACKAGES)
    run_program(tmp_path, "node", "generate.mjs", schema)
    assert "file: Blob" in (tmp_path / "schema.d.ts").read_text()
    to_node = ("--module", "commonjs", "--moduleResolution", "node10", "--outDir", "js")
    run_program(tmp_path, PACKAGES / ".bin" / "tsc", "-p", tmp_path, *to_node)
    (tmp_path / "js" / "program.js").write_text(TYPESCRIPT_PROGRAM)
    base = "http://{}:{}".format(*gunicorn)
    cast.rated(ada, (cast.movie("Heat"), 4.5))
    printed = json.loads(run_program(tmp_path, "node", "js/program.js", base, token))
    assert printed["id"] == PersonalImport.objects.get(user=ada).pk
    assert printed["text"].count("\n") == len(printed["lines"]) > 1
    assert [line for line in printed["lines"] if "Heat" in json.dumps(line)]


TYPESCRIPT_PROGRAM = """
const { exported, upload } = require("./example");
const { marquee } = require("./client");
const [base, token] = process.argv.slice(2);
async function main() {
  const id = await upload(base, token, "Title,Year,Rating\\nHeat,1995,5\\n");
  const lines = [];
  for await (const line of exported(base, token)) lines.push(line);
  const { data: text } = await marquee(base, token).GET("/api/v1/export/ndjson/", {});
  console.log(JSON.stringify({ id, lines, text }));
}
main();
"""


def run_program(folder: Path, *command: str | Path) -> str:
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
