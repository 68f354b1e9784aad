"""The wire between the trusted side and a boxed worker: length-prefixed JSON over pipes.

Requests flow in without a token. Every reply carries the 16 random bytes of its job's request, so that bytes written
to the pipe by anything but the worker are recognised. The token is a tripwire, not a proof: code in the same process
could find it, which is why nothing that arrives here is believed.
"""

import json
import os
import struct
from enum import IntEnum
from typing import Any

REQUEST_HEADER = struct.Struct("<I")
REPLY_HEADER = struct.Struct("<16sBI")
TOKEN_BYTES = 16
LARGEST_REPLY = 8 * 1024 * 1024
LARGEST_REQUEST = 256 * 1024 * 1024


class Kind(IntEnum):
    """What a reply is."""

    START = 1
    EVENT = 2
    RESULT = 3


class Forged(Exception):
    """Bytes on the reply pipe that the worker did not write."""


def read_exactly(fd: int, count: int) -> bytes:
    """Block until `count` bytes came; raises EOFError when the writer closed first."""
    parts: list[bytes] = []
    while count:
        part = os.read(fd, min(count, 1 << 20))
        if not part:
            raise EOFError
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def write_all(fd: int, content: bytes) -> None:
    """Write everything, however small the pipe."""
    view = memoryview(content)
    while view:
        view = view[os.write(fd, view) :]


def encode_request(request: dict[str, Any]) -> bytes:
    """One request as bytes."""
    body = json.dumps(request).encode()
    return REQUEST_HEADER.pack(len(body)) + body


def read_request(fd: int) -> dict[str, Any] | None:
    """The next request, or None when the trusted side closed the pipe."""
    try:
        (length,) = REQUEST_HEADER.unpack(read_exactly(fd, REQUEST_HEADER.size))
        request: dict[str, Any] = json.loads(read_exactly(fd, length))
    except EOFError:
        return None
    return request


def encode_reply(token: bytes, kind: Kind, body: bytes) -> bytes:
    """One reply as bytes."""
    return REPLY_HEADER.pack(token, kind, len(body)) + body


class ReplyReader:
    """Takes bytes as they come and gives whole replies.

    Raises `Forged` for a wrong token, an unknown kind, an oversize body, or a body that isn't a JSON object of finite
    numbers and encodable text.
    """

    def __init__(self, token: bytes) -> None:
        self._token = token
        self._buffer = bytearray()

    def feed(self, content: bytes) -> list[tuple[Kind, dict[str, Any]]]:
        """The replies that `content` completes, in order."""
        self._buffer += content
        replies = []
        while len(self._buffer) >= REPLY_HEADER.size:
            token, kind, length = REPLY_HEADER.unpack_from(self._buffer)
            if token != self._token or kind not in set(Kind) or length > LARGEST_REPLY:
                raise Forged("something other than the harness wrote to the result pipe")
            end = REPLY_HEADER.size + length
            if len(self._buffer) < end:
                break
            replies.append((Kind(kind), parse_object(bytes(self._buffer[REPLY_HEADER.size : end]))))
            del self._buffer[:end]
        return replies

    @property
    def partial(self) -> bool:
        """Bytes are left over that are no whole reply."""
        return bool(self._buffer)


def parse_object(body: bytes) -> dict[str, Any]:
    """A JSON object from untrusted bytes; raises `Forged`."""
    try:
        value = json.loads(body, parse_constant=_refuse_constant, parse_float=_finite)
        json.dumps(value, ensure_ascii=False).encode()  # refuses lone surrogates, which would break later writers
    except (ValueError, RecursionError) as error:
        raise Forged(f"the result is not plain JSON: {str(error)[:100]}") from error
    if not isinstance(value, dict):
        raise Forged("the result is not a JSON object")
    return value


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not a JSON number")


def _finite(digits: str) -> float:
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        raise ValueError(f"{digits[:20]} is out of range")
    return number
