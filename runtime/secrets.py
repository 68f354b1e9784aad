"""Secrets out of texts: what is known to be one, and whatever looks like one."""

import re

SECRET_SHAPES = re.compile(
    r"\bsk-[A-Za-z0-9_*-]{6,}|\b(?:AKIA|ASIA)[A-Z0-9]{12,}|\blsv2_[A-Za-z0-9_]{8,}"
    r"|\b(?:hf|gh[opsu])_[A-Za-z0-9]{20,}|(?<=[Bb]earer )[A-Za-z0-9._~+/=-]{8,}|(?<=://)[^/\s:@\"'<>]*:[^/\s\"'<>]+(?=@)"
)
PASSWORD = re.compile(r"://[^/\s:@]*:([^/\s]+)@")
MASK = "********"
SHORTEST_SECRET = 4


def mask_secrets(text: str, secrets: list[str] | tuple[str, ...] = ()) -> str:
    """Replace the given secrets and anything shaped like a key, a bearer token or a password in an address."""
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= SHORTEST_SECRET:
            text = text.replace(secret, MASK)
    return SECRET_SHAPES.sub(MASK, text)
