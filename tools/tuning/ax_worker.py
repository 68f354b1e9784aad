"""The process that holds Ax: `python -m tools.tuning.ax_worker`, one JSON object a line on stdin and stdout.

A line describes the problem, at first and when it changes (a new model, with nothing known); each other one brings what
has happened since, and asks for one suggestion:

    {"parameters": [...], "constraints": [...], "size_limited": true, "seed": 0}          -> {"ready": true}
    {"news": [{"index", "values", "state": open|done|abandoned, "objective", "over"}], "index": 7}  -> {"values": {...}}

A failure of Ax comes back as {"error": "..."}. The process ends when its stdin closes or its parent is gone.
"""

import json
import os
import queue
import select
import threading
from typing import IO, Any

PARENT_POLL_S = 2.0


class _Model:
    """An Ax client fed with the news; the suggestions' indices are the asker's."""

    def __init__(self, problem: dict[str, Any]) -> None:
        from ax.api.client import Client
        from ax.api.configs import ChoiceParameterConfig, RangeParameterConfig

        kinds = {"range": RangeParameterConfig, "choice": ChoiceParameterConfig}
        self._client = Client(random_seed=problem["seed"])
        self._client.configure_experiment(
            parameters=[kinds[parameter.pop("kind")](**parameter) for parameter in problem["parameters"]],
            parameter_constraints=problem["constraints"],
        )
        self._client.configure_optimization(
            objective="objective", outcome_constraints=["over <= 0"] if problem["size_limited"] else None
        )
        # The initial design is the asker's: Ax models from its first suggestion on.
        self._client.configure_generation_strategy(method="fast", initialization_budget=0, initialize_with_center=False)
        self._trials: dict[int, int] = {}

    def suggest(self, request: dict[str, Any]) -> dict[str, Any]:
        """One suggestion, after taking the news in."""
        for point in request["news"]:
            self._learn(point)
        trials = self._client.get_next_trials(max_trials=1)
        (number, values), *_ = trials.items()
        self._trials[request["index"]] = number
        return dict(values)

    def _learn(self, point: dict[str, Any]) -> None:
        index = point["index"]
        if index not in self._trials:
            self._trials[index] = self._client.attach_trial(parameters=point["values"])
        match point["state"]:
            case "done":
                data = {key: point[key] for key in ("objective", "over") if point[key] is not None}
                self._client.complete_trial(trial_index=self._trials[index], raw_data=data)
            case "abandoned":
                # Not mark_trial_failed: Ax 1.3.1 suggests a failed point again (3 times of 8).
                self._client.mark_trial_abandoned(trial_index=self._trials[index])


def main() -> None:
    """Serve requests until the asker is gone."""
    os.environ["OMP_NUM_THREADS"] = "1"
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever a library prints goes to stderr, not between the replies
    requests: queue.Queue[dict[str, Any]] = queue.Queue()
    threading.Thread(target=_read, args=(requests, os.getppid()), daemon=True).start()
    model: _Model | None = None
    while True:
        request = requests.get()
        try:
            if "parameters" in request:
                model = _Model(request)
                _reply(replies, {"ready": True})
            elif model is not None:
                _reply(replies, {"values": model.suggest(request)})
        except Exception as error:  # noqa: BLE001 - whatever Ax, BoTorch or GPyTorch raise is the asker's to judge
            _reply(replies, {"error": f"{type(error).__name__}: {error}"[:2000]})


def _read(requests: "queue.Queue[dict[str, Any]]", parent: int) -> None:
    """Queue the lines of stdin; end the process at its close, or when the parent has died."""
    pending = b""
    while True:
        ready, _, _ = select.select([0], [], [], PARENT_POLL_S)
        if os.getppid() != parent:
            os._exit(0)
        if not ready:
            continue
        chunk = os.read(0, 65536)
        if not chunk:
            os._exit(0)
        *lines, pending = (pending + chunk).split(b"\n")
        for line in lines:
            requests.put(json.loads(line))


def _reply(replies: IO[str], message: dict[str, Any]) -> None:
    replies.write(json.dumps(message) + "\n")
    replies.flush()


if __name__ == "__main__":
    main()
