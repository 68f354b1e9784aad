"""The API without the web page (`arxla serve --no-ui`), behind the same gate."""

from starlette.applications import Starlette
from starlette.middleware import Middleware

from arxla.serving.auth import settings_of_server
from arxla.serving.gate import Gate
from arxla.serving.server import SERVER

GATE = Middleware(Gate, settings=settings_of_server(), keep=SERVER.keep, failures=SERVER.failures)
app = Starlette(middleware=[GATE])
