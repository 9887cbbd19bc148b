"""The pages that explain the API, operation by operation."""

import pytest
from django.test import Client
from django.urls import reverse

from recsite import reference

pytestmark = pytest.mark.django_db


def operations() -> dict[str, reference.Operation]:
    return {
        operation.id: operation
        for section in reference.sections("en")
        for operation in section.operations
    }


def test_every_operation_of_the_schema_is_in_a_section(client: Client):
    schema = client.get(f"{reverse('api-schema')}?format=json").json()
    ids = {one["operationId"] for path in schema["paths"].values() for one in path.values()}
    assert set(operations()) == ids


def test_every_operation_has_a_page_that_its_section_leads_to(client: Client):
    index = client.get("/api/docs/").content.decode()
    for operation_id, operation in operations().items():
        address = reverse("api-operation", args=[operation_id])
        assert f'href="{address}"' in index
        page = client.get(address)
        assert page.status_code == 200
        assert operation.path in page.content.decode()


def test_an_operation_that_there_is_not_has_no_page(client: Client):
    assert client.get(reverse("api-operation", args=["fly"])).status_code == 404


@pytest.mark.parametrize(
    ("operation_id", "callers", "scope"),
    [
        ("movies_list", {"anybody", "session", "token"}, ""),
        ("recommendations_for_ratings", {"anybody"}, ""),
        ("ratings_list", {"session", "token"}, "read"),
        ("ratings_create", {"session", "token"}, "rate"),
        ("runs_start", {"session", "token"}, "admin"),
        ("tokens_create", {"session"}, ""),
        ("tokens_current", {"token"}, ""),
    ],
)
def test_it_says_who_may_call_and_with_which_scope(operation_id, callers, scope):
    operation = operations()[operation_id]
    assert (operation.callers, operation.scope) == (callers, scope)


def test_fields_are_named_by_their_way_in_and_limited_in_words():
    operation = operations()["recommendations_for_ratings"]
    sent = {field.name: field for field in operation.body}
    assert sent["k"].kind == "integer, 1 to 100"
    assert sent["k"].default == "10"
    assert sent["ratings"].is_required
    assert sent["ratings[].stars"].kind == "number, 0.5 to 5"
    done = operation.answers[0]
    assert done.status == "200"
    assert "results[].movie.genres" in {field.name for field in done.fields}


def test_options_are_listed_once():
    order = next(one for one in operations()["movies_list"].parameters if one.name == "order")
    assert "popular" in order.options
    assert "popular" not in order.help


def test_a_problem_leads_to_its_explanation():
    answers = {answer.status: answer for answer in operations()["ratings_list"].answers}
    assert answers["429"].problem == "/api/problems/#throttled"


def test_the_command_sends_what_the_page_would():
    every = operations()
    assert every["lists_add"].curl("https://films.example/") == (
        "curl -X PUT https://films.example/api/v1/lists/not_interested/1/ \\\n"
        '  -H "Authorization: Bearer $TOKEN"'
    )
    command = every["recommendations_for_ratings"].curl("https://films.example/")
    assert "Authorization" not in command
    assert '"stars": 4.5' in command


def test_a_body_without_an_example_gets_one_of_its_form():
    assert operations()["versions_activate"].example == '{\n  "reason": ""\n}'


def test_whatever_is_sent_as_a_parameter_can_be_typed_or_chosen(client: Client):
    page = client.get(reverse("api-operation", args=["lists_list"])).content.decode()
    assert "<option>watch_later</option>" in page
    assert 'for="try-cursor"' in page
