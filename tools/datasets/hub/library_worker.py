"""The child process that calls the `datasets` library: `python -m tools.datasets.hub.library_worker REQUEST`.

REQUEST is JSON: `{"files": {part: [path]}, "cache": folder}` for local Parquet files, or `{"repository",
"configuration", "cache"}` for the hub. The last line of stdout is `{"parts": {part: [Arrow file]}}` or
`{"error": text}`.
"""

import json
import sys
from typing import Any

PARTS = ("train", "validation", "test")
"""What else a repository has, such as unlabelled texts, is left out."""


def main() -> None:
    """Answer the request of the command line."""
    request = json.loads(sys.argv[1])
    try:
        print(json.dumps({"parts": _load(request)}))
    except Exception as error:  # noqa: BLE001  whatever the library raises becomes the sentence of the caller
        lines = str(error).strip().splitlines()
        print(json.dumps({"error": f"{type(error).__name__}: {lines[0][:200] if lines else ''}"}))


def _load(request: dict[str, Any]) -> dict[str, list[str]]:
    import datasets

    datasets.config.USE_PARQUET_EXPORT = False  # a question to a second host, which mirrors and firewalls lack
    if "files" in request:
        loaded = datasets.load_dataset("parquet", data_files=request["files"], cache_dir=request["cache"])
    else:
        loaded = datasets.load_dataset(request["repository"], request["configuration"], cache_dir=request["cache"])
    return {part: [entry["filename"] for entry in loaded[part].cache_files] for part in PARTS if part in loaded}


if __name__ == "__main__":
    main()
