"""Models of recommendations: one file per subject."""

from recommendations.models.embeddings import (
    Embedding,
    EmbeddingModel,
    GenreAffinity,
    GenreEmbedding,
    GenreSimilarity,
    MovieEmbedding,
    UserEmbedding,
)
from recommendations.models.versions import Activation, ModelVersion, TrafficSplit

__all__ = [
    "Activation",
    "Embedding",
    "EmbeddingModel",
    "GenreAffinity",
    "GenreEmbedding",
    "GenreSimilarity",
    "ModelVersion",
    "MovieEmbedding",
    "TrafficSplit",
    "UserEmbedding",
]
