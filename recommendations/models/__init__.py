"""What is stored of models and recommendations, one file per subject."""

from recommendations.models.embeddings import (
    Embedding,
    EmbeddingModel,
    GenreAffinity,
    GenreEmbedding,
    GenreSimilarity,
    MovieEmbedding,
    UserEmbedding,
)
from recommendations.models.runs import Activation, ModelRun, RunEvent, StageRun, StageShard

__all__ = [
    "Activation",
    "Embedding",
    "EmbeddingModel",
    "GenreAffinity",
    "GenreEmbedding",
    "GenreSimilarity",
    "ModelRun",
    "MovieEmbedding",
    "RunEvent",
    "StageRun",
    "StageShard",
    "UserEmbedding",
]
