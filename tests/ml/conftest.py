"""Settings of the recommender's tests."""

import pytest
import torch
from hypothesis import settings

# How long an example takes says more about the machine's load than about the code.
settings.register_profile("ml", deadline=None, max_examples=30)
settings.load_profile("ml")


@pytest.fixture(autouse=True, scope="session")
def _one_thread():
    """Arrays this small gain nothing from a second thread, and lose much on a busy machine."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
