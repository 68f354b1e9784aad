"""Mathematical notation as plain characters: LaTeX, Unicode and what PDF extraction leaves of both."""

import re

COMMANDS_WITH_TEXT = re.compile(
    r"\\(?:text(?:bf|it|tt|sc|rm|sf)?|math(?:rm|bf|it|sf|tt|cal|bb)|operatorname\*?|emph|mbox|boldsymbol"
    r"|bm)\s*\{([^{}]*)\}"
)
CITATIONS = re.compile(
    r"~?\\[cC]ite\w*\*?(?:\[[^\]]*\])*\{[^}]*\}|\s?\[(?:\d{1,3}[\s,;–-]*)+\]"
    r"|\s?\[[A-Za-z][\w:./+-]{5,}(?:,\s*[A-Za-z][\w:./+-]{2,})*\]"
    r"|\s?\((?:[^()]*?\b(?:19|20)\d\d[a-z]?(?:[;,\s][^()]*)?)\)"
)
REFERENCES = re.compile(r"~?\\(?:(?:eq|auto|c|C|page)?ref|label|footnotemark)\s*(?:\[[^\]]*\])?\{[^}]*\}")
GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "varepsilon": "ε", "eta": "η", "theta": "θ",
    "lambda": "λ", "mu": "μ", "sigma": "σ", "tau": "τ", "rho": "ρ", "times": "×", "cdot": "·", "approx": "≈",
    "sim": "∼", "le": "≤", "leq": "≤", "ge": "≥", "geq": "≥", "ell": "ℓ", "rightarrow": "→", "to": "→", "pm": "±",
    "ldots": "…", "dots": "…", "cdots": "…",
}  # fmt: skip
SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
NUMBER = (
    r"(?:(?:\d+(?:\.\d+)?\s?[×x·*]\s?)?10\s?(?:\^\s?)?-\s?\d{1,2}(?!\d|\.\d)"
    r"|\d+(?:\.\d+)?\s?[eE]\s?[-+]?\s?\d{1,2}(?!\d)"
    r"|\d{1,3}(?:,\d{3})+(?!\d)|\d*\.\d+%?|\d+\s?[kKM](?![A-Za-z])|\d+%?)"
)
"""A number as papers write it: 1e-3, 10^-4, 10−9 (an exponent that lost its place), 100,000, 2K, 0.1, 64."""
POWER = re.compile(r"(?:(\d+(?:\.\d+)?)\s?[×x·*]\s?)?10\s?(?:\^\s?)?(-)\s?(\d{1,2})")
SCIENTIFIC = re.compile(r"(\d+(?:\.\d+)?)\s?[eE]\s?([-+]?)\s?(\d{1,2})")
ANY_NUMBER = re.compile(rf"(?<![\w.]){NUMBER}")


def plain(text: str) -> str:
    """One line without LaTeX's marks: `$\\beta_1=0.9$` becomes `β_1=0.9`, `$10^{-9}$` becomes `10^-9`."""
    text = text.replace("\\{", "⟨").replace("\\}", "⟩").replace("\\left", "").replace("\\right", "")
    text = text.replace("\\%", "%").replace("\\_", "_").replace("\\&", "&").replace("{,}", ",")
    for _ in range(3):
        text = COMMANDS_WITH_TEXT.sub(r"\1", text)
    text = REFERENCES.sub("", text)
    text = re.sub(r"\\([A-Za-z]+)", lambda match: GREEK.get(match[1], match[0]), text)
    text = re.sub(r"\\[,;:! ]", " ", text)
    text = re.sub(r"[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+", lambda match: "^" + match[0].translate(SUPERSCRIPTS), text)
    text = re.sub(r"([_^])\s*\{([^{}]*)\}", r"\1\2", text)
    text = re.sub(r"[${}~]", lambda match: " " if match[0] == "~" else "", text)
    text = text.replace("−", "-").replace("ϵ", "ε").replace("\u00a0", " ")
    return " ".join(text.split())


def without_citations(text: str) -> str:
    """The text less \\cite{…}, [12, 3] and (Name et al., 2017)."""
    return " ".join(CITATIONS.sub("", text).split()).replace(" .", ".").replace(" ,", ",")


def numbers(value: str) -> list[float]:
    """Every number in a value, in order: "2K" is 2000, "10−9" is 1e-9, "10%" is 0.1."""
    return [_number(match[0]) for match in ANY_NUMBER.finditer(plain(value))]


def _number(written: str) -> float:
    if power := POWER.fullmatch(written.strip()):
        return float(power[1] or 1) * 10.0 ** -int(power[3])
    if scientific := SCIENTIFIC.fullmatch(written.strip()):
        return float(f"{scientific[1]}e{scientific[2]}{scientific[3]}")
    digits = written.replace(",", "").replace(" ", "")
    factor = {"k": 1e3, "K": 1e3, "M": 1e6, "%": 0.01}.get(digits[-1], 1.0)
    return float(digits.rstrip("kKM%")) * factor
