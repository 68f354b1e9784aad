"""Every repair, in the order in which they are asked."""

from agents.expert.repairs import learning, replacement, resources
from agents.expert.repairs.case import Repair

CATALOGUE: tuple[Repair, ...] = (
    resources.tampering,
    resources.output_flood,
    resources.memory,
    resources.time_out,
    resources.crash,
    resources.disk,
    resources.device,
    learning.size_exceeded,
    learning.divergence,
    learning.vanished_class,
    learning.too_few_rows,
    replacement.next_family,
)
