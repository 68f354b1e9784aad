"""The head of a Ray of this machine alone: `python -m runtime.box.ray.head_main FOLDER`; prints its address.

A process of its own, so that Ray gets none of arxla's environment. It waits to be killed: Ray's processes end with it.
"""

import os
import signal
import sys

import ray

OBJECT_STORE_BYTES = 256 << 20
"""What is shipped comes in parts of `content.PART_BYTES`, which go as soon as they have arrived."""


def main() -> None:
    """Start, tell the address, wait."""
    ray.init(
        "local",
        num_cpus=len(os.sched_getaffinity(0)),
        object_store_memory=OBJECT_STORE_BYTES,
        include_dashboard=False,
        log_to_driver=False,
        configure_logging=False,
        _temp_dir=sys.argv[1],
        _node_ip_address="127.0.0.1",
    )
    print(ray.get_runtime_context().gcs_address, flush=True)
    while True:
        signal.pause()


if __name__ == "__main__":
    main()
