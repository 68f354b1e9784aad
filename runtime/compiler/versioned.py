"""JSON files that tell their version: what was traced, what was measured."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from runtime.errors import InputError


class Part(BaseModel):
    """What such a file is made of: a field it does not know makes it another file."""

    model_config = ConfigDict(extra="forbid")


class VersionedFile(Part):
    """The file itself."""

    what: ClassVar[str]
    """In the words of whoever named another file."""
    version: Literal[1] = 1

    def save(self, path: Path) -> None:
        """Write it as JSON, a line an element, with its folders."""
        fields = [f"{json.dumps(name)}: {_lines(value)}" for name, value in self.model_dump(mode="json").items()]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{" + ",\n".join(fields) + "}\n")

    @classmethod
    def load(cls, path: Path) -> Self:
        """Raises `InputError` when it is no such file of this version."""
        try:
            return cls.model_validate_json(path.read_bytes())
        except (OSError, ValidationError) as fault:
            reason = str(fault).splitlines()[0]
            raise InputError(f"{path} is no {cls.what} (version 1): {reason}") from fault


def _lines(value: Any) -> str:
    if isinstance(value, list) and value:
        return "[\n" + ",\n".join(json.dumps(element) for element in value) + "\n]"
    if isinstance(value, dict) and value:
        return "{\n" + ",\n".join(f"{json.dumps(name)}: {json.dumps(held)}" for name, held in value.items()) + "\n}"
    return json.dumps(value)
