"""Whether a clause says that a dataset is not used."""

import re

VERBS = (
    r"(?:us(?:e|es|ing)|evaluat\w*|train\w*|test\w*|consider\w*|report\w*|includ\w*|experiment\w*|rely|relies|need\w*|"
    r"requir\w*|work|appl(?:y|ies|ied)|run|benchmark\w*|assess\w*|look|cover\w*|employ\w*|adopt\w*|touch\w*)"
)
CUES = re.compile(
    r"\bunlike\b|\brather than\b|\binstead of\b|\bexcept(?: for)?\b|\bexcluding\b|\bother than\b|\bas opposed to\b"
    r"|\bin contrast (?:to|with)\b|\bavoid(?:s|ing)?\b|\bbeyond\b|\bin place of\b|\bin lieu of\b|\bdiffer\w* from\b"
    rf"|\b(?:do|does|did|is|are|was|were|could|can|will|have|has|had)(?:\s+not|n[’']t)\s+(?:yet\s+|even\s+)?(?:\w+ly\s+)?{VERBS}"
    rf"|\bcannot\s+{VERBS}|\bnever\s+{VERBS}|\bno (?:experiments?|results?|evaluations?|training)\b"
    r"|\bwithout (?:using|access to|training on|relying on|any)\b|\bno need for\b"
    r"|\bnot\s+(?:on\s+|the\s+)*$|\bnot on\b|\bneither\b|\bnor\b"
    r"|\bleave\b|\bleft (?:out|for)\b|\bfuture work\b|\bmore (?:complex|challenging|difficult) than\b"
    r"|\b(?:larger|harder|smaller|bigger) than\b",
    re.IGNORECASE,
)
SCOPE_ENDS = re.compile(r"\b(?:we|i|they|it|this (?:paper|work)|but|our (?:experiments|model|method))\b", re.IGNORECASE)
CLAUSE_ENDS = re.compile(r"[.;:!?](?=\s|$)|,(?=\s)|\bbut\b|\bwhereas\b|\bwhile\b|\(|\)|\n\s*\n", re.IGNORECASE)
AFTER = re.compile(
    r"^[\s,)]*(?:data ?sets?\s+|data\s+|benchmarks?\s+)?(?:(?:is|are|was|were)\s+(?:not\s+(?:used|considered|included|"
    r"evaluated|part|available|reported|covered|touched|suitable|needed)|excluded|omitted|left\s+(?:out|for|to)|unavailable|too\s)"
    r"|(?:has|have) not been\s+(?:used|considered|included)|(?:is|are) beyond)",
    re.IGNORECASE,
)
LIST_GOES_ON = re.compile(r"\s*(?:[,/&]|and\b|or\b|nor\b)")
LIST_BETWEEN = re.compile(r"^[\s,/&)]*(?:(?:\w+\s+)?(?:and|or|nor)\s+)?(?:on\s+|the\s+)?(?:the\s+)?$", re.IGNORECASE)


def negated_before(text: str, start: int) -> bool:
    """Whether the clause that leads up to `start` denies what follows."""
    before = text[max(0, start - 200) : start]
    ends = [match.end() for match in CLAUSE_ENDS.finditer(before)]
    clause = before[ends[-1] :] if ends else before
    cues = list(CUES.finditer(clause))
    return bool(cues) and not SCOPE_ENDS.search(clause, cues[-1].end())


def negated_after(text: str, end: int) -> bool:
    """Whether what follows `end` denies it: "CIFAR-10 is not used"."""
    return AFTER.match(text[end : end + 80]) is not None


def joined(text: str, end: int, start: int, after: int) -> bool:
    """Whether a name from `start` to `after` goes on a list that another ended at `end`, so that one negation holds.

    In "unlike MNIST, SVHN and USPS" it does; in "unlike CIFAR-10, MNIST holds digits" a new clause begins.
    """
    between = text[end:start]
    goes_on = re.search(r"\w", between) or "/" in between or LIST_GOES_ON.match(text, after)
    return LIST_BETWEEN.match(between) is not None and bool(goes_on)
