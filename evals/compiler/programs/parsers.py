"""Parsers of programs and data, and what is built on them."""

# traced: pycparser,parso,graphql,jsonpath_ng,jsonschema,sqlalchemy,libcst,attr,sortedcontainers,pathspec,referencing,cfnlint,jmespath,executing,asttokens,stack_data,pure_eval,lark

import attr
import graphql
import jmespath
import jsonpath_ng.ext
import jsonschema
import libcst
import parso
import pathspec
import sortedcontainers
import sqlalchemy as sa
from pycparser import c_generator, c_parser
from sqlalchemy import orm

PYTHON = """
import os, re as r
from a.b import c
@d(1)
class K(L, metaclass=M):
    x: int = 1
    def m(self, a, *b, c=2, **d):
        '''doc'''
        with open(a) as f, g:
            for i, (j, k) in enumerate(f):
                if i > 1 and not j or k in {1, 2}: yield i ** 2
                elif i: continue
                else: break
        try: return [q for q in b if q]
        except (E, F) as e: raise G from e
        finally: del x, y[1:2]
        lambda z: (z := 1) if a else {**d, 'b': f'{x!r:>{w}}'}
"""
C = "typedef struct { int a; float *b[3]; } S; enum E { X = 1, Y };\nint f(S *s, char c) { for (int i = 0; i < 3; i++) { if (s->a > 1) continue; switch (c) { case 'a': break; default: return -1; } } while (1) { s->b[0] = &(*s->b[1]); } return sizeof(S) + (c ? 1 : 2); }"
QUERY = "query Q($n: Int = 1) { hero(first: $n) { ...F name friends @include(if: true) { name } } } fragment F on Person { age }"
SCHEMA = (
    "type Query { hero(first: Int): Person } type Person { name: String! age: Int friends: [Person] } enum Z { A B }"
)


class Base(orm.DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"
    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    name: orm.Mapped[str]
    posts: orm.Mapped[list["Post"]] = orm.relationship(back_populates="user", cascade="all")


class Post(Base):
    __tablename__ = "posts"
    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    text: orm.Mapped[str | None]
    user_id: orm.Mapped[int] = orm.mapped_column(sa.ForeignKey("users.id"))
    user: orm.Mapped[User] = orm.relationship(back_populates="posts")


@attr.s(auto_attribs=True, order=True, frozen=False)
class Point:
    x: int = attr.ib(default=1, validator=attr.validators.instance_of(int), converter=int)
    y: list = attr.Factory(list)


def databases() -> int:
    engine = sa.create_engine("sqlite://")
    Base.metadata.create_all(engine)
    with orm.Session(engine) as session:
        session.add_all([User(name=f"n{i}", posts=[Post(text=f"t{i}"), Post(text=None)]) for i in range(4)])
        session.commit()
        chosen = sa.select(User).join(Post).where(User.name.like("n%"), Post.text.is_not(None)).order_by(User.id.desc())
        found = session.scalars(chosen.options(orm.selectinload(User.posts)).limit(3)).unique().all()
        counted = session.execute(sa.select(User.name, sa.func.count(Post.id)).join(Post).group_by(User.name)).all()
        found[0].name = "changed"
        session.delete(found[1])
        session.flush()
        session.execute(sa.update(Post).where(Post.id == 1).values(text=sa.case((Post.id > 1, "a"), else_="b")))
        session.rollback()
        union = sa.union_all(sa.select(User.id), sa.select(Post.id)).subquery()
        recursive = sa.select(sa.literal(1).label("n")).cte("c", recursive=True)
        text = str(sa.select(union.c.id, recursive.c.n).where(union.c.id.in_([1, 2])).distinct())
        return len(found) + len(counted) + len(text) + len(sa.inspect(engine).get_columns("users"))


def programs() -> int:
    tree = parso.parse(PYTHON)
    found = len(tree.get_code()) + len(list(parso.load_grammar().iter_errors(parso.parse("def f(:\n  x = \n"))))
    module = libcst.parse_module(PYTHON)
    found += len(module.visit(Renamer()).code)
    parsed = c_parser.CParser().parse(C)
    found += len(c_generator.CGenerator().visit(parsed))
    schema = graphql.build_schema(SCHEMA)
    friends = [{"name": "b", "age": 2}]
    answer = graphql.graphql_sync(schema, QUERY, {"hero": {"name": "a", "age": 1, "friends": friends}})
    return (
        found
        + len(str(answer))
        + len(graphql.print_schema(schema))
        + len(graphql.validate(schema, graphql.parse("{ x }")))
    )


class Renamer(libcst.CSTTransformer):
    def leave_Name(self, original_node: libcst.Name, updated_node: libcst.Name) -> libcst.Name:  # noqa: N802
        return updated_node.with_changes(value=original_node.value + "_")


def data() -> int:
    values = {"a": [{"b": 1, "c": "x"}, {"b": 2.5}], "d": {"e": [1, 2, 3]}}
    found = [match.value for match in jsonpath_ng.ext.parse("$.a[?(@.b > 1)].b").find(values)]
    found += [match.full_path for match in jsonpath_ng.ext.parse("$..e[0:2]").find(values)]
    found += [
        jmespath.search(text, values)
        for text in ("a[?b > `1`].c | [0]", "d.e[::2]", "length(a)", "sort_by(a, &b)[*].{x: b}")
    ]
    schema = {
        "type": "object",
        "required": ["a", "z"],
        "properties": {"a": {"type": "array", "maxItems": 1, "items": {"$ref": "#/$defs/i"}}},
        "$defs": {"i": {"properties": {"b": {"type": "integer", "minimum": 2}}}},
        "additionalProperties": False,
    }
    found += [error.message for error in jsonschema.Draft202012Validator(schema).iter_errors(values)]
    spec = pathspec.PathSpec.from_lines("gitwildmatch", ["*.py", "!a.py", "/b/**", "# c", "d?[ef]"])
    found += [spec.match_file(name) for name in ("a.py", "x/y.py", "b/c", "dxe")]
    ordered = sortedcontainers.SortedDict({3: "a", 1: "b"})
    chosen = sortedcontainers.SortedList([3, 1, 2])
    chosen.update([5, 4])
    found += [
        ordered.peekitem(0),
        chosen.bisect(2),
        list(chosen.irange(2, 4)),
        sortedcontainers.SortedSet("cab") & {"a"},
    ]
    found += [attr.asdict(Point("2")), attr.evolve(Point(), x=3) > Point(), repr(attr.fields(Point))]
    return len(found)


print(databases(), programs(), data())
