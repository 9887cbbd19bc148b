"""Complete the OpenAPI document: a description of every property, an example of every answer."""

from typing import Any, Final

from common.api.schema import METHODS

# The name of a property, or Component.property where a component means another thing by it.
DESCRIPTIONS: Final[dict[str, str]] = {
    "activated_at": "When it began to serve.",
    "file_name": "Name of the file that was sent.",
    "conflicts": "What becomes of films that you have rated already.",
    "scale": "The scale of the file's ratings.",
    "happened_at": "When it happened, as the file says; null: it does not.",
    "confidence": "How sure the match is.",
    "outcome": "What became of the row.",
    "note": "What else the file says of it.",
    "api_tokens": "Your tokens, without their secrets.",
    "connected_apps": "Programs that you let in by OAuth 2.0.",
    "awards": "Awards that the film won; empty if unknown.",
    "countries": "Names of the countries that made it; empty if unknown.",
    "languages": "Names of its languages; empty if unknown.",
    "people": "Who directed, wrote and played in it.",
    "role": "The part that the person had in the film.",
    "runtime_minutes": "Minutes; null if unknown.",
    "imports": "Imports of your own ratings.",
    "import_rows": "Rows of these imports, and what became of them.",
    "webhooks": "Your webhooks, without their secrets.",
    "vectors": "Your place in the models, as numbers.",
    "because": "What mostly explains it.",
    "actor": "Who did it; null: the site itself.",
    "added_at": "When it was put on the list.",
    "code": "Short name of the mistake, for programs.",
    "code_version": "Version of the code that trained it.",
    "created_at": "Time at which this object was created.",
    "data_hash": "Digest of the ratings it was trained on.",
    "date_joined": "Time at which the account was created.",
    "delivery_id": "Number of the webhook delivery on this site.",
    "description": "What happens in the film; empty if unknown.",
    "detail": "What to change, in words.",
    "email": "E-mail address; empty if none was given.",
    "email_addresses": "Every address, and whether it is verified.",
    "error": "What went wrong; empty if nothing did.",
    "errors": "Each mistake and its place.",
    "eta_seconds": "Seconds until it is probably done.",
    "event": "Name of the event that is sent.",
    "events": "Names of the events that are sent to the webhook.",
    "excerpt": "The beginning of the row.",
    "expires_at": "When it stops working; null: never.",
    "exported_at": "When this export was made.",
    "file": "The file that the row stands in.",
    "finished_at": "When it ended; null: not yet.",
    "genre": "Name of the genre.",
    "genre_affinities": "Your nearness to each genre, as computed with the model.",
    "high": "Upper end of the 95 % interval.",
    "id": "Number of this object on this site.",
    "imdb_id": "Id at IMDb; empty if unknown.",
    "import_id": "Number of the import on this site.",
    "impressions": "Lists that were shown to you, and what you did with their films.",
    "instance": "The address that was asked.",
    "is_active": "Whether it is in use.",
    "kept": "In the lists of both versions.",
    "kind": "Which of the listed kinds it has.",
    "last_login": "When the person logged in last.",
    "line_number": "Its line in the file.",
    "list": "Name of the list that the film is on.",
    "lists": "Films on your lists.",
    "Stage.log": "The end of its log.",
    "ParameterDifference.name": "Name of the parameter.",
    "ParameterDifference.version": "Its value in the version.",
    "ParameterDifference.other": "Its value in the other version.",
    "ListComparison.lists": "Of the users that were named.",
    "location": "Where the data was read from.",
    "low": "Lower end of the 95 % interval.",
    "mean": "Mean of the differences.",
    "mean_stars": "Mean of all ratings; null if there is none.",
    "median": "Median of your similarities; null without a liked film.",
    "memory_mb": "Peak of memory in megabytes; null: not measured yet.",
    "message": "What happened, in words.",
    "metric": "Name of the metric.",
    "metrics": "Each metric of both versions.",
    "movie": "The film that this row is about.",
    "movie_id": "Number of the film on this site.",
    "movielens_id": "Id in MovieLens; null if unknown.",
    "n_attempts": "Number of attempts so far.",
    "n_movies": "Number of films.",
    "n_positive": "Films of the genre that you liked: three stars or more.",
    "n_problems": "Number of refused rows.",
    "n_rated": "Films of the genre that you rated.",
    "n_ratings": "Number of ratings.",
    "n_saved": "Number of entries that were carried out.",
    "n_users": "Number of people.",
    "name": "Name of this object, as it is shown to people.",
    "next_attempt_at": "When it is tried again; null: not any more.",
    "notes": "What else to know before the start.",
    "number": "Its place in the search, from 0.",
    "other": "The other version.",
    "parameters": "Parameters of the pipeline.",
    "percent": "How far it is.",
    "profile": "Who you are.",
    "rated_at": "Time at which the film was rated.",
    "ratings": "Ratings of films, one object for each film.",
    "reason": "Why, in words.",
    "reasons": "The rated films that raised the score most, the strongest first.",
    "response_code": "Status that the receiver answered; null: none.",
    "results": "The results, in order.",
    "revoked_at": "When it was revoked; null: it was not.",
    "rows": "One row for each genre.",
    "run_id": "Id of the run, which is also its version's.",
    "scopes": "What programs that send the token may do.",
    "score": "How well the film fits, as the model scores it; comparable within one list. Lists of "
    "recommendations are not strictly in its order: they keep to the genres of the liked films and "
    "limit the films of a series, which are found by their titles.",
    "seconds": "Duration in seconds.",
    "secret": "Key of the signatures.",
    "similarity": "Cosine of the embeddings.",
    "slug": "Its name in addresses.",
    "source": "The data set it comes from; empty for members.",
    "PersonalImport.source": "The site or program whose export the file is, such as `letterboxd`; "
    "`table` is any other table; empty until the file is read.",
    "stages": "The stages, in order.",
    "stars": "From half a star to five stars, in halves.",
    "started_at": "When it began; null: not yet.",
    "started_by": "Who started it; null: the site itself.",
    "status": "How far it is.",
    "Problem.status": "The HTTP status.",
    "BulkResult.status": "201 new, 200 replaced or there already, 204 taken away, 400 or 404.",
    "step": "What it is doing.",
    "title": "Title of the film.",
    "tmdb_id": "Id at TMDB; null if unknown.",
    "token_id": "Id of the token.",
    "trials": "The trials of a search.",
    "BudgetRequest.trials": "How many trials to make at most.",
    "url": "The address that is told.",
    "user": "Id of the person.",
    "user_id": "Id of the person.",
    "username": "Name of the person.",
    "values": "Its cosine with each genre, in the order of the rows.",
    "version": "The version.",
    "webhook_id": "Id of the webhook.",
    "year": "Year of the first release; null if unknown.",
}

EXAMPLES: Final[dict[str, Any]] = {
    "active": True,
    "code_version": "0.1.0",
    "contribution": 0.1843,
    "data_hash": "9f2c1a7b",
    "description": "A detective hunts a gang of robbers in Los Angeles.",
    "description_url": "https://en.wikipedia.org/wiki/Heat_(1995_film)",
    "detail": "",
    "email": "ada@example.org",
    "error": "",
    "event": "run.finished",
    "genre": "Crime",
    "genres": ["Crime", "Thriller"],
    "high": 0.012,
    "hint": "mq_8Jc2Kd",
    "id": 42,
    "imdb_id": "tt0113277",
    "index": 0,
    "low": 0.002,
    "mean": 0.007,
    "mean_stars": 3.8,
    "median": 0.41,
    "metric": "ndcg@10",
    "model_version": 12,
    "movie_id": 42,
    "movielens_id": 6,
    "n_ratings": 104,
    "name": "Crime",
    "next": None,
    "other_titles": [],
    "poster_url": "https://films.example/movies/42/poster.svg",
    "previous": None,
    "score": 0.9127,
    "secret": "whsec_3k5v",
    "similarity": 0.83,
    "slug": "crime",
    "stars": 4.5,
    "status": 200,
    "title": "Heat",
    "tmdb_id": 949,
    "token": "mq_8Jc2KdV0",
    "url": "https://example.org/hook",
    "username": "ada",
    "values": [1.0, 0.83],
    "version": "12",
    "year": 1995,
}
_OF_FORMAT: Final = {
    "date-time": "2026-11-23T17:20:00.512000Z",
    "uuid": "4f3c9a52-6f0e-4f0a-9a57-1c2b3d4e5f60",
    "uri": "https://films.example/",
    "uri-reference": "/api/problems/#invalid",
    "email": "ada@example.org",
}
_OF_TYPE: Final[dict[str, Any]] = {
    "string": "text",
    "integer": 1,
    "number": 0.5,
    "boolean": True,
    "null": None,
}
COOKIE: Final = (
    "The session of a browser. A change needs the header X-CSRFToken as well, with the value of "
    "the cookie csrftoken."
)
SERVER: Final = {"url": "/", "description": "The site that serves this document."}


def complete(result: dict[str, Any], generator: Any, **_: Any) -> dict[str, Any]:  # noqa: ARG001
    """Act as drf-spectacular's hook: add descriptions, examples and the server."""
    schemas = result["components"]["schemas"]
    for name, schema in schemas.items():
        _describe(name, schema)
    for operations in result["paths"].values():
        for method in METHODS:
            if method in operations:
                _complete_operation(operations[method], schemas)
    result["servers"] = [SERVER]
    result["components"]["securitySchemes"]["cookieAuth"]["description"] = COOKIE
    return result


def _describe(component: str, schema: dict[str, Any]) -> None:
    for name, member in schema.get("properties", {}).items():
        text = DESCRIPTIONS.get(f"{component}.{name}") or DESCRIPTIONS.get(name)
        if "description" not in member and text:
            member["description"] = text
        choices = member.get("oneOf", [])
        if len(choices) > 1 and all(choice.get("type") == "string" for choice in choices):
            member["anyOf"] = member.pop("oneOf")  # a text may be of several of these forms


def _complete_operation(operation: dict[str, Any], schemas: dict[str, Any]) -> None:
    for parameter in operation.get("parameters", []):
        if "description" not in parameter and parameter["name"] in DESCRIPTIONS:
            parameter["description"] = DESCRIPTIONS[parameter["name"]]
    body = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if body and not body.keys() & _SAID:
        body["example"] = example_of(body["schema"], schemas)
    for status, response in operation["responses"].items():
        content = response.get("content", {}).get("application/json", {})
        if status.startswith("2") and "schema" in content and not content.keys() & _SAID:
            content["example"] = example_of(content["schema"], schemas)


_SAID: Final = {"example", "examples"}


def example_of(schema: dict[str, Any], schemas: dict[str, Any], name: str = "") -> Any:
    """Return a value of this schema, with the values of ``EXAMPLES`` where they fit."""
    while "$ref" in schema:
        schema = schemas[schema["$ref"].rpartition("/")[2]]
    for choice in ("allOf", "oneOf", "anyOf"):
        if choice in schema:
            return example_of(schema[choice][0], schemas, name)
    for known in ("example", "default", "const"):
        if known in schema:
            return schema[known]
    if "enum" in schema:
        return schema["enum"][0]
    return _example_of_type(schema, schemas, name)


def _example_of_type(schema: dict[str, Any], schemas: dict[str, Any], name: str) -> Any:
    kinds = schema.get("type", "object")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    if "properties" in schema:
        return {
            key: example_of(member, schemas, key) for key, member in schema["properties"].items()
        }
    if name in EXAMPLES and _fits(EXAMPLES[name], kinds):
        return EXAMPLES[name]
    if "array" in kinds:
        return [example_of(schema.get("items", {"type": "string"}), schemas, name)]
    if "object" in kinds:
        return {}
    return _OF_FORMAT.get(schema.get("format", ""), _OF_TYPE[kinds[0]])


def _fits(value: Any, kinds: list[str]) -> bool:
    types = {"string": str, "integer": int, "number": float, "boolean": bool, "array": list}
    return any(type(value) is types.get(kind, type(None)) for kind in kinds)
