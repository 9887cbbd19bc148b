"""What programs read and write of people and tokens."""

from typing import Any, Final

from rest_framework import serializers

from accounts.models import ApiToken, User
from common.api.serializers import (
    QueryBooleanField,
    StrictCharField,
    StrictChoiceField,
    StrictDateTimeField,
    StrictSerializer,
)


class TokenSerializer(serializers.ModelSerializer[ApiToken]):
    """A token, without its secret."""

    scopes = serializers.ListField(child=StrictChoiceField(ApiToken.Scope.choices))

    class Meta:
        model = ApiToken
        fields = [
            "id",
            "name",
            "hint",
            "scopes",
            "created_at",
            "expires_at",
            "revoked_at",
            "last_used_at",
        ]
        extra_kwargs = {name: {"read_only": True} for name in fields}


TOKEN_KINDS: Final = ["personal", "oauth"]


class CurrentTokenSerializer(serializers.Serializer[Any]):
    """The token that the caller sends, without its secret."""

    kind = StrictChoiceField(
        TOKEN_KINDS, help_text="Made by the member, or given to a program by OAuth 2.0."
    )
    id = serializers.IntegerField(
        allow_null=True, help_text="Its id among the tokens of the member; null for one of OAuth."
    )
    name = serializers.CharField(help_text="Which program uses it.")
    hint = serializers.CharField(allow_blank=True, help_text="How it begins; empty for OAuth.")
    scopes = serializers.ListField(child=StrictChoiceField(ApiToken.Scope.choices))
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True, help_text="Null: it does not expire.")
    last_used_at = serializers.DateTimeField(
        allow_null=True, help_text="At most an hour before the last use; null for one of OAuth."
    )
    revoked_at = serializers.DateTimeField(
        allow_null=True, help_text="Always null: a revoked token is refused."
    )


class NewTokenSerializer(StrictSerializer):
    """The token to make."""

    name = StrictCharField(
        max_length=100, help_text="Which program uses it, so that you know it again."
    )
    scopes = serializers.ListField(
        child=StrictChoiceField(ApiToken.Scope.choices), min_length=1, max_length=3
    )
    expires_at = StrictDateTimeField(allow_null=True, default=None)


class TokenWithSecretSerializer(TokenSerializer):
    """A token just made, with its secret for the first and last time."""

    token = serializers.CharField(help_text="Keep it now: it is never shown again.")

    class Meta(TokenSerializer.Meta):
        fields = [*TokenSerializer.Meta.fields, "token"]


class AccountDeleteSerializer(StrictSerializer):
    """Proof that it is you."""

    password = StrictCharField(
        max_length=128, trim_whitespace=False, help_text="Your password, once more."
    )


class UserSerializer(serializers.ModelSerializer[User]):
    """A member as staff see them, or a rater of a data set."""

    email = serializers.CharField(
        read_only=True, help_text="Empty for who gave none, and for raters of data sets."
    )

    class Meta:
        model = User
        fields = [
            "id",
            "username",
            "email",
            "is_staff",
            "is_active",
            "source",
            "date_joined",
            "last_login",
        ]
        extra_kwargs = {name: {"read_only": True} for name in fields} | {
            "username": {"read_only": True, "help_text": "Name of the account."},
            "is_staff": {"read_only": True, "help_text": "Whether the account may open the admin."},
            "is_active": {"read_only": True, "help_text": "False: suspended, or a rater."},
        }


class UserQuerySerializer(serializers.Serializer[Any]):
    """Query parameters that select users."""

    raters = QueryBooleanField(
        default=False, help_text="The raters of data sets instead of the members."
    )
    search = serializers.CharField(max_length=150, required=False, help_text="Part of a username.")


class ProfileSerializer(serializers.Serializer[Any]):
    """The caller's own account."""

    username = serializers.CharField()
    first_name = serializers.CharField(allow_blank=True, help_text="Given name, if there is one.")
    last_name = serializers.CharField(allow_blank=True, help_text="Family name, if there is one.")
    email = serializers.CharField(allow_blank=True)
    email_addresses = serializers.ListField(child=serializers.DictField())
    date_joined = serializers.DateTimeField()
    last_login = serializers.DateTimeField(allow_null=True)
    is_staff = serializers.BooleanField(help_text="Whether the account may open the admin.")
    is_superuser = serializers.BooleanField(help_text="Whether it has every permission.")
    groups = serializers.ListField(
        child=serializers.CharField(), help_text="Names of the groups that give it permissions."
    )


class ExportSerializer(serializers.Serializer[Any]):
    """Everything the site keeps about a person; each part of the site adds its section."""

    exported_at = serializers.DateTimeField()
    profile = ProfileSerializer()
    ratings = serializers.ListField(child=serializers.DictField())
    lists = serializers.ListField(child=serializers.DictField())
    genre_affinities = serializers.ListField(child=serializers.DictField())
    impressions = serializers.ListField(child=serializers.DictField())
    api_tokens = serializers.ListField(child=serializers.DictField())
    connected_apps = serializers.ListField(child=serializers.DictField())
    imports = serializers.ListField(child=serializers.DictField())
    import_rows = serializers.ListField(child=serializers.DictField())
    vectors = serializers.ListField(child=serializers.DictField())
    webhooks = serializers.ListField(child=serializers.DictField())
