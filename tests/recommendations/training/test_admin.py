import pytest
from django.test import Client
from django.urls import reverse

from recommendations.models import Activation
from recommendations.training.models import ModelRun
from tests import cast
from tests.recommendations.toy import ToyWorld

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("name", ["modelrun", "activation", "embeddingmodel"])
def test_the_admin_shows_and_never_edits(
    client: Client, world: ToyWorld, active: ModelRun, name: str
):
    client.force_login(cast.member("root", is_staff=True, is_superuser=True))
    app = "training" if name == "modelrun" else "recommendations"
    rows = {
        "modelrun": active.pk,
        "activation": Activation.objects.get().pk,
        "embeddingmodel": active.embedding_model_id,
    }
    listing = client.get(reverse(f"admin:{app}_{name}_changelist"))
    row_url = reverse(f"admin:{app}_{name}_change", args=[rows[name]])
    assert row_url in listing.content.decode()
    assert client.get(row_url).status_code == 200
    assert client.post(row_url, {"status": "failed"}).status_code == 403
    assert client.get(reverse(f"admin:{app}_{name}_add")).status_code == 403


@pytest.mark.parametrize(
    ("earlier", "now"),
    [
        ("recommendations/modelrun/start/", "training/modelrun/start/"),
        ("recommendations/webhook/add/", "webhooks/webhook/add/"),
    ],
)
def test_admin_pages_of_before_the_split_redirect(client: Client, earlier: str, now: str):
    answer = client.get(f"/admin/{earlier}")
    assert (answer.status_code, answer["Location"]) == (302, f"/admin/{now}")
