"""Whether a model can be used, said before any work is done."""

import time
from dataclasses import dataclass, replace

from langchain_core.messages import HumanMessage

from runtime.errors import ModelUnavailable
from runtime.models.attempts import Clock, FailedCall, call_within, unavailable
from runtime.models.connection import PartialReply, Request
from runtime.models.faults import Fault
from runtime.models.names import EXPERT, connect, parse_model_name
from runtime.models.reply import read_reply
from runtime.models.usage import Budget, check_price
from runtime.settings import Settings

PING = "Answer with the one word: ready"
PING_TIMEOUT_S = 60.0
PING_TOKENS = 512
"""Room for a model that reasons first."""


@dataclass(frozen=True)
class ModelCheck:
    """A model that is well named and has what it needs; `seconds` is a real answer's time, when one was asked for."""

    model: str
    address: str
    seconds: float | None = None
    answer: str = ""


def check_model(text: str, settings: Settings, *, ping: bool = False, budget: Budget | None = None) -> ModelCheck:
    """Check a name, its key, that `budget` can bound it, and with `ping` a real answer (one attempt, a minute at most).

    Raises `InputError` for a name and `ModelUnavailable` for a key or a server, each with what to do.
    """
    if text == EXPERT:
        return ModelCheck(EXPERT, "built in")
    name = parse_model_name(text)
    connection = connect(name, settings)
    check_price(connection.name, connection.base_url, budget or Budget())
    check = ModelCheck(name.short, connection.base_url or "the provider's own address")
    if not ping:
        return check
    started = time.monotonic()
    try:
        message = call_within(
            min(PING_TIMEOUT_S, settings.arxla_model_timeout_s),
            lambda: connection.invoke(Request([HumanMessage(PING)], PING_TOKENS), PartialReply()),
            connection.errors,
            Clock(),
        )
    except FailedCall as failed:
        fault = Fault(failed.fault.kind, settings.mask_secrets(failed.fault.message))
        raise unavailable(name.short, fault, connection.key_hint, 1) from failed
    reply = read_reply(message)
    if not reply.text.strip() and not reply.truncated:
        raise ModelUnavailable(f"{name.short} answered with nothing: choose another --model.")
    return replace(check, seconds=time.monotonic() - started, answer=reply.text.strip()[:80])
