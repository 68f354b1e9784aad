"""Scripted agents, and code for them to answer with."""

from typing import Any

from agents.contracts import (
    BriefRequest,
    ChunkRequest,
    CodeRequest,
    Correction,
    DatasetRequest,
    DebugRequest,
    IntakeAnswer,
    IntakeRequest,
    LiteratureReview,
    ResearchRequest,
    ReviewAnswer,
    ReviewRequest,
    TellRequest,
)
from runtime.search_space import parse_search_space
from runtime.training_function import TrainingFunction
from tools.papers.brief import ChunkSummary, Criterion, PaperBrief
from tools.recommend.recommendation import DatasetAdvice

SPACE = {
    "lr": {"default": 0.02, "type": "Real", "low": 1e-3, "high": 0.1, "prior": "log-uniform"},
    "width": {"default": 16, "type": "Categorical", "categories": [8, 16]},
    "epochs": {"default": 6, "type": "Integer", "low": 2, "high": 8},
    "quantization_bits": {"default": 8, "type": "Categorical", "categories": [8, 16, 32]},
}
CODE = """
import torch
from torch import nn


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    width = int(hyperparams.get("width", 16))
    lr = float(hyperparams.get("lr", 0.02))
    epochs = int(hyperparams.get("epochs", 6))
    model = nn.Sequential(nn.Linear(X_train.shape[1], width), nn.ReLU(), nn.Linear(width, int(y_train.max()) + 1))
    model = model.to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    loss_function = nn.CrossEntropyLoss()
    X_train, y_train, X_val, y_val = X_train.to(device), y_train.to(device), X_val.to(device), y_val.to(device)
    metrics = {"train_losses": [], "val_losses": [], "val_acc": []}
    for epoch in range(epochs):
        model.train()
        for _ in range(10):
            optimizer.zero_grad()
            loss = loss_function(model(X_train), y_train)
            loss.backward()
            optimizer.step()
        model.eval()
        with torch.no_grad():
            logits = model(X_val)
            val_loss = loss_function(logits, y_val).item()
            val_acc = (logits.argmax(1) == y_val).float().mean().item()
        metrics["train_losses"].append(loss.item())
        metrics["val_losses"].append(val_loss)
        metrics["val_acc"].append(val_acc)
        print(f"epoch {epoch + 1}/{epochs} train_loss={loss.item():.4f} val_loss={val_loss:.4f} val_acc={val_acc:.4f}")
    return model, metrics
"""


class Script:
    """Plays every role from lists of answers; an exception in a list is raised, an exhausted list fails the test.

    `chunks` says what happens to a chunk by its number, many being read at once: a list of exceptions to raise, one an
    ask, before it is summarised after all; or a function of the request.
    """

    author = "script"
    version = ""
    chunk_characters = 1_000
    side_by_side = None

    def __init__(self, chunks: dict[int, Any] | None = None, **answers: list[Any]) -> None:
        self.chunks = chunks or {}
        self.answers = {role: list(given) for role, given in answers.items()}
        self.asked: list[Any] = []

    def _next(self, role: str, request: Any) -> Any:
        self.asked.append(request)
        assert self.answers.get(role), f"the {role} was asked once too often"
        answer = self.answers[role].pop(0)
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def write(self, request: CodeRequest) -> TrainingFunction:
        code = self._next("coder", request)
        space = SPACE
        if isinstance(code, tuple):
            code, space = code
        return TrainingFunction(
            model_name="scripted",
            training_code=code,
            bo_config=parse_search_space(space),
            confidence=0.5,
            data_profile=request.profile,
            timestamp=1_700_000_000,
            metadata={"generated_by": "script"},
        )

    def review(self, request: ReviewRequest) -> ReviewAnswer:
        return self._next("reviewer", request) if "reviewer" in self.answers else ReviewAnswer()

    def correct(self, request: DebugRequest) -> Correction:
        return self._next("debugger", request)

    def research(self, request: ResearchRequest) -> LiteratureReview:
        return self._next("researcher", request)

    def understand(self, request: IntakeRequest) -> IntakeAnswer:
        return self._next("intake", request)

    def tell(self, request: TellRequest) -> str:
        return self._next("teller", request) if "teller" in self.answers else request.facts

    def read(self, request: ChunkRequest) -> ChunkSummary:
        self.asked.append(request)
        before = self.chunks.get(request.number, [])
        if callable(before):
            before(request)
        elif before:
            raise before.pop(0)
        quotation = " ".join(request.text.split()[:12])
        criterion = Criterion(text=f"does what chunk {request.number} says", chunk=request.number, quotation=quotation)
        said = {"chunk": request.number, "section": request.section, "criteria": [criterion], "generated_by": "script"}
        return ChunkSummary(summary=f"Chunk {request.number} says: {quotation}", **said)

    def brief(self, request: BriefRequest) -> PaperBrief:
        self.asked.append(request)
        if self.answers.get("summarizer"):
            raise self._next("summarizer", request)
        criteria = [
            one.criteria[0].model_copy(update={"id": f"C{number}"}) for number, one in enumerate(request.summaries, 1)
        ]
        named = {"paper_id": request.paper_id, "title": request.title, "generated_by": "script"}
        return PaperBrief(method="It does what the paper says.", criteria=criteria, **named)

    def recommend(self, request: DatasetRequest) -> DatasetAdvice:
        self.asked.append(request)
        return self._next("advice", request) if "advice" in self.answers else DatasetAdvice()
