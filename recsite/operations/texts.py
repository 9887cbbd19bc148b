"""The texts of the public pages: the operator's, or defaults that are true of every instance."""

import re
from dataclasses import dataclass
from typing import Literal

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from recsite.operations.models import SitePage


@dataclass(frozen=True)
class Block:
    """One heading, paragraph or list of a text."""

    kind: Literal["heading", "paragraph", "list"]
    lines: list[str]


def blocks_of(text: str) -> list[Block]:
    r"""Split a plain text into headings, lists and paragraphs.

    >>> [block.kind for block in blocks_of("## Who\nAda\n\n- one\n- two")]
    ['heading', 'paragraph', 'list']
    """
    blocks = []
    for part in re.split(r"\n\s*\n", text.replace("\r\n", "\n").strip()):
        lines = [line.strip() for line in part.split("\n") if line.strip()]
        while lines and lines[0].startswith("## "):
            blocks.append(Block("heading", [lines.pop(0)[3:]]))
        if lines and all(line.startswith("- ") for line in lines):
            blocks.append(Block("list", [line[2:] for line in lines]))
        elif lines:
            blocks.append(Block("paragraph", lines))
    return blocks


def page_blocks(slug: str) -> list[Block]:
    """Return the operator's text in the visitor's language, else the default text."""
    texts = dict(SitePage.objects.filter(slug=slug).values_list("language", "text"))
    language = get_language() or settings.LANGUAGE_CODE
    text = (
        texts.get(language) or texts.get(settings.LANGUAGE_CODE) or next(iter(texts.values()), "")
    )
    return blocks_of(text or "\n\n".join(_DEFAULTS[SitePage.Slug(slug)]()))


def _privacy() -> list[str]:
    return [
        "## " + _("What we keep"),
        _(
            "Your account has your name, your e-mail address if you gave one, your ratings and your"
            " lists. For at most %(days)s days we also keep which films we showed you and what you"
            " did with them, so that we can tell good suggestions from bad ones."
        )
        % {"days": settings.IMPRESSION_RETENTION_DAYS},
        "## " + _("Cookies"),
        _(
            "We set only cookies that the site needs: one for your session, which also holds the"
            " picks you make without an account, one that protects forms, and one for the language"
            " if you choose one. There is no advertising and no tracking by others."
        ),
        "## " + _("Learning from ratings"),
        _(
            "The model learns from ratings. When you delete your account, your ratings go with it,"
            " and the next model is trained without them."
        ),
        "## " + _("Your rights"),
        _("On your profile you can download all we keep about you, and delete your account."),
        *_contact_lines(),
    ]


def _terms() -> list[str]:
    return [
        _("You may use %(site)s for free, with or without an account.")
        % {"site": settings.SITE_NAME},
        "- "
        + "\n- ".join(
            [
                _("Keep your password to yourself. What happens with your account is up to you."),
                _("Do not disturb the site or its users, and stay within the limits of the API."),
                _("Facts about films come from public sources and may be wrong."),
                _("We may close an account that breaks these rules, and we may end the service."),
            ]
        ),
        _("You can delete your account at any time."),
    ]


def _imprint() -> list[str]:
    lines = [_("%(site)s is run with Marquee, free software that recommends films.")]
    return [lines[0] % {"site": settings.SITE_NAME}, *_contact_lines()]


def _contact() -> list[str]:
    if settings.CONTACT_EMAIL:
        return [_("Questions, mistakes, ideas? Write to us."), *_contact_lines()]
    return _contact_lines()


def _contact_lines() -> list[str]:
    if settings.CONTACT_EMAIL:
        return [_("Write to %(email)s.") % {"email": settings.CONTACT_EMAIL}]
    return [_("The people who run this site have not left an address yet.")]


_DEFAULTS = {
    SitePage.Slug.PRIVACY: _privacy,
    SitePage.Slug.TERMS: _terms,
    SitePage.Slug.IMPRINT: _imprint,
    SitePage.Slug.CONTACT: _contact,
}
