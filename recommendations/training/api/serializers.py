"""What programs send and get of runs and versions."""

import math
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models import User
from common.api.serializers import (
    QueryIntegerField,
    QueryListField,
    StrictCharField,
    StrictChoiceField,
    StrictIntegerField,
    StrictSerializer,
    not_known,
)
from movies.api.serializers import MAX_ID, MovieBriefSerializer
from recommendations.models import Activation
from recommendations.training import jobs
from recommendations.training.models import ModelRun, RunEvent, RunTrial, StageRun
from recommendations.training.parameters import (
    MAX_MINUTES,
    MAX_TRIALS,
    N_MINUTES,
    N_TRIALS,
    schema,
)
from recommendations.training.selectors.comparison import MetricComparison
from recommendations.training.selectors.runs import active_run

MAX_LOG = 20_000
"""Characters of a stage's log that an answer carries: its end, where the cause stands."""
MAX_COMPARED_USERS = 20
ANYTHING: dict[str, Any] = {}
"""The schema of a value that may be anything."""
METRICS_HELP = _("Model -> metric -> value: the served model and the baselines beside it.")
PROTOCOLS_HELP = _("The same under other protocols: sampled candidates, newcomers.")


class BudgetSerializer(StrictSerializer):
    """What a search may spend."""

    trials = StrictIntegerField(min_value=1, max_value=MAX_TRIALS, default=N_TRIALS)
    minutes = StrictIntegerField(
        min_value=1,
        max_value=MAX_MINUTES,
        default=N_MINUTES,
        help_text=_("After so many, no trial is begun."),
    )


class RunField(StrictIntegerField):
    """A run by its id."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=1, max_value=MAX_ID, **kwargs)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """Return the run with the given id."""
        key = super().run_validation(data)
        if key is None or isinstance(key, ModelRun):
            return key
        run = ModelRun.objects.filter(pk=key).first()
        if run is None:
            raise serializers.ValidationError(_("There is no run with this id."))
        return run


@extend_schema_field(schema())
class ParametersField(serializers.DictField):
    """Training parameters by name; the service checks them."""


class RunRequestSerializer(StrictSerializer):
    """A run to start."""

    parameters = ParametersField(
        child=serializers.JSONField(),
        default=dict,
        help_text=_("Of the pipeline's configuration; what is not named keeps its default."),
    )
    kind = StrictChoiceField(ModelRun.Kind.choices, default=ModelRun.Kind.TRAINING)
    first_stage = StrictChoiceField(
        jobs.STAGES,
        default="sample",
        help_text=_("A later one reuses what the stages before it made in base_run."),
    )
    base_run = RunField(
        allow_null=True,
        default=None,
        help_text=_("Fine-tuning goes on from the active version unless another is named."),
    )
    budget = BudgetSerializer(required=False, help_text=_("Of a search only."))

    def validate_parameters(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """Refuse a folder as text model.

        Only the operator may name one.
        """
        known = {settings.EMBEDDINGS, "minilm", "lamini"}
        embeddings = parameters.get("embeddings", settings.EMBEDDINGS)
        if not isinstance(embeddings, str) or embeddings not in known:
            text = not_known(str(embeddings), sorted(known))
            raise serializers.ValidationError({"embeddings": [text]})
        return parameters

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Put what the kind of run needs where nothing was said."""
        is_search = attrs["kind"] == ModelRun.Kind.SEARCH
        if "budget" in attrs and not is_search:
            raise serializers.ValidationError({"budget": [_("Only a search has a budget.")]})
        if is_search:
            attrs.setdefault("budget", {"trials": N_TRIALS, "minutes": N_MINUTES})
        if attrs["kind"] == ModelRun.Kind.UPDATE and attrs["base_run"] is None:
            attrs["base_run"] = active_run()
        return attrs


class PreflightSerializer(serializers.Serializer[Any]):
    """What is known of a run before it starts."""

    n_ratings = serializers.IntegerField()
    n_users = serializers.IntegerField()
    n_movies = serializers.IntegerField()
    minutes = serializers.FloatField(
        allow_null=True, help_text=_("By this site's earlier runs; null: none was measured yet.")
    )
    memory_mb = serializers.IntegerField(allow_null=True)
    refusals = serializers.ListField(
        child=serializers.CharField(), help_text=_("Why it cannot start; empty when it can.")
    )
    notes = serializers.ListField(child=serializers.CharField())


class StageSerializer(serializers.ModelSerializer[StageRun]):
    """A stage and how far it is."""

    percent = serializers.IntegerField()
    eta_seconds = serializers.FloatField(allow_null=True)
    seconds = serializers.FloatField(allow_null=True)
    curve = serializers.JSONField(help_text=_("Values over time, such as the loss."))
    log = serializers.SerializerMethodField()

    class Meta:
        model = StageRun
        fields = [
            "name",
            "status",
            "percent",
            "eta_seconds",
            "seconds",
            "message",
            "curve",
            "log",
            "started_at",
            "finished_at",
        ]

    def get_log(self, stage: StageRun) -> str:
        """Return the end of the stage's log."""
        return stage.log[-MAX_LOG:]


class RunSerializer(serializers.ModelSerializer[ModelRun]):
    """A run with its stages."""

    started_by = serializers.CharField(source="started_by.username", default=None, allow_null=True)
    parameters = serializers.DictField(child=serializers.JSONField())
    metrics = serializers.DictField(child=serializers.JSONField(), help_text=METRICS_HELP)

    class Meta:
        model = ModelRun
        fields = [
            "id",
            "kind",
            "status",
            "parameters",
            "base_run",
            "data_hash",
            "code_version",
            "n_users",
            "n_movies",
            "n_ratings",
            "metrics",
            "note",
            "error",
            "started_by",
            "created_at",
            "started_at",
            "finished_at",
        ]


class TrialSerializer(serializers.ModelSerializer[RunTrial]):
    """A set of parameters that a search has tried."""

    parameters = serializers.DictField(child=serializers.JSONField())
    value = serializers.FloatField(allow_null=True, help_text=_("NDCG@10."))
    seconds = serializers.FloatField(allow_null=True)

    class Meta:
        model = RunTrial
        fields = ["number", "status", "parameters", "value", "error", "seconds"]


class RunDetailSerializer(RunSerializer):
    """A run, its stages, and the trials of a search."""

    metrics_by_protocol = serializers.DictField(
        child=serializers.JSONField(), help_text=PROTOCOLS_HELP
    )
    artifact = serializers.CharField(help_text=_("The model's folder in the storage."))
    artifact_hash = serializers.CharField(help_text=_("SHA-256 of the model's tensors."))
    stages = StageSerializer(many=True)
    trials = TrialSerializer(many=True)

    class Meta(RunSerializer.Meta):
        fields = [
            *RunSerializer.Meta.fields,
            *("metrics_by_protocol", "artifact", "artifact_hash", "stages", "trials"),
        ]


class RunEventSerializer(serializers.ModelSerializer[RunEvent]):
    """What happened to a run."""

    actor = serializers.CharField(source="actor.username", default=None, allow_null=True)

    class Meta:
        model = RunEvent
        fields = ["kind", "actor", "message", "created_at"]


class VersionSerializer(serializers.ModelSerializer[ModelRun]):
    """A run whose model can serve."""

    is_active = serializers.BooleanField()
    metrics = serializers.DictField(child=serializers.JSONField(), help_text=METRICS_HELP)
    metrics_by_protocol = serializers.DictField(
        child=serializers.JSONField(), help_text=PROTOCOLS_HELP
    )

    class Meta:
        model = ModelRun
        fields = [
            "id",
            "is_active",
            "kind",
            "metrics",
            "metrics_by_protocol",
            "n_users",
            "n_movies",
            "n_ratings",
            "data_hash",
            "code_version",
            "note",
            "ratings_read_at",
            "finished_at",
        ]


class ActivationSerializer(serializers.ModelSerializer[Activation]):
    """Which version serves, since when, and by whose hand."""

    version = serializers.IntegerField(source="version_id")
    activated_by = serializers.CharField(
        source="activated_by.username",
        default=None,
        allow_null=True,
        help_text=_("null: by itself, through the gate."),
    )

    class Meta:
        model = Activation
        fields = ["version", "activated_by", "activated_at", "reason"]


class ActivateSerializer(StrictSerializer):
    """Why a version is activated."""

    reason = StrictCharField(max_length=300, default="", allow_blank=True)


class CompareSerializer(serializers.Serializer[Any]):
    """With which version, and for whom."""

    other = QueryIntegerField(min_value=1, max_value=MAX_ID, help_text=_("The other version."))
    users = QueryListField(
        child=QueryIntegerField(min_value=1, max_value=MAX_ID),
        max_length=MAX_COMPARED_USERS,
        default=list,
        help_text=_("Ids of the people for whom to list which films come and go."),
    )

    def validate_users(self, ids: list[int]) -> list[User]:
        """Return the people in the order in which they are named."""
        people = User.objects.in_bulk(ids)
        if unknown := [key for key in ids if key not in people]:
            raise serializers.ValidationError(_("There is no user %(id)s.") % {"id": unknown[0]})
        return [people[key] for key in dict.fromkeys(ids)]


class IntervalSerializer(serializers.Serializer[Any]):
    """A mean over users, and where it lies in 95 of 100 draws of users."""

    mean = serializers.FloatField()
    low = serializers.FloatField()
    high = serializers.FloatField()


class MetricComparisonSerializer(serializers.Serializer[Any]):
    """One metric of both."""

    metric = serializers.CharField(source="name")
    version = serializers.FloatField(source="value", allow_null=True)
    other = serializers.FloatField(source="other_value", allow_null=True)
    difference = serializers.SerializerMethodField(
        help_text=_("Version minus other over the users of both; null where that is unknown.")
    )
    is_better = serializers.BooleanField(
        allow_null=True, help_text=_("Beyond chance; null where that cannot be told.")
    )

    @extend_schema_field(IntervalSerializer(allow_null=True))
    def get_difference(self, metric: MetricComparison) -> dict[str, Any] | None:
        """Its mean is NaN where no user has the metric in both, which JSON cannot say."""
        interval = metric.difference
        if interval is None or math.isnan(interval.mean):
            return None
        return dict(IntervalSerializer(interval).data)


class ParameterDifferenceSerializer(serializers.Serializer[Any]):
    """A parameter in which they differ."""

    name = serializers.SerializerMethodField()
    version = serializers.SerializerMethodField()
    other = serializers.SerializerMethodField()

    def get_name(self, parameter: tuple[str, Any, Any]) -> str:
        """Return the name of the parameter."""
        return parameter[0]

    @extend_schema_field(ANYTHING)
    def get_version(self, parameter: tuple[str, Any, Any]) -> Any:
        """Return the version's value of the parameter."""
        return parameter[1]

    @extend_schema_field(ANYTHING)
    def get_other(self, parameter: tuple[str, Any, Any]) -> Any:
        """Return the other version's value of the parameter."""
        return parameter[2]


class ListComparisonSerializer(serializers.Serializer[Any]):
    """One person's ten by both versions, best first, from the ratings that they have now."""

    user = serializers.IntegerField(source="user.pk")
    username = serializers.CharField(source="user.username")
    kept = MovieBriefSerializer(many=True)
    coming = MovieBriefSerializer(many=True, help_text=_("In the version's list alone."))
    going = MovieBriefSerializer(many=True, help_text=_("In the other's list alone."))


class VersionComparisonSerializer(serializers.Serializer[Any]):
    """Two versions side by side."""

    version = serializers.IntegerField(source="comparison.run.pk")
    other = serializers.IntegerField(source="comparison.other.pk")
    is_comparable = serializers.BooleanField(
        source="comparison.is_comparable",
        help_text=_("Whether both were measured alike; else there are no metrics side by side."),
    )
    n_users = serializers.IntegerField(
        source="comparison.n_users", help_text=_("Measured in both.")
    )
    metrics = MetricComparisonSerializer(source="comparison.metrics", many=True)
    parameters = ParameterDifferenceSerializer(source="comparison.parameters", many=True)
    lists = ListComparisonSerializer(many=True, help_text=_("Of the users that were named."))
