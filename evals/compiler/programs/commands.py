"""A command line, versions and dates."""

# traced: click,packaging,dateutil

import datetime

import click
from click.testing import CliRunner
from dateutil import easter, parser, relativedelta, rrule, tz
from packaging import markers, requirements, specifiers, tags, utils, version


@click.group(invoke_without_command=True)
@click.option("--loud/--quiet", default=False, help="Say more.")
@click.version_option("1.2.3")
@click.pass_context
def cli(ctx: click.Context, loud: bool) -> None:
    """A group of commands."""
    ctx.obj = {"loud": loud}


@cli.command()
@click.argument("names", nargs=-1, required=True)
@click.option("--count", "-c", type=click.IntRange(1, 5), default=1, show_default=True, envvar="COUNT")
@click.option("--ratio", type=float, help="A longer text that has to be wrapped somewhere in the help of it. " * 3)
@click.option("--kind", type=click.Choice(["a", "b"]), multiple=True)
@click.option("--when", type=click.DateTime())
@click.option("--pair", type=(int, str))
@click.option("--out", type=click.File("w"), default="-")
@click.option("--where", type=click.Path(exists=False))
@click.option("-v", "verbose", count=True)
@click.option("--name", prompt=True, default="x")
@click.pass_obj
def greet(obj: dict, names, count, ratio, kind, when, pair, out, where, verbose, name) -> None:
    """Greet all."""
    for each in names * count:
        click.secho(f"{each} {ratio} {kind} {when} {pair}", fg="green", bold=obj["loud"], file=out)
    with click.progressbar(range(3), label="work", show_eta=True) as bar:
        sum(bar)
    click.echo(click.style(click.unstyle("text"), underline=True), err=True)


@cli.command(short_help="Ask.")
@click.confirmation_option(prompt="Sure?")
@click.password_option()
def ask(password: str) -> None:
    click.echo_via_pager(click.wrap_text(password * 30, 40, preserve_paragraphs=True))
    raise click.UsageError("no")


def lines() -> int:
    runner, codes = CliRunner(), []
    for line in (
        "--help", "greet --help", "greet a b -c 2 --ratio 1.5 --kind a --kind b --pair 1 x -vv", "greet", "--version",
        "greet a -c 9", "greet a --kind z", "greet a --when 2024-01-02", "ask", "nothing", "greet a --bad", "--loud greet a",
        "greet a --ratio x", "greet a --where /x --name y", "",
    ):  # fmt: skip
        codes.append(runner.invoke(cli, line.split(), input="y\nsecret\nsecret\n").exit_code)
    for incomplete in ("gr", ""):
        runner.invoke(cli, [], env={"_CLI_COMPLETE": "bash_complete", "COMP_WORDS": incomplete, "COMP_CWORD": "0"})
    return sum(codes)


def versions() -> int:
    texts = ("1.0", "2.0.1a3", "1!3.4.post1.dev2+local.5", "0.9rc1", "1.0.0")
    found = sorted(version.Version(text) for text in texts)
    for text in (">=1.0,<2", "~=1.4.2", "==1.*", "!=2.0", "===x", "<3a1", ">1.0.post1"):
        one = specifiers.SpecifierSet(text, prereleases=None)
        [str(item) for item in one.filter(texts)]
        found += [item for item in found if item in one][:1]
        hash(one), one == specifiers.SpecifierSet(str(one)), repr(one & ">0.1")
    for text in ("a", "b[x,y]>=1; python_version<'3' and extra == 'z'", "c @ https://a.b/c.zip ; os_name=='posix'"):
        one = requirements.Requirement(text)
        if one.marker:
            one.marker.evaluate({"extra": "z"})
        found.append(str(one))
    for wrong in ("a b", "a>=", "[x]", "b; python_version"):
        try:
            requirements.Requirement(wrong)
        except requirements.InvalidRequirement as fault:
            found.append(str(fault))
    found += [markers.default_environment(), *list(tags.sys_tags())[:5], utils.canonicalize_name("A_b.C")]
    found.append(utils.parse_wheel_filename("foo_bar-1.0-2-py3-none-any.whl"))
    found.append(utils.parse_sdist_filename("foo-1.0.tar.gz"))
    found.append(utils.canonicalize_version("1.4.0.0"))
    return len(found)


def dates() -> int:
    start, found = datetime.datetime(2024, 1, 31, 10, 20), []
    for text in (
        "2024-02-03T04:05:06.789+02:00", "3 Feb 2024 5pm", "Thu Sep 25 10:36:28 2003", "10/11/12", "20240203T0405",
        "today at 7:30", "10h36m28.5s", "1996.07.10 AD at 15:08:56 PDT", "2024-W05-3", "Sep 03", "199709020908",
    ):  # fmt: skip
        try:
            found.append(parser.parse(text, default=start, fuzzy="at" in text, dayfirst=True))
        except ValueError as fault:
            found.append(str(fault))
    found.append(parser.isoparse("2024-02-03T04:05:06Z"))
    delta = relativedelta.relativedelta(months=+1, days=-3, weekday=relativedelta.MO(-1), hour=4)
    found += [
        start + delta,
        delta * 2,
        -delta,
        delta.normalized(),
        relativedelta.relativedelta(start, easter.easter(2023)),
    ]
    for frequency in (
        rrule.YEARLY,
        rrule.MONTHLY,
        rrule.WEEKLY,
        rrule.DAILY,
        rrule.HOURLY,
        rrule.MINUTELY,
        rrule.SECONDLY,
    ):
        rule = rrule.rrule(frequency, count=6, interval=2, dtstart=start, byweekday=(rrule.TU, rrule.TH(1)))
        found += [*rule, str(rule), rule.replace(count=2).count()]
    text = "DTSTART:19970902T090000\nRRULE:FREQ=MONTHLY;COUNT=4;BYMONTHDAY=1,-1\nEXDATE:19970930T090000"
    rules = rrule.rrulestr(text)
    found += [list(rules)[:3], rules.after(start), rules.before(start), rules.between(start, start, inc=True)]
    for zone in (
        tz.tzutc(),
        tz.tzoffset("X", 3600),
        tz.tzlocal(),
        tz.tzstr("EST5EDT,M3.2.0,M11.1.0"),
        tz.gettz("Europe/Rome"),
    ):
        there = start.replace(tzinfo=zone).astimezone(tz.UTC)
        found += [there.utcoffset(), repr(zone), tz.datetime_ambiguous(start, zone), tz.resolve_imaginary(there)]
    return len(found)


print(lines(), versions(), dates())
