"""The page of a check: how far off every derivative was, in units of its error bound."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from tinygrad_xor import __version__
from tinygrad_xor.cli.check_text import page_name
from tinygrad_xor.language import say, spoken
from tinygrad_xor.testing.comparison import FACTOR

if TYPE_CHECKING:
    from tinygrad_xor.testing.results import Result

#: The plot's range, in powers of ten of the error bound; what is beyond is drawn at the end.
LOW, HIGH = -6, 2
WIDTH, HEIGHT = 320, 22
#: Each order and mode has a row of dots.
_TRACKS = ((1, "reverse"), (1, "forward"), (2, "reverse"), (2, "forward"), (1, "float32"))

_STYLE = """
:root { color-scheme: light dark; --ink: #1f2933; --faint: #5b6773; --line: #d5dae0;
  --paper: #fff; --dot: #2b6cb0; --bad: #c05621; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e9f0; --faint: #9aa5b1; --line: #3a4552;
  --paper: #161b22; --dot: #7db7ea; --bad: #f0a35b; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  margin: 2rem auto; max-width: 76rem; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.05rem; margin: 1.6rem 0 .3rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; min-width: 62rem; table-layout: fixed; }
th, td { text-align: left; padding: .1rem .5rem; border-top: 1px solid var(--line);
  white-space: nowrap; font-variant-numeric: tabular-nums; overflow: hidden;
  text-overflow: ellipsis; }
th { font-weight: 600; } thead th { border: 0; color: var(--faint); font-weight: 400; }
col.name { width: 11rem; } col.plot { width: 340px; } .number { text-align: right; }
col.dtypes { width: 16rem; }
p.note { color: var(--faint); max-width: 46rem; }
.failed th b { color: var(--bad); }
pre { white-space: pre-wrap; border-left: 3px solid var(--bad); padding-left: .8rem; }
svg { display: block; } .dot { fill: var(--dot); } .limit { stroke: var(--bad); }
.grid { stroke: var(--line); } svg text { fill: var(--faint); font-size: 11px; }
"""


def page_of(results: Sequence[Result], seconds: float) -> str:
    """The page, as one HTML file that loads nothing.

    >>> from tinygrad_xor.engine import TABLE
    >>> from tinygrad_xor.testing.checks import check_entry
    >>> page_of([check_entry(TABLE["tanh"], examples=2, seed=0)], 0.1).count("<svg")
    2
    """
    failed = [r for r in results if not r.passed]
    verdict = say("check_page.all_pass")
    if failed:
        verdict = say("check.failed", failed=len(failed), of=len(results))
    title = say("check_page.title", verdict=verdict)
    summary = say(
        "check_page.summary",
        n=sum(len(r.comparisons) for r in results),
        operations=say("check.of_operations", n=len(results)),
        calls=say("check.calls", n=sum(r.calls for r in results)),
        seconds=seconds,
        version=__version__,
    )
    tables = "".join(
        _table(page, list(group)) for page, group in itertools.groupby(results, lambda r: r.page)
    )
    failures = "".join(
        f"<h2>{escape(r.name)}</h2><pre>{escape(str(r.failure))}</pre>" for r in failed
    )
    note = say("check_page.note", limit=FACTOR, tracks="; ".join(map(_track_name, _TRACKS)))
    return f"""<!DOCTYPE html>
<html lang="{spoken()}"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
<style>{_STYLE}</style>
<h1>{escape(title)}</h1>
<p>{escape(summary)}</p>
<p class="note">{escape(note)}</p>
{failures}{tables}
</html>
"""


def _table(page: str, results: list[Result]) -> str:
    rows = "".join(_row(r) for r in results)
    columns = '<col class="name"><col class="plot"><col><col><col><col class="dtypes"><col>'
    worst, examples, compared, dtypes, seconds = (
        escape(say(f"check_page.{name}"))
        for name in ("worst", "examples", "compared", "dtypes", "seconds")
    )
    return f"""<h2>{escape(page_name(page))}</h2><div class="wide"><table>
<colgroup>{columns}</colgroup><thead><tr><th></th><th>{_axis()}</th><th class=number>{worst}</th>
<th class=number>{examples}</th><th class=number>{compared}</th><th>{dtypes}</th>
<th class=number>{seconds}</th></tr></thead>{rows}</table></div>"""


def _track_name(track: tuple[int, str]) -> str:
    order, mode = track
    return mode if mode == "float32" else say(f"check_page.{mode}", order=order)


def _row(r: Result) -> str:
    dtypes = " ".join(sorted(r.dtypes))
    mark = "" if r.passed else f"<b>{escape(say('check_page.FAIL'))}</b>"
    return (
        f"<tr{'' if r.passed else ' class=failed'}><th scope=row>{escape(r.name)}{mark}</th>"
        f"<td>{_plot(r)}</td><td class=number>{r.worst:.2g}</td><td class=number>{r.examples}</td>"
        f"<td class=number>{len(r.comparisons)}</td><td>{dtypes}</td>"
        f"<td class=number>{r.seconds:.2f}</td></tr>"
    )


def _plot(r: Result) -> str:
    """Dots along the axis, one row for each order and mode; equal ones are drawn once."""
    dots = []
    for k, track in enumerate(_TRACKS):
        units = np.array([c.units for c in r.comparisons if (c.order, c.mode) == track])
        places = np.unique(np.round([_place(u) for u in units], 0))
        y = 3 + 4 * k
        dots += [f'<circle class="dot" cx="{x:g}" cy="{y}" r="1.6"/>' for x in places]
    label = say("check_page.label", name=r.name, worst=r.worst, limit=FACTOR)
    return (
        f'<svg width="{WIDTH}" height="{HEIGHT}" role="img" aria-label="{escape(label)}">'
        f"{_lines()}{''.join(dots)}</svg>"
    )


def _axis() -> str:
    ticks = "".join(
        f'<text x="{_place(10.0**k):g}" y="12" text-anchor="middle">{10.0**k:g}</text>'
        for k in range(LOW + 1, HIGH)
    )
    return f'<svg width="{WIDTH}" height="16" aria-hidden="true">{ticks}</svg>'


def _lines() -> str:
    grid = "".join(
        f'<line class="grid" x1="{_place(10.0**k):g}" x2="{_place(10.0**k):g}" y2="{HEIGHT}"/>'
        for k in range(LOW + 1, HIGH - 1)
    )
    x = _place(FACTOR)
    return f'{grid}<line class="limit" x1="{x:g}" x2="{x:g}" y2="{HEIGHT}"/>'


def _place(units: float) -> float:
    """Where a number of error bounds stands on the axis, in pixels."""
    power = np.clip(np.log10(units), LOW, HIGH) if units > 0 else LOW
    power = HIGH if np.isnan(power) else power
    return float(2 + (WIDTH - 4) * (power - LOW) / (HIGH - LOW))
