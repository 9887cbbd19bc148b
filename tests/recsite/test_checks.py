"""System checks say what is missing and what to do about it."""

import pytest
from django.core.checks import Tags, run_checks
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import OperationalError, connection

from movies.models import Movie
from recommendations.models import EmbeddingModel, MovieEmbedding
from recsite import checks


def found(messages):
    return {message.id: message for message in messages}


def test_all_is_well_where_both_servers_answer(db, servers):
    assert run_checks(tags=[Tags.database], databases=["default"]) == []


def test_servers_are_not_asked_unless_the_databases_are(servers):
    assert run_checks(tags=[Tags.database], databases=None) == []


def test_check_asks_the_servers_without_being_told(db, servers, settings, capsys):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    call_command("check")
    assert "recsite.W003" in capsys.readouterr().err


def test_a_database_out_of_reach_is_an_error_with_the_variable_to_mend(monkeypatch, settings):
    def refuse():
        raise OperationalError("connection refused")

    settings.IS_EMBEDDED_DATABASE = False
    monkeypatch.setattr(connection, "cursor", refuse)
    error = found(checks.check_database(databases=["default"]))["recsite.E001"]
    assert "connection refused" in error.msg
    assert "DATABASE_URL" in error.hint
    assert checks.check_dimensions(databases=["default"]) == []


def test_the_embedded_database_out_of_reach_points_at_its_log(monkeypatch, settings):
    def refuse():
        raise OperationalError("no such file")

    settings.IS_EMBEDDED_DATABASE = True
    monkeypatch.setattr(connection, "cursor", refuse)
    assert (
        "postgres.log" in found(checks.check_database(databases=["default"]))["recsite.E001"].hint
    )


def test_a_server_without_pgvector_is_an_error_that_names_the_package(db, monkeypatch):
    def without_vector(execute, sql, params, many, context):
        return execute(sql.replace("'vector'", "'vektor'"), params, many, context)

    with connection.execute_wrapper(without_vector):
        error = found(checks.check_database(databases=["default"]))["recsite.E002"]
    assert "postgresql-18-pgvector" in error.hint


@pytest.mark.parametrize(("is_embedded", "hint"), [(True, "valkey.log"), (False, "REDIS_URL")])
def test_redis_out_of_reach_is_a_warning_because_the_site_does_without(settings, is_embedded, hint):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    settings.IS_EMBEDDED_REDIS = is_embedded
    warning = found(checks.check_redis(databases=["default"]))["recsite.W003"]
    assert not warning.is_serious()
    assert hint in warning.hint


def test_vectors_of_another_length_than_their_model_says_are_an_error(db):
    minilm = EmbeddingModel.objects.create(name="minilm", n_dimensions=3)
    for title, vector in [("Alien", [1, 0, 0]), ("Heat", [1, 0]), ("Up", [0, 1])]:
        movie = Movie.objects.create(title=title)
        MovieEmbedding.objects.create(embedding_model=minilm, movie=movie, vector=vector)
    error = found(checks.check_dimensions(databases=["default"]))["recsite.E004"]
    assert error.msg == (
        "2 stored vectors of the embedding model 'minilm' have 2 dimensions, but the model has 3."
    )
    assert "run_pipeline" in error.hint


@pytest.fixture
def production(settings):
    settings.IS_PRODUCTION = True
    settings.ALLOWED_HOSTS = ["films.example"]
    settings.EMAIL_TRANSPORT = "django.core.mail.backends.smtp.EmailBackend"
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    settings.IS_PROXY_COUNT_GIVEN = True
    return settings


def test_production_settings_in_order_pass(production):
    assert checks.check_production() == []


def test_one_machines_settings_are_not_for_production(production):
    production.IS_PRODUCTION = False
    assert set(found(checks.check_production())) == {"recsite.E005"}


def test_a_site_for_any_host_name_is_unsafe(production):
    production.ALLOWED_HOSTS = ["*"]
    assert set(found(checks.check_production())) == {"recsite.E006"}


def test_inline_scripts_in_the_policy_are_unsafe(production):
    production.CONTENT_SECURITY_POLICY = {"DIRECTIVES": {"script-src": ["'unsafe-inline'"]}}
    error = found(checks.check_production())["recsite.E007"]
    assert "'unsafe-inline'" in error.msg


def test_printed_mail_is_a_warning_in_production(production):
    production.EMAIL_TRANSPORT = "recsite.mail.UnsentEmailBackend"
    assert set(found(checks.check_production())) == {"recsite.W008"}


def test_addresses_that_nobody_confirms_are_a_warning(production):
    production.ACCOUNT_EMAIL_VERIFICATION = "optional"
    assert set(found(checks.check_production())) == {"recsite.W009"}


def test_a_number_of_proxies_that_nobody_chose_is_a_warning(production):
    production.IS_PROXY_COUNT_GIVEN = False
    assert set(found(checks.check_production())) == {"recsite.W010"}


def test_check_fails_when_something_serious_is_missing(db, servers, monkeypatch):
    minilm = EmbeddingModel.objects.create(name="minilm", n_dimensions=3)
    movie = Movie.objects.create(title="Heat")
    MovieEmbedding.objects.create(embedding_model=minilm, movie=movie, vector=[1, 0])
    with pytest.raises(SystemCheckError, match=r"recsite\.E004"):
        call_command("check")
