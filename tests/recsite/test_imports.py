"""What a web process loads."""

import os
import subprocess
import sys

FORBIDDEN = {"torch", "pandas", "pyarrow", "scipy", "sklearn", "sentence_transformers"}


def test_a_web_process_loads_no_torch_pandas_pyarrow_or_scipy():
    """As ``python -X importtime`` reports a start: settings, apps, every URL's view, admin, API."""
    code = "import recsite.wsgi; from django.urls import get_resolver; get_resolver().url_patterns"
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "recsite.settings"},
    )
    lines = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    loaded = {line.rsplit("|", 1)[1].strip() for line in lines}
    assert "recommendations.training.pages.views" in loaded
    assert not {name.partition(".")[0] for name in loaded} & FORBIDDEN
