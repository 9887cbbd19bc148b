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
from recommendations.models.online import (
    DailyListTotal,
    DailyPositionTotal,
    ImpressionList,
    Reaction,
    Surface,
    TrafficSplit,
)
from recommendations.models.runs import (
    Activation,
    ModelRun,
    RunEvent,
    RunTrial,
    StageRun,
    StageShard,
)
from recommendations.models.schedules import RetrainSchedule
from recommendations.models.webhooks import Webhook, WebhookDelivery, WebhookEvent

__all__ = [
    "Activation",
    "DailyListTotal",
    "DailyPositionTotal",
    "Embedding",
    "EmbeddingModel",
    "GenreAffinity",
    "GenreEmbedding",
    "GenreSimilarity",
    "ImpressionList",
    "ModelRun",
    "MovieEmbedding",
    "Reaction",
    "RetrainSchedule",
    "RunEvent",
    "RunTrial",
    "StageRun",
    "StageShard",
    "Surface",
    "TrafficSplit",
    "UserEmbedding",
    "Webhook",
    "WebhookDelivery",
    "WebhookEvent",
]
