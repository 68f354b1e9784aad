"""A message to a thread whose run waits is that run's answer: a new turn would leave the run behind."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any, cast

from langchain_core.messages import HumanMessage, convert_to_messages
from langchain_core.runnables import RunnableConfig
from langgraph.types import Command

from graph.chat import read_message
from graph.wiring import Arxla


class Listening(Arxla):
    """The graph on every surface; `copy`, which a server makes of it for each run, keeps the class."""

    async def astream(self, input: Any, config: RunnableConfig | None = None, **options: Any) -> AsyncIterator[Any]:
        """As LangGraph's own, on which `ainvoke` and the streams of events stand too."""
        given = await self._as_answer(input, config)
        stream = cast("Any", super().astream(given, config, **options))
        async with aclosing(stream):
            async for part in stream:
                yield part

    async def _as_answer(self, given: Any, config: RunnableConfig | None) -> Any:
        """What resumes the waiting run by the words of the latest message; whatever else was given as it is."""
        if not isinstance(given, dict) or given.get("task") or not given.get("messages"):
            return given
        messages = given["messages"]
        latest = convert_to_messages(messages if isinstance(messages, list) else [messages])[-1]
        if config is None or self.checkpointer is None or not isinstance(latest, HumanMessage):
            return given
        state = await self.aget_state(config)
        return Command(resume=read_message(latest)[0]) if state.interrupts else given
