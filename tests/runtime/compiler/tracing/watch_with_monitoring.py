"""Run by a newer Python, which needs no packages: `watch_with_monitoring.py ROOT PROGRAM` prints what was seen."""

import cProfile
import json
import runpy
import sys

sys.path.insert(0, sys.argv[1])

from runtime.compiler.tracing.functions import Functions
from runtime.compiler.tracing.sampler import Sampler
from runtime.compiler.tracing.scope import Scope
from runtime.compiler.tracing.with_monitoring import MonitoringEvents

program = sys.argv[2]
functions = Functions(Scope([program.rpartition("/")[0]], main="program"))
events = MonitoringEvents(functions)
sampler = Sampler(functions)
sampler.start()
events.start()
runpy.run_path(program, run_name="__main__")
profiler = cProfile.Profile()  # the program may have one of its own
profiler.enable()
profiler.disable()
left_out = events.stop()
sampler.stop()
seen: dict = {}
for record in functions.end():
    found = seen.setdefault(record.function.name, {"calls": 0, "exceptions": {}, "ways": [], "kind": "", "times": []})
    found["calls"] += record.calls
    found["kind"] = record.function.kind
    found["times"].append([record.self_s, record.total_s])
    for name, times in record.exceptions.items():
        found["exceptions"][name] = found["exceptions"].get(name, 0) + times
    for (arg_types, return_type), (count, local_types) in record.ways.items():
        local_types = {name: sorted(kinds) for name, kinds in local_types.items()}
        found["ways"].append([list(arg_types), return_type, local_types, count])
print(json.dumps({"left_out": left_out, "seen": seen, "tools": [sys.monitoring.get_tool(i) for i in range(6)]}))
