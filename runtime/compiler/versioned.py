"""JSON files that tell their version: what was traced, what was measured."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from runtime.errors import InputError

MOST_BYTES = 200_000_000


class Part(BaseModel):
    """What such a file is made of: a field it does not know makes it another file."""

    model_config = ConfigDict(extra="forbid")


class VersionedFile(Part):
    """The file itself."""

    what: ClassVar[str]
    """In the words of whoever named another file."""
    version: Literal[1] = 1

    def save(self, path: Path | str) -> None:
        """Write it as JSON, a line an element, with its folders."""
        path = Path(path)
        fields = [f"{json.dumps(name)}: {_lines(value)}" for name, value in self.model_dump(mode="json").items()]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{" + ",\n".join(fields) + "}\n")

    @classmethod
    def load(cls, path: Path | str) -> Self:
        """Raises `InputError` when it is no such file of this version."""
        try:
            with Path(path).open("rb") as stream:
                read = stream.read(MOST_BYTES + 1)
        except OSError as fault:
            raise InputError(f"{path} can't be read: {fault.strerror}.") from fault
        if len(read) > MOST_BYTES:
            raise InputError(f"{path} is no {cls.what}: it has more than {MOST_BYTES // 1_000_000} MB.")
        try:
            return cls.model_validate_json(read)
        except ValidationError as fault:
            first = fault.errors()[0]
            reason = ": ".join([*(str(part) for part in first["loc"]), first["msg"]])
            raise InputError(f"{path} is no {cls.what} (version 1): {reason}.") from fault


def _lines(value: Any) -> str:
    if isinstance(value, list) and value:
        return "[\n" + ",\n".join(json.dumps(element) for element in value) + "\n]"
    if isinstance(value, dict) and value:
        return "{\n" + ",\n".join(f"{json.dumps(name)}: {json.dumps(held)}" for name, held in value.items()) + "\n}"
    return json.dumps(value)
