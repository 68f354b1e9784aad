"""Where the checkpoints of a run on disk lie: beside it, with the terminal's chats, or with a server's threads."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from uuid import UUID

from arxla.chatting import chat_checkpoints
from graph.place import OpenPlace, Place, own_place
from runtime.settings import Settings
from tools.results.folder import RunFolder


def place_of(settings: Settings) -> OpenPlace:
    """What finds and opens the place of a run, given what names the database of a server."""

    def open_place(folder: RunFolder) -> AbstractAsyncContextManager[Place]:
        thread = folder.load_record().thread_id
        if not thread:
            return own_place(folder)
        return _server_place(settings, folder, thread) if _is_uuid(thread) else _chat_place(folder, thread)

    return open_place


def _is_uuid(text: str) -> bool:
    """Whether this is how a server names its threads."""
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


@asynccontextmanager
async def _chat_place(folder: RunFolder, thread: str) -> AsyncIterator[Place]:
    async with chat_checkpoints(folder.path.parent, thread) as saver:
        yield Place(saver, thread, f"the chats of {folder.path.parent}")


@asynccontextmanager
async def _server_place(settings: Settings, folder: RunFolder, thread: str) -> AsyncIterator[Place]:
    from arxla.serving.visiting import visit_thread  # its packages are those of a server

    there = settings.model_copy(update={"out": folder.path.parent})
    async with visit_thread(there, thread) as saver:
        yield Place(saver, thread, "the database of its server (ARXLA_DATABASE_URL)")
