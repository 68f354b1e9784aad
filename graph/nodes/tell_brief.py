"""Say a brief in the chat, or why there is none."""

from langchain_core.messages import AIMessage

from graph.stage import Stage
from graph.state import Update, ending
from runtime.outcome import Outcome
from tools.papers.readable import as_markdown

NO_PAPER = "This reads papers: name one, a file, a LaTeX folder, index:ID or opensearch:ID."


def run(stage: Stage) -> Update:
    """The brief as Markdown."""
    if stage.state.get("outcome"):
        return {"messages": [AIMessage(f"{stage.state['outcome']}: {stage.state['message']}")]}
    if stage.brief is None:
        return ending(Outcome.INPUT_ERROR, NO_PAPER) | {"messages": [AIMessage(NO_PAPER)]}
    return {"messages": [AIMessage(as_markdown(stage.brief))]}
