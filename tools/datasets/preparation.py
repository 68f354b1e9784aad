"""The dataset stage: load, clean, split, normalise, write, profile."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runtime.data_profile import DataProfile, PreparedData
from runtime.errors import InputError
from runtime.events import Emit, ignore_events
from tools.datasets.catalogue import Source, find_source
from tools.datasets.corpus import Corpus, CorpusRows, corpus_rows
from tools.datasets.hub.access import HubAccess
from tools.datasets.labels import Labels, encode_labels, flatten_target, is_missing
from tools.datasets.loaders.hub import load_hub
from tools.datasets.raw import TEST, TRAIN, VAL, LoadRequest, Normalizer, RawDataset
from tools.datasets.sampling import limit_rows, limit_warning
from tools.datasets.split import Split, SplitRequest, absent_class_warnings, split_rows
from tools.datasets.storage import reusable, write_prepared
from tools.datasets.tokenization import PADDING

MIN_ROWS = 10
MIN_CLASS_ROWS = 3
"""One for each part."""
MAX_NAMES = 512


def prepare(
    dataset: str,
    folder: Path,
    *,
    target_column: str | None = None,
    seed: int = 0,
    max_rows: int | None = None,
    dataset_name: str = "",
    dataset_source: str = "",
    data_dir: Path | None = None,
    hub: HubAccess | None = None,
    goal: str = "",
    emit: Emit = ignore_events,
) -> PreparedData:
    """Load a dataset by name or path and leave it split and normalised in `folder`.

    `max_rows` bounds the rows that are divided (a given test part is kept whole beside them) by a stratified, seeded
    sample. `data_dir` is where datasets are looked up by name, and `hub` where the hub's are fetched from otherwise;
    the names and the `goal` hint at what bare arrays are.
    The same request returns what is already there, as long as the source is unchanged, or gone. Raises `InputError`
    with one sentence for unusable input, `DiskFull` when nothing can be written.
    """
    if max_rows is not None and max_rows < MIN_ROWS:
        raise InputError(f"max_rows is {max_rows}; at least {MIN_ROWS} rows are needed.")
    asked: dict[str, Any] = {
        "dataset": dataset,
        "target_column": target_column,
        "seed": seed,
        "max_rows": max_rows,
        "dataset_name": dataset_name,
        "dataset_source": dataset_source,
        "goal": goal,
    }
    try:
        source = find_source(dataset, data_dir, hub)
    except InputError:
        if (ready := reusable(folder, asked)) is None:
            raise
        return ready
    asked["source"] = source.state()
    if (ready := reusable(folder, asked)) is not None:
        emit({"kind": "note", "text": f"The prepared data in {folder} is unchanged and was used again."})
        return ready
    if note := source.note(hub):
        emit({"kind": "note", "text": note})
    raw = _load(source, dataset, target_column, seed, max_rows, f"{dataset_name} {dataset_source} {goal}", hub)
    name = dataset_name or source.title
    if isinstance(raw, Corpus):
        prepared = _write_corpus(folder, asked, corpus_rows(raw, name, dataset_source, seed, max_rows))
    else:
        prepared = _divide_and_write(folder, asked, raw, name, dataset_source)
    for warning in prepared.profile.warnings:
        emit({"kind": "warning", "text": warning})
    return prepared


def _divide_and_write(
    folder: Path, asked: dict[str, Any], raw: RawDataset, name: str, dataset_source: str
) -> PreparedData:
    """Split, normalise and write rows that have labels."""
    seed, max_rows = asked["seed"], asked["max_rows"]
    raw, labels = _usable_rows(raw, seed, max_rows)
    keys = raw.features.row_keys()
    classes = labels.values if labels.task == "classification" else None
    split = split_rows(SplitRequest(keys, seed, classes, raw.given, raw.groups, raw.time))
    if classes is not None:
        split.warnings += absent_class_warnings(split, classes, labels.class_names)
    normalizer = raw.features.fit(split.rows(TRAIN))
    return _write(folder, asked, raw, labels, split, normalizer, name, dataset_source)


def _load(
    source: Source,
    dataset: str,
    target_column: str | None,
    seed: int,
    max_rows: int | None,
    words: str,
    hub: HubAccess | None,
) -> RawDataset | Corpus:
    """Ask the source's loader; the shape and length of the target are checked here for all loaders."""
    stem = source.path.stem if source.path else ""
    request = LoadRequest(source.name, source.path, target_column, seed, max_rows, f"{words} {stem}")
    raw = load_hub(request, hub) if source.is_hub else source.loader()(request)
    if isinstance(raw, Corpus):
        if target_column:
            raise InputError(f"{dataset} is running text without columns; leave the target column out.")
        return raw
    if target_column and target_column.strip().lower() != raw.target_name.strip().lower():
        raise InputError(f"{dataset} has no columns to choose from; leave the target column out.")
    target, notes = flatten_target(np.asarray(raw.target))
    if len(target) != len(raw.features):
        raise InputError(f"{dataset} has {len(raw.features)} samples and {len(target)} labels; they must be as many.")
    if len(target) == 0:
        raise InputError(f"{dataset} holds no rows.")
    return replace(raw, target=target, warnings=[*raw.warnings, *notes])


def _usable_rows(raw: RawDataset, seed: int, max_rows: int | None) -> tuple[RawDataset, Labels]:
    """Leave out rows without a label, apply the row limit, leave out classes too small to be divided."""
    warnings = list(raw.warnings)
    unlabelled = is_missing(raw.target)
    if unlabelled.any():
        if unlabelled.mean() > 0.5:
            raise InputError(
                f"{int(unlabelled.sum())} of {len(raw)} rows have no label (missing or NaN); label them first."
            )
        warnings.append(f"Missing labels: {int(unlabelled.sum())} row(s) without a label were left out.")
        raw = raw.take(np.flatnonzero(~unlabelled))
    if len(raw) < MIN_ROWS:
        raise InputError(f"The dataset has {len(raw)} usable rows; at least {MIN_ROWS} are needed.")
    labels = encode_labels(raw.target, raw.class_names, raw.target_name)
    strata = labels.values if labels.task == "classification" else np.zeros(len(raw), np.int64)
    rows = limit_rows(strata, raw.given, max_rows, seed)
    warnings += limit_warning(len(rows), len(raw))
    if len(rows) < len(raw):
        raw, labels = raw.take(rows), labels.take(rows)
    has_test = raw.given is not None and bool((raw.given == TEST).any())
    if labels.task == "classification" and not has_test:
        counts = np.bincount(labels.values, minlength=len(labels.class_names))
        small = [code for code, count in enumerate(counts) if 0 < count < MIN_CLASS_ROWS]
        if small:
            names = ", ".join(f"{labels.class_names[code]} ({counts[code]})" for code in small[:5])
            warnings.append(f"Rare classes: left out for having fewer than {MIN_CLASS_ROWS} rows: {names}.")
            raw, labels = _keep(raw, labels, ~np.isin(labels.values, small))
    return replace(raw, warnings=warnings), _renumbered(labels)


def _keep(raw: RawDataset, labels: Labels, mask: NDArray[np.bool_]) -> tuple[RawDataset, Labels]:
    rows = np.flatnonzero(mask)
    return raw.take(rows), labels.take(rows)


def _renumbered(labels: Labels) -> Labels:
    """Classes numbered without gaps after rows were left out."""
    if labels.task == "regression":
        return labels
    present, codes = np.unique(labels.values, return_inverse=True)
    if len(present) < 2:
        raise InputError(
            f"Only {len(present)} class has enough rows; classification needs two with {MIN_CLASS_ROWS} rows."
        )
    return Labels(labels.task, codes.astype(np.int64), [labels.class_names[code] for code in present])


def _write(
    folder: Path,
    asked: dict[str, Any],
    raw: RawDataset,
    labels: Labels,
    split: Split,
    normalizer: Normalizer,
    name: str,
    source: str,
) -> PreparedData:
    rows = {part: split.rows(part) for part in (TRAIN, VAL, TEST)}
    X = {part: normalizer(rows[part]) for part in rows}
    y = {part: labels.values[rows[part]] for part in rows}
    profile = describe(raw, labels, split, normalizer, X[TRAIN], name, source)
    documents = {
        "normalizer.json": normalizer.parameters,
        "classes.json": labels.class_names,
        **normalizer.files,
    }
    return write_prepared(folder, asked, _arrays(X, y), documents, _described(profile, X, normalizer.words))


def _write_corpus(folder: Path, asked: dict[str, Any], rows: CorpusRows) -> PreparedData:
    documents = {"normalizer.json": rows.parameters, "classes.json": [], **rows.files}
    described = _described(rows.profile, rows.X, rows.words)
    return write_prepared(folder, asked, _arrays(rows.X, rows.y), documents, described)


def _arrays(X: dict[int, NDArray[Any]], y: dict[int, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """The arrays by the names of their files."""
    visible = {"X_train": X[TRAIN], "y_train": y[TRAIN], "X_val": X[VAL], "y_val": y[VAL], "X_test": X[TEST]}
    return {**visible, "hidden/y_test": y[TEST]}


def _described(profile: DataProfile, X: dict[int, NDArray[Any]], words: str) -> dict[str, Any]:
    counts = {"train_count": len(X[TRAIN]), "val_count": len(X[VAL]), "test_count": len(X[TEST])}
    return {"profile": profile, **counts, "normalizer": words}


def describe(
    raw: RawDataset, labels: Labels, split: Split, normalizer: Normalizer, X: NDArray[Any], name: str, source: str
) -> DataProfile:
    """The profile of prepared data; X is the prepared train array, ranges and balance are of the train part."""
    y = labels.values[split.rows(TRAIN)]
    classification = labels.task == "classification"
    missing, infinite = raw.features.missing(), raw.features.infinite()
    warnings = [*raw.warnings, *split.warnings, *normalizer.warnings]
    if missing:
        warnings.append(f"Missing values: {missing} input value(s) were filled in from the train rows.")
    if infinite:
        warnings.append(f"Infinite values: {infinite} input value(s) (or beyond 1e37) were treated as missing.")
    kind = raw.features.kind
    return DataProfile(
        dataset_name=name,
        dataset_source=source,
        data_type=raw.data_type,
        shape=(len(raw), *X.shape[1:]),
        dtype=str(X.dtype),
        is_sequence=kind == "sequence",
        is_image=kind == "image",
        is_tabular=kind == "tabular",
        is_text=kind == "tokens",
        sample_count=len(raw),
        feature_count=int(np.prod(X.shape[1:])),
        task_type=labels.task,
        num_classes=len(labels.class_names) if classification else None,
        class_names=labels.class_names,
        class_balance=_shares(y, len(labels.class_names)) if classification else [],
        value_range=(float(X.min()), float(X.max())),
        target_range=None if classification else (float(y.min()), float(y.max())),
        missing_values=missing,
        vocabulary_size=normalizer.parameters.get("vocabulary_size"),
        filler_token=PADDING if normalizer.parameters["kind"] == "text" else None,
        feature_names=normalizer.feature_names if len(normalizer.feature_names) <= MAX_NAMES else [],
        target_name=raw.target_name,
        split_kind=split.kind,
        warnings=_once(warnings),
    )


def _shares(y: NDArray[Any], classes: int) -> list[float]:
    counts = np.bincount(y, minlength=classes)
    return [round(float(count) / len(y), 6) for count in counts]


def _once(warnings: Sequence[str]) -> list[str]:
    return list(Counter(warnings))
