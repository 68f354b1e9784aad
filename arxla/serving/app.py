"""The API with the web page under /ui, behind the gate; what `langgraph.json` names."""

from arxla.serving.auth import settings_of_server
from arxla.serving.bare import GATE
from arxla.web.app import create_app

app = create_app(settings_of_server())
app.user_middleware.insert(0, GATE)
