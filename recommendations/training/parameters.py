"""The pipeline's parameters as a form shows them."""

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ml.training.config import NEGATIVE_STRATEGIES, PipelineConfig

CHOICES: dict[str, tuple[str, ...]] = {
    "negative_strategy": NEGATIVE_STRATEGIES,
    "device": ("auto", "cpu", "cuda"),
}
"""Parameters that take one of a few words; the text models depend on the site."""

MAX_TRIALS, N_TRIALS = 500, 20
"""Of a search: at most, and unless somebody says otherwise."""
MAX_MINUTES, N_MINUTES = 4 * 60, 60
"""A worker gives a stage five hours: one is left for the trial that was begun last."""

EXPLANATIONS: dict[str, Promise] = {
    "seed": _("Seed of what a model is made by: sampling, initial weights, order, dropout."),
    "split_seed": _(
        "Seed of the ratings held out. Runs that share it are measured on the same ratings."
    ),
    "embeddings": _(
        "Text model: minilm (packaged, offline), lamini (downloaded), or a directory of one."
    ),
    "negatives_per_positive": _(
        "Negatives sampled for each positive, for the same user (NCF paper, section 3.3)."
    ),
    "negative_strategy": _(
        "mixed: each explicit negative once, the rest uniform unseen. uniform: unseen only. "
        "literal: the user's own ratings below 3 only, which ruins the ranking of the "
        "catalogue."
    ),
    "dimension": _("Width of the neural branch's user and item vectors."),
    "epochs": _("Passes over the users when the neural branch is trained."),
    "batch_size": _("Users in one training step."),
    "learning_rate": _("Peak of the one-cycle schedule."),
    "weight_decay": _("AdamW's decoupled weight decay."),
    "sampled_weight": _(
        "Weight of the pairwise loss over the sampled interactions, beside the catalogue softmax."
    ),
    "soft_target": _(
        "Training target of a soft positive (3 and 3.5 stars), where a hard one counts 1."
    ),
    "liked_half_stars": _(
        "Half stars from which on a rating is what the networks and the head learn to rank first: "
        "8, a hard positive, by which the site is measured; 1 where every rating counts as a hit."
    ),
    "uses_text": _("Whether anything but the genre steps reads the films' descriptions."),
    "uses_words": _(
        "Whether the head compares a film's rare words with those of the films that the user liked."
    ),
    "uses_people": _(
        "Whether the linear base model reads the directors and writers of films, where known."
    ),
    "uses_genres": _(
        "Whether the branches read the films' genres; the head still reads the user's."
    ),
    "uses_user_embedding": _(
        "Whether the head compares a film's text with what the user liked and disliked."
    ),
    "genre_split": _(
        "What a user's genre similarities are held against for the genre data set: their "
        "median or their mean. The labels in user_genre_similarity.parquet are the median's."
    ),
    "genre_negatives": _(
        "Films of actual negative genres for each one of an actual positive genre."
    ),
    "fine_tune": _(
        "genre: on the genre data set. control: as many further steps of the ordinary "
        "training. none: neither."
    ),
    "prefix_share": _(
        "Share of the networks' steps that show a prefix of the timeline and ask for the rest."
    ),
    "genre_share": _(
        "Share of the fusion head's target given to genre match: NDCG against genre NDCG."
    ),
    "calibration": _(
        "How much score a list gives up for each nat that its genres diverge from those of the "
        "films that its reader liked (ml.serving.reranking). 0: the films of the highest scores."
    ),
    "genre_lift": _(
        "Weight of the genres' log-likelihood ratio under the user's liked films against "
        "everybody's: how much the first ratings decide."
    ),
    "decade_lift": _("Weight of the decade's part of the same ratio."),
    "genre_match": _(
        "Weight of the cosine between a film's genres and the user's genre shares, which takes "
        "over from the lift as the history grows."
    ),
    "popularity_taste": _(
        "How far the popularity of the liked films decides how popular the recommended ones are."
    ),
    "kinship": _(
        "Weight of the cosine between a film and the liked films in the linear model's item "
        "space, which fades as the history grows."
    ),
    "dislike": _("Score given up by a film that is as the disliked ones."),
    "popularity_penalty": _(
        "Score given up for each standard deviation of log popularity at the end of the novelty "
        "dial."
    ),
    "grade_power": _(
        "A rating's weight in the linear and ALS branches: its share of five stars, to this power."
    ),
    "linear_regularisation": _("Lambda of the linear (EASE) branch."),
    "exact_films": _(
        "Most films for which the neural branch's softmax is over all of them. Above it each step "
        "takes its users' films and a sample of the others; 0 samples always."
    ),
    "sampled_films": _(
        "Films sampled for a step of the neural branch where there are more than exact_films."
    ),
    "linear_rank": _(
        "Dimensions that the linear branch is reduced to; bounds the served item vectors."
    ),
    "factors": _("Factors of the implicit ALS branch."),
    "update_epochs": _(
        "Passes over the users when a model is updated with new ratings (ml.training.update)."
    ),
    "update_learning_rate": _("Peak of the one-cycle schedule of an update."),
    "cold_ratings": _(
        "Measure newcomers too, by their first so many ratings (protocol cold-N): everything "
        "is then fitted once more without a fifth of the people. 0 leaves it out."
    ),
    "threads": _(
        "CPU threads for torch and BLAS; 0 leaves their defaults. Part of what makes bytes repeat."
    ),
    "device": _(
        "Where the neural branch is trained: cpu, cuda, or auto, the GPU where there is one."
    ),
}
"""What each parameter does, as in ``ml.training.config``; a test compares the two."""


def defaults() -> dict[str, Any]:
    """Every parameter with its default, in the order of the configuration."""
    return PipelineConfig().to_dict()
