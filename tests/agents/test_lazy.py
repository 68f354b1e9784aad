"""LangChain, which takes seconds to import, is imported only when a role names a model."""

import subprocess
import sys


def test_the_expert_needs_no_langchain() -> None:
    script = (
        "import sys; from agents.registry import make_agents, check_models; from runtime.models.usage import Ledger\n"
        "from runtime.settings import load_settings; from runtime.task import Task\n"
        "task = Task(dataset='digits'); check_models(task, load_settings(env_file=None))\n"
        "make_agents(task, load_settings(env_file=None), Ledger())\n"
        "print(sorted({name.partition('.')[0] for name in sys.modules} "
        "& {'langchain_core', 'openai', 'boto3', 'genai_prices'}))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"
