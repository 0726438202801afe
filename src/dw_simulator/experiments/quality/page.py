"""The scores as one HTML page that needs nothing else: tables, bars of each column, a map of the pairs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from dw_simulator.experiments.quality.scoring import Bars, ColumnScore, PairScore, TableScore

_STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; color: #1f2933; }
h1 { font-size: 1.5rem; } h2 { margin-top: 2.5rem; font-size: 1.2rem; } small, .note { color: #617080; }
.scores { display: flex; gap: 2rem; flex-wrap: wrap; } .scores b { font-size: 1.6rem; display: block; }
.columns { display: grid; grid-template-columns: repeat(auto-fill, minmax(20rem, 1fr)); gap: 1rem; }
figure { margin: 0; border: 1px solid #d8dee4; border-radius: 6px; padding: .6rem .8rem; }
figcaption { display: flex; justify-content: space-between; gap: 1rem; }
svg { width: 100%; height: auto; display: block; } .real { fill: #7a869a; } .synthetic { fill: #1b7fd1; }
table { border-collapse: collapse; } td, th { padding: .15rem .5rem; font-weight: normal; font-size: 13px; }
td.cell { text-align: center; min-width: 2.6rem; } th.up { text-align: left; } .key span { padding: 0 .5rem; }
@media (prefers-color-scheme: dark) {
  body { background: #14181d; color: #dde3ea; } figure { border-color: #333c47; } small, .note { color: #9aa7b4; }
}
"""
_WIDTH, _HEIGHT = 320, 110


def page(title: str, tables: Sequence[TableScore]) -> str:
    """The whole page."""
    body = "".join(_table(table) for table in tables)
    return (
        "<!doctype html>\n<html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>"
        f"<title>{escape(title)}</title><style>{_STYLE}</style><h1>{escape(title)}</h1>"
        "<p class=note>Scores from 0 to 1 by sdmetrics: shapes of columns (Kolmogorov-Smirnov or total variation), and "
        "trends of pairs (correlation or contingency).</p>"
        "<p class=key><span class=real style='background:#7a869a;color:#fff'>real</span> "
        "<span style='background:#1b7fd1;color:#fff'>synthetic</span></p>"
        f"{body}</html>\n"
    )


def _table(table: TableScore) -> str:
    scores = [("quality", table.score), ("column shapes", table.shapes), ("pair trends", table.trends)]
    shown = "".join(f"<div><b>{_percent(score)}</b>{name}</div>" for name, score in scores)
    left = f"<p class=note>Left out: {escape(', '.join(table.left_out))}.</p>" if table.left_out else ""
    real, synthetic = table.rows
    return (
        f"<h2>{escape(table.name)}</h2><p class=note>{real:,} real rows, {synthetic:,} synthetic rows.</p>"
        f"<div class=scores>{shown}</div>{left}<h3>Columns</h3>"
        f"<div class=columns>{''.join(map(_column, table.columns))}</div>{_pairs(table)}"
    )


def _percent(score: float | None) -> str:
    return "–" if score is None else f"{score:.1%}"


def _column(column: ColumnScore) -> str:
    metric = f"<small>{column.metric} {_percent(column.score)}</small>"
    return f"<figure><figcaption><b>{escape(column.name)}</b>{metric}</figcaption>{_plot(column.bars)}</figure>"


def _plot(bars: Bars) -> str:
    if not bars.labels:
        return "<p class=note>no value</p>"
    highest = max([*bars.real, *bars.synthetic, 1e-9])
    step = _WIDTH / len(bars.labels)
    shapes = [
        _bar(place * step + step * offset, step * 0.4, share / highest, kind, f"{label}: {share:.1%} {kind}")
        for place, label in enumerate(bars.labels)
        for share, kind, offset in ((bars.real[place], "real", 0.08), (bars.synthetic[place], "synthetic", 0.5))
    ]
    ends = f"<small>{escape(bars.labels[0])} … {escape(bars.labels[-1])}</small>"
    return f"<svg viewBox='0 0 {_WIDTH} {_HEIGHT}' role=img>{''.join(shapes)}</svg>{ends}"


def _bar(left: float, width: float, share: float, kind: str, title: str) -> str:
    height = share * _HEIGHT
    return (
        f"<rect class={kind} x='{left:.1f}' y='{_HEIGHT - height:.1f}' width='{width:.1f}' height='{height:.1f}'>"
        f"<title>{escape(title)}</title></rect>"
    )


def _pairs(table: TableScore) -> str:
    if not table.pairs:
        return ""
    names = list(dict.fromkeys(name for pair in table.pairs for name in (pair.first, pair.second)))
    scores = {frozenset((pair.first, pair.second)): pair for pair in table.pairs}
    head = "".join(f"<th>{escape(name)}</th>" for name in names)
    rows = "".join(f"<tr><th class=up>{escape(name)}</th>{''.join(_cells(name, names, scores))}</tr>" for name in names)
    return f"<h3>Pairs of columns</h3><table><tr><th></th>{head}</tr>{rows}</table>"


def _cells(name: str, names: Sequence[str], scores: dict[frozenset[str], PairScore]) -> Iterable[str]:
    for other in names:
        pair = scores.get(frozenset((name, other)))
        if pair is None or name == other or pair.score is None:
            yield "<td></td>"
            continue
        known = pair.real is not None and pair.synthetic is not None
        title = f"{pair.metric}; real {pair.real:.2f}, synthetic {pair.synthetic:.2f}" if known else pair.metric
        hue = round(pair.score * 120)
        style = f"background:hsl({hue} 60% 82%);color:#111"
        yield f"<td class=cell title='{escape(title)}' style='{style}'>{pair.score:.2f}</td>"
