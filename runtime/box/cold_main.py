"""A worker in a process of its own: `python -m runtime.box.cold_main SETUP`, where SETUP is JSON from a launcher."""

import json
import os
import socket
import sys
from typing import Any

from runtime.box.child import COLD_BASELINE_MB
from runtime.box.isolation import NAMESPACES, lock
from runtime.box.rlimits import apply_rlimits
from runtime.box.worker import serve
from runtime.job import Limits


def main() -> None:
    """Bound this process, hand the scratch folder out, then serve."""
    setup: dict[str, Any] = json.loads(sys.argv[1])
    limits = Limits.model_validate(setup["limits"])
    scratch = setup["scratch"]
    os.chdir(scratch)
    folder = os.open(scratch, os.O_RDONLY | os.O_DIRECTORY)
    roomy = limits.model_copy(update={"memory_mb": limits.memory_mb + COLD_BASELINE_MB})
    active: dict[str, Any] = {}
    if setup["isolated"]:
        active = {"namespaces": NAMESPACES} | lock(roomy, setup["lasting"])
    else:
        apply_rlimits(roomy, setup["lasting"], count_processes=False)
    with socket.socket(fileno=setup["ready"]) as channel:
        socket.send_fds(channel, [json.dumps(active).encode()], [folder])
    os.close(folder)
    serve(setup["requests"], setup["replies"], scratch)


if __name__ == "__main__":
    main()
