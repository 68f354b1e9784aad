"""PhysioNet (WFDB) records with beat annotations, as windows around the beats.

Beats are mapped to the five classes of ANSI/AAMI EC57:1998/(R)2008, "Testing and reporting performance results of
cardiac rhythm and ST segment measurement algorithms", as applied by de Chazal, O'Dwyer and Reilly, "Automatic
classification of heartbeats using ECG morphology and heartbeat interval features", IEEE Trans. Biomed. Eng.
51(7), 2004: N (normal and bundle branch block), S (supraventricular ectopic), V (ventricular ectopic), F (fusion),
Q (paced, unknown).
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import wfdb
from numpy.typing import NDArray

from runtime.errors import InputError
from tools.datasets.array_features import ArrayFeatures
from tools.datasets.raw import LoadRequest, RawDataset, check_size, reason

AAMI = {
    **dict.fromkeys("NLRejB", "N"),
    **dict.fromkeys("AaJSn", "S"),
    **dict.fromkeys("VEr", "V"),
    "F": "F",
    **dict.fromkeys("/fQ?", "Q"),
}
ANNOTATORS = ("atr", "qrs", "ecg", "ari", "ann", "atr_avg")
BEFORE_S, AFTER_S = 0.25, 0.46
"""Seconds around the annotated peak."""
STEPS = 128
"""Points of a window, whatever the sampling rate."""
SAME_SUBJECT = {"202": "201"}
"""Records 201 and 202 of the MIT-BIH Arrhythmia Database come from one person (its directory says so)."""
BROKEN = (OSError, ValueError, IndexError, KeyError, TypeError, EOFError, UnicodeDecodeError, AttributeError)


@dataclass(frozen=True)
class Record:
    """The beats of one record: (n, channels, STEPS) windows, AAMI classes, and their places from 0 to 1."""

    name: str
    leads: list[str]
    windows: NDArray[np.float32]
    classes: list[str]
    place: NDArray[np.float64]


def load_wfdb(request: LoadRequest) -> RawDataset:
    """One record (path with or without ending) or a folder of records; several are split by person, one by time."""
    path = request.existing_path()
    bases = sorted(file.with_suffix("") for file in path.rglob("*.hea")) if path.is_dir() else [record_base(path)]
    records = [record for base in bases if (record := read_beats(base, alone=len(bases) == 1)) is not None]
    if not records:
        raise InputError(
            f"No record in {path} has annotations; put the annotation files (such as 100.atr) beside them."
        )
    leads = [lead for lead in records[0].leads if all(lead in record.leads for record in records)]
    notes = [f"Beats: windows of {STEPS} points from {BEFORE_S} s before to {AFTER_S} s after each beat, AAMI classes."]
    if len(records) < len(bases):
        notes.append(f"Records without annotations: {len(bases) - len(records)} left out.")
    if leads:
        windows = [record.windows[:, [record.leads.index(lead) for lead in leads]] for record in records]
        notes.append(f"Leads: {', '.join(leads)}.")
    else:
        windows = [record.windows[:, :1] for record in records]
        notes.append("Leads: the records have no lead in common; the first of each is used.")
    check_size(sum(len(block) for block in windows), windows[0].shape[1] * STEPS, str(path))
    people = np.concatenate([[SAME_SUBJECT.get(record.name, record.name)] * len(record.classes) for record in records])
    several = len(np.unique(people)) >= 3
    return RawDataset(
        ArrayFeatures(np.concatenate(windows), "sequence"),
        np.array([label for record in records for label in record.classes], dtype=object),
        "wfdb",
        target_name="beat",
        groups=people if several else None,
        time=None if several else np.concatenate([record.place for record in records]),
        warnings=notes,
    )


def record_base(path: Path) -> Path:
    """The path of a record without its ending."""
    base = path.with_suffix("") if path.suffix.lower() in (".hea", ".dat", ".atr") else path
    if not base.with_name(base.name + ".hea").exists():
        raise InputError(f"The record {base} has no header; put {base.name}.hea beside it.")
    return base


def read_beats(base: Path, *, alone: bool) -> Record | None:
    """Cut the beats out of one record; None when it has no annotations and others may have."""
    annotator = next((ending for ending in ANNOTATORS if base.with_name(f"{base.name}.{ending}").exists()), None)
    if annotator is None:
        if alone:
            raise InputError(f"The record {base} has no annotations; put {base.name}.atr beside it.")
        return None
    try:
        header = wfdb.rdheader(str(base))
        check_size(header.sig_len or 0, header.n_sig, f"The record {base}")
        signal, fields = wfdb.rdsamp(str(base))
        annotation = wfdb.rdann(str(base), annotator)
    except BROKEN as error:
        raise InputError(f"The record {base} can't be read ({reason(error)}).") from error
    beats = [
        (int(at), AAMI[sign]) for at, sign in zip(annotation.sample, annotation.symbol, strict=True) if sign in AAMI
    ]
    rate = float(fields["fs"])
    inside = [(at, kind) for at, kind in beats if at - BEFORE_S * rate >= 0 and at + AFTER_S * rate <= len(signal) - 1]
    if not inside:
        raise InputError(f"The record {base} has no annotated beats; choose one with beat annotations.")
    centers = np.array([at for at, _ in inside])
    windows = _windows(np.asarray(signal), centers, rate)
    return Record(
        base.name,
        [name or f"lead {number}" for number, name in enumerate(fields["sig_name"])],
        windows,
        [kind for _, kind in inside],
        centers / len(signal),
    )


def _windows(signal: NDArray[Any], centers: NDArray[np.int64], rate: float) -> NDArray[np.float32]:
    """Linear interpolation of (samples, leads) at `STEPS` points around each center: (beats, leads, STEPS)."""
    at = centers[:, None] + np.linspace(-BEFORE_S, AFTER_S, STEPS)[None, :] * rate
    left = np.clip(np.floor(at).astype(np.int64), 0, len(signal) - 2)
    share = (at - left)[..., None]
    values = signal[left] * (1 - share) + signal[left + 1] * share
    return values.transpose(0, 2, 1).astype(np.float32)
