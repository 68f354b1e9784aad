"""Renders the prompts: the part that stays the same, then the request, with foreign text marked as data."""

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from jinja2.meta import find_referenced_templates

from runtime.data_profile import DataProfile

MARKS = re.compile(r"</?\s*data\s*>", re.IGNORECASE)
FENCE = re.compile(r"^([ \t]*)(```|~~~)", re.MULTILINE)
LONGEST_CODE = 60_000


@dataclass(frozen=True)
class Prompt:
    """`system` depends on the target alone, so that providers can cache it; `request` comes last."""

    system: str
    request: str


def render(agent: str, **values: Any) -> Prompt:
    """Render `prompts/{agent}.md`; a name that the template needs and `values` lacks raises `jinja2.UndefinedError`."""
    template = _environment().get_template(f"{agent}.md")
    context = template.new_context(values)
    system, request = ("".join(template.blocks[name](context)) for name in ("system", "request"))
    return Prompt(system.strip(), request.strip())


@cache
def version_of(agent: str) -> str:
    """A name for the wording of `prompts/{agent}.md` and its partials, which changes with it."""
    environment = _environment()
    names, seen = [f"{agent}.md"], []
    while names:
        source = environment.loader.get_source(environment, names.pop())[0] if environment.loader else ""
        seen.append(source)
        names += [name for name in find_referenced_templates(environment.parse(source)) if name]
    return hashlib.sha256("\0".join(seen).encode()).hexdigest()[:12]


def mark_data(text: object, limit: int = 600) -> str:
    """Foreign text between data marks, which it can't close itself; cut to `limit` characters."""
    plain = MARKS.sub("[data]", str(text)).strip()
    return f"<data>{plain[:limit]}{' […]' if len(plain) > limit else ''}</data>"


def fence_code(text: str) -> str:
    """A module as a fenced block, which a fence inside its text can't end."""
    inside = FENCE.sub(r"\1# \2", text)[:LONGEST_CODE].rstrip()
    return f"```python\n{inside}\n```"


def tail(text: str, limit: int) -> str:
    """The last characters, where an error stands."""
    return text[-limit:]


def sample_kind(profile: DataProfile) -> str:
    """What one sample is, in words."""
    if profile.is_image:
        return "an image (channels, height, width)"
    if profile.is_text:
        return "a row of token ids"
    return "a signal (channels, length)" if profile.is_sequence else "a row of numbers"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("prompts", ""),
        undefined=StrictUndefined,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"data": mark_data, "code": fence_code, "tail": tail}
    return environment
