"""The README of an exported project: what it is, what was measured, how to run it, where it comes from."""

import json
from pathlib import Path

import jinja2

from runtime.data_profile import PreparedData
from runtime.search_space import Hyperparameters
from runtime.training_function import TrainingFunction
from tools.report import wording
from tools.report.paper import checklist, met_sentence, paper_title
from tools.results.record import RunRecord


def readme(
    record: RunRecord, function: TrainingFunction, data: PreparedData, rows: int, values: Hyperparameters
) -> str:
    """Markdown; `rows` is the size of the sample, `values` are the hyperparameters that train.py starts from."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("tools.export"),
        autoescape=False,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["line"] = lambda text: " ".join(str(text).replace("`", "'").split())
    return environment.get_template("README.md.j2").render(
        run=record,
        function=function,
        profile=data.profile,
        normalizer=data.normalizer,
        from_text=(Path(data.folder) / "tokenizer.json").is_file(),
        rows=rows,
        values=json.dumps(values, indent=2),
        author=wording.author(record),
        paper_title=paper_title(record),
        met=met_sentence(record),
        checks=checklist(record, function.training_code),
        score_text=wording.score_text,
        metric_name=wording.metric_name,
        kilobytes=wording.kilobytes,
    )
