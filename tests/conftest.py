"""Lets every test import the local servers by name: `from openai_server import OpenAIServer`."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent / "servers"))
