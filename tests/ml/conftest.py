"""Settings of the recommender's tests."""

from hypothesis import settings

# How long an example takes says more about the machine's load than about the code.
settings.register_profile("ml", deadline=None, max_examples=50)
settings.load_profile("ml")
