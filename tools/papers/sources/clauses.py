"""The useful part of OpenSearch's query JSON over the embedded index.

Understood: match, match_phrase, multi_match, term, terms, range on the date, bool, match_all, match_none, ids, exists,
with the meaning that OpenSearch documents for them (https://opensearch.org/docs/latest/query-dsl/). Fields go by the
names of `fields.NAMES`, with `.keyword` for a title or an author as a whole. Words are stemmed on both sides.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tantivy import FieldType, Occur, Query

from runtime.errors import InputError
from tools.papers.sources import schema
from tools.papers.sources.clause_parts import (
    ANALYZED,
    as_list,
    as_number,
    as_object,
    field_of,
    known_field,
    minimum,
    options_of,
)
from tools.papers.sources.date_math import day_bound
from tools.papers.sources.entries import shown

DEEPEST = 20
MOST_CLAUSES = 1024


@dataclass
class Scope:
    """What a translation may still spend, and what "now" means."""

    now: datetime
    clauses_left: int = MOST_CLAUSES

    def spend(self, clauses: int) -> None:
        self.clauses_left -= clauses
        if self.clauses_left < 0:
            raise InputError(f"The query has more than {MOST_CLAUSES} clauses and words; ask for less at once.")


def translate(query: dict[str, Any], now: datetime) -> Query:
    """A query clause as tantivy's query. Raises `InputError` that names what is not understood."""
    return _clause(query, Scope(now), 0)


def _clause(query: Any, scope: Scope, depth: int) -> Query:
    scope.spend(1)
    if depth > DEEPEST:
        raise InputError(f"The query is nested more than {DEEPEST} levels deep.")
    if not isinstance(query, dict) or len(query) != 1:
        raise InputError(
            'A query clause is an object with one key, such as {"match": {"title": "ResNet"}}, '
            f"not {shown(str(query))}."
        )
    [(name, body)] = query.items()
    if name == "bool":
        return _bool(as_object(name, body), scope, depth)
    if name not in CLAUSES:
        known = ", ".join([*CLAUSES, "bool"])
        raise InputError(f"The embedded index does not understand the clause {shown(str(name))}; it knows {known}.")
    return CLAUSES[name](body, scope)


def _bool(body: dict[str, Any], scope: Scope, depth: int) -> Query:
    options = options_of("bool", body, {"must", "filter", "should", "must_not", "minimum_should_match", "boost"})
    parts = {
        name: [_clause(one, scope, depth + 1) for one in (part if isinstance(part, list) else [part])]
        for name, part in options.items()
        if name in ("must", "filter", "should", "must_not")
    }
    must = [(Occur.Must, one) for one in parts.get("must", [])]
    must += [(Occur.Must, Query.const_score_query(one, 0.0)) for one in parts.get("filter", [])]
    should = parts.get("should", [])
    least = minimum(options.get("minimum_should_match", 0 if must else 1), len(should)) if should else 0
    clauses = must + [(Occur.MustNot, one) for one in parts.get("must_not", [])]
    if not must and (not should or not least):
        clauses.append(
            (Occur.Must, Query.all_query() if not should else Query.const_score_query(Query.all_query(), 0.0))
        )
    if least:
        clauses.append((Occur.Must, Query.boolean_query([(Occur.Should, one) for one in should], least)))
    else:
        clauses += [(Occur.Should, one) for one in should]
    return _boosted(Query.boolean_query(clauses), options)


def _match(body: Any, scope: Scope) -> Query:
    field, options = field_of("match", body, "query", {"operator", "minimum_should_match", "boost"})
    return _boosted(_words(field, str(options["query"]), options, scope), options)


def _match_phrase(body: Any, scope: Scope) -> Query:
    field, options = field_of("match_phrase", body, "query", {"slop", "boost"})
    return _boosted(_phrase(field, str(options["query"]), options, scope), options)


def _multi_match(body: Any, scope: Scope) -> Query:
    known = {"query", "fields", "type", "operator", "minimum_should_match", "tie_breaker", "boost", "slop"}
    options = options_of("multi_match", as_object("multi_match", body), known)
    if "query" not in options:
        raise InputError("multi_match needs a query.")
    kind = options.get("type", "best_fields")
    if kind not in ("best_fields", "most_fields", "phrase"):
        raise InputError(f"The embedded index does not understand multi_match's type {shown(str(kind))}.")
    one = _phrase if kind == "phrase" else _words
    parts = []
    for named in as_list("multi_match fields", options.get("fields", list(schema.WORDS))):
        name, _, boost = str(named).partition("^")
        part = one(known_field(name), str(options["query"]), options, scope)
        parts.append(_boosted(part, {"boost": boost or 1}))
    if kind == "most_fields":
        return _boosted(Query.boolean_query([(Occur.Should, part) for part in parts]), options)
    return _boosted(
        Query.disjunction_max_query(parts, as_number("tie_breaker", options.get("tie_breaker", 0))), options
    )


def _term(body: Any, scope: Scope) -> Query:
    field, options = field_of("term", body, "value", {"boost"})
    return _boosted(_whole(field, options["value"], scope), options)


def _terms(body: Any, scope: Scope) -> Query:
    options = dict(as_object("terms", body))
    boost = {"boost": options.pop("boost", 1)}
    if len(options) != 1:
        raise InputError("terms names one field and a list of values.")
    [(name, values)] = options.items()
    values = as_list("terms", values)
    matches = [(Occur.Should, _whole(known_field(name), value, scope)) for value in values]
    return (
        _boosted(Query.const_score_query(Query.boolean_query(matches), 1.0), boost) if matches else Query.empty_query()
    )


def _range(body: Any, scope: Scope) -> Query:
    if not isinstance(body, dict) or len(body) != 1:
        raise InputError("range names one field and its bounds.")
    [(name, bounds)] = body.items()
    if known_field(name) != "published":
        raise InputError(f"range works on the date of publication alone, not on {shown(str(name))}.")
    options = options_of("range", as_object("range", bounds), {"gt", "gte", "lt", "lte", "boost"})
    days = {key: day_bound(str(value), scope.now, key) for key, value in options.items() if key != "boost"}
    low = max((day for key, day in days.items() if key in ("gt", "gte")), default=-(10**6))
    high = min((day for key, day in days.items() if key in ("lt", "lte")), default=10**7)
    if low > high:
        return Query.empty_query()
    found = Query.range_query(schema.schema(), "day", FieldType.Integer, low, high)
    return _boosted(Query.const_score_query(found, 1.0), options)


def _ids(body: Any, scope: Scope) -> Query:
    options = options_of("ids", as_object("ids", body), {"values", "boost"})
    values = [str(value) for value in as_list("ids", options.get("values", []))]
    scope.spend(len(values))
    found = Query.term_set_query(schema.schema(), "id", values)
    return _boosted(Query.const_score_query(found, 1.0), options)


def _exists(body: Any, _scope: Scope) -> Query:
    options = options_of("exists", as_object("exists", body), {"field", "boost"})
    field = known_field(options.get("field", ""))
    if field == "published":
        return _boosted(Query.const_score_query(Query.exists_query("day"), 1.0), options)
    if field == "id":
        return Query.all_query()
    if field not in ANALYZED:
        raise InputError(f"exists works on {', '.join([*ANALYZED, 'published', 'id'])}, not on {shown(field)}.")
    return _boosted(Query.const_score_query(Query.regex_query(schema.schema(), field, ".+"), 1.0), options)


def _match_all(body: Any, _scope: Scope) -> Query:
    return _boosted(Query.all_query(), options_of("match_all", as_object("match_all", body), {"boost"}))


def _match_none(body: Any, _scope: Scope) -> Query:
    options_of("match_none", as_object("match_none", body), set())
    return Query.empty_query()


CLAUSES: dict[str, Callable[[Any, Scope], Query]] = {
    "match": _match,
    "match_phrase": _match_phrase,
    "multi_match": _multi_match,
    "term": _term,
    "terms": _terms,
    "range": _range,
    "match_all": _match_all,
    "match_none": _match_none,
    "ids": _ids,
    "exists": _exists,
}


def _words(field: str, text: str, options: dict[str, Any], scope: Scope) -> Query:
    if field not in ANALYZED:
        return _whole(field, text, scope)
    tokens = _tokens(text, scope)
    if not tokens:
        return Query.empty_query()
    operator = str(options.get("operator", "or")).lower()
    if operator not in ("or", "and"):
        raise InputError(f"operator is and, or or; not {shown(operator)}.")
    every = len(tokens) if operator == "and" else 1
    least = minimum(options["minimum_should_match"], len(tokens)) if "minimum_should_match" in options else every
    clauses = [(Occur.Should, Query.term_query(schema.schema(), field, token)) for token in tokens]
    # The bound of 1 is left out: only a plain disjunction is searched without looking at every paper.
    return Query.boolean_query(clauses, max(least, every)) if max(least, every) > 1 else Query.boolean_query(clauses)


def _phrase(field: str, text: str, options: dict[str, Any], scope: Scope) -> Query:
    if field not in ANALYZED:
        return _whole(field, text, scope)
    tokens = _tokens(text, scope)
    if len(tokens) < 2:
        return _words(field, text, {}, scope)
    return Query.phrase_query(schema.schema(), field, list(tokens), slop=int(as_number("slop", options.get("slop", 0))))


def _whole(field: str, value: Any, scope: Scope) -> Query:
    """A whole value of an exact field; in a field of words, one word."""
    if isinstance(value, dict | list):
        raise InputError(f"{field} is compared with one value, not with {shown(str(value))}.")
    name, _, exact = field.partition(".")
    if name == "published":
        day = day_bound(str(value), scope.now, "gte")
        return Query.range_query(schema.schema(), "day", FieldType.Integer, day, day)
    if exact or name not in ANALYZED:
        scope.spend(1)
        return Query.term_query(schema.schema(), schema.EXACT[name], str(value))
    tokens = _tokens(str(value), scope)
    return Query.term_query(schema.schema(), name, tokens[0]) if len(tokens) == 1 else Query.empty_query()


def _tokens(text: str, scope: Scope) -> list[str]:
    tokens = schema.analyzer().analyze(text)
    scope.spend(len(tokens))
    return tokens


def _boosted(query: Query, options: dict[str, Any]) -> Query:
    boost = as_number("boost", options.get("boost", 1))
    return Query.boost_query(query, boost) if boost != 1 else query
