"""The trained toy model of the tests of recommendations."""

from tests.recommendations.conftest import (  # noqa: F401 # fixtures
    _new_process,
    _own_folders,
    active,
    fake_stages,
    trained,
    world,
)
