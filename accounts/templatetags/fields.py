"""Fields of forms as pages show them."""

from django import template
from django.forms import BoundField
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
def field_widget(field: BoundField) -> SafeString:
    """Return the widget of a field; of a form's wrong fields, the first one gets the focus.

    Where the fields are wrong together, as a username and its password, it is the first of all.
    """
    wrong = [name for name in field.form.fields if name in field.form.errors]
    if not wrong and field.form.non_field_errors():
        wrong = [one.name for one in field.form.visible_fields()]
    if not wrong:
        return field.as_widget()
    field.field.widget.attrs.pop("autofocus", None)
    return field.as_widget(attrs={"autofocus": True} if field.name == wrong[0] else None)
