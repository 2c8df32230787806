"""How the HTML report looks: on a screen, light and dark, wide and narrow, and on paper."""

from __future__ import annotations

CSS = """
:root {
  color-scheme: light dark;
  --back: #f6f7f9; --card: #ffffff; --ink: #1c2128; --faint: #59636e; --line: #d5dae1; --code: #f3f5f8;
  --accent: #0b5fcc; --error: #c21c2c; --warning: #8f5a00; --advice: #0b5fcc; --good: #1a7431;
  --mark: #ffe2b8; --mark-ink: #5c3200; --last: #ffd3d6; --last-ink: #7a0010;
  --minus: #ffecee; --plus: #e3f7e8; --misused: #c21c2c; --clean: #2b8a45; --undecided: #8b95a1;
  --edge: #7d8793;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --back: #0f1318; --card: #171c23; --ink: #e4e8ed; --faint: #9aa5b1; --line: #2f3843; --code: #10151b;
    --accent: #6cb0ff; --error: #ff7b83; --warning: #f0b14a; --advice: #6cb0ff; --good: #5dc97a;
    --mark: #553a10; --mark-ink: #ffdca6; --last: #5e1d24; --last-ink: #ffd0d3;
    --minus: #3a1c20; --plus: #15301d; --misused: #ff7b83; --clean: #3f9d57; --undecided: #6d7884;
    --edge: #6d7884;
  }
}
*, ::before, ::after { box-sizing: border-box; }
html { scroll-padding-top: 1rem; }
body {
  margin: 0; background: var(--back); color: var(--ink); line-height: 1.5;
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
}
.page { max-width: 62rem; margin: 0 auto; padding: 1.5rem 1.25rem 4rem; }
h1 { font-size: 1.6rem; margin: 0; letter-spacing: -.01em; }
h2 { font-size: 1.15rem; margin: 2.2rem 0 .7rem; overflow-wrap: anywhere; }
h3 { font-size: 1rem; margin: 0; overflow-wrap: anywhere; }
h4 { font-size: .85rem; margin: 1.1rem 0 .35rem; color: var(--faint); font-weight: 600; }
a { color: var(--accent); }
code, pre {
  font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace;
  font-size: .86em;
}
p { margin: .5rem 0; overflow-wrap: anywhere; }
p code, li > p code, figcaption code { background: var(--code); border-radius: 4px; padding: .1em .3em; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.skip { position: absolute; left: -999rem; }
.skip:focus { left: 1rem; top: 1rem; background: var(--card); padding: .5rem 1rem; z-index: 1; }
.faint { color: var(--faint); }
.top {
  display: flex; flex-wrap: wrap; align-items: baseline; justify-content: space-between;
  gap: .25rem 1rem;
}
.numbers {
  display: grid; grid-template-columns: repeat(auto-fit, minmax(7.2rem, 1fr)); gap: .75rem;
  margin: 1.1rem 0; padding: 0;
}
.numbers div {
  background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: .7rem .9rem;
  display: flex; flex-direction: column; justify-content: space-between;
}
.numbers dt { color: var(--faint); font-size: .82rem; }
.numbers dd {
  margin: 0; font-size: 1.7rem; font-weight: 650; line-height: 1.2; font-variant-numeric: tabular-nums;
}
.numbers .misused dd { color: var(--misused); }
.numbers .clean dd { color: var(--good); }
.verdicts { display: block; width: 100%; height: 10px; border-radius: 5px; }
.verdicts .misused { fill: var(--misused); }
.verdicts .clean { fill: var(--clean); }
.verdicts .undecided { fill: var(--undecided); }
.rules { border-collapse: collapse; width: 100%; font-size: .92rem; }
.rules th { text-align: left; color: var(--faint); font-weight: 600; font-size: .82rem; }
.rules td, .rules th {
  padding: .3rem .6rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: baseline;
}
.rules td:last-child { text-align: right; padding-right: 0; }
.rules .count { text-align: right; font-variant-numeric: tabular-nums; width: 3.5rem; padding-right: 1rem; }
.filters {
  display: flex; flex-wrap: wrap; gap: .6rem 1rem; align-items: end; background: var(--card);
  border: 1px solid var(--line); border-radius: 10px; padding: .8rem .9rem; margin-top: 1.5rem;
}
.filters[hidden] { display: none; }
.filters label { font-size: .82rem; color: var(--faint); min-width: 0; }
.filters label > input[type=search], .filters label > select {
  display: block; font: inherit; font-size: .95rem; color: var(--ink); background: var(--back); margin-top: .15rem;
  border: 1px solid var(--edge); border-radius: 7px; padding: .3rem .5rem; height: 2.3rem; max-width: 16rem;
}
::placeholder { color: var(--faint); opacity: 1; }
.filters fieldset { border: 0; margin: 0; padding: 0; display: flex; gap: .8rem; flex-wrap: wrap; }
.filters legend { font-size: .82rem; color: var(--faint); padding: 0; }
.filters fieldset label { color: var(--ink); font-size: .95rem; }
.filters button, .small {
  font: inherit; font-size: .9rem; color: var(--ink); background: var(--back); border: 1px solid var(--edge);
  border-radius: 7px; padding: .35rem .7rem; cursor: pointer; white-space: nowrap;
}
.filters output { flex-basis: 100%; color: var(--faint); font-size: .88rem; }
.finding {
  background: var(--card); border: 1px solid var(--line); border-left: 4px solid var(--error);
  border-radius: 10px; padding: 1rem 1.1rem; margin: .8rem 0; min-width: 0;
}
.finding.warning { border-left-color: var(--warning); }
.finding.advice { border-left-color: var(--advice); }
.finding[hidden], .group[hidden] { display: none; }
.finding header { display: flex; flex-wrap: wrap; gap: .2rem .6rem; align-items: baseline; }
.badge {
  font-size: .78rem; font-weight: 650; border: 1px solid currentColor; border-radius: 999px;
  padding: 0 .5rem; color: var(--error); white-space: nowrap;
}
.warning .badge { color: var(--warning); } .advice .badge { color: var(--advice); }
.at { overflow-wrap: anywhere; }
.message { font-size: 1.02rem; }
.path { list-style: none; margin: .3rem 0 0; padding: 0; }
.path > li { position: relative; padding: 0 0 .8rem 1.7rem; min-width: 0; }
.path > li::before {
  content: ""; position: absolute; left: .25rem; top: .28rem; width: .86rem; height: .86rem; border-radius: 50%;
  background: var(--card); border: 2px solid var(--faint);
}
.path > li:first-child:not(:last-child)::before { border-color: var(--warning); background: var(--warning); }
.path > li:last-child::before { border-color: var(--error); background: var(--error); border-radius: 3px; }
.path > li:not(:last-child)::after {
  content: ""; position: absolute; left: calc(.68rem - 1px); top: 1.3rem; bottom: -.3rem; width: 2px;
  background: var(--line);
}
.path > li:last-child { padding-bottom: 0; }
.path .step { margin: 0; }
.place { display: block; color: var(--faint); font-size: .82rem; overflow-wrap: anywhere; }
pre {
  background: var(--code); border: 1px solid var(--line); border-radius: 8px; padding: .45rem .7rem; margin: .3rem 0;
  overflow-x: auto; line-height: 1.45; tab-size: 4;
}
pre code { font-size: inherit; }
pre .n { color: var(--faint); user-select: none; padding-right: 1em; }
pre .r { color: var(--faint); } pre .r.here { color: var(--ink); }
mark { background: var(--mark); color: var(--mark-ink); border-radius: 3px; padding: .05em 0; }
.path > li:last-child mark { background: var(--last); color: var(--last-ink); }
.help { border-left: 3px solid var(--good); padding-left: .7rem; margin-top: 1rem; }
.diff code { display: inline-block; min-width: 100%; }
.diff .minus { background: var(--minus); display: block; }
.diff .plus { background: var(--plus); display: block; }
summary { cursor: pointer; }
details > summary { padding: .25rem 0; }
.rule {
  background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: .3rem 1rem;
  margin: .5rem 0;
}
.plot { margin: .9rem 0 .2rem; max-width: 30rem; }
.plot svg { width: 100%; height: auto; display: block; font-size: 12px; }
.plot text { fill: var(--faint); } .plot text.at { fill: var(--ink); font-weight: 650; }
.plot .grid { stroke: var(--line); } .plot .floor { fill: none; stroke: var(--error); stroke-width: 2; }
.plot .guess { fill: none; stroke: var(--faint); stroke-width: 1.5; stroke-dasharray: 4 4; }
.plot .unreachable { fill: var(--error); opacity: .1; }
.plot line.at { stroke: var(--ink); stroke-dasharray: 2 3; }
.plot circle.at { fill: var(--error); stroke: var(--card); stroke-width: 2; }
figcaption { font-size: .84rem; color: var(--faint); }
.scroll { overflow-x: auto; }
.undecided { border-collapse: collapse; width: 100%; font-size: .9rem; }
.undecided th, .undecided td {
  text-align: left; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid var(--line);
  vertical-align: top; overflow-wrap: anywhere;
}
footer { margin-top: 3rem; color: var(--faint); font-size: .85rem; }
@media (max-width: 40rem) {
  .page { padding: 1rem .75rem 3rem; }
  .finding { padding: .8rem .75rem; }
  .plot svg { font-size: 16px; }
  .undecided thead { display: none; } .undecided td { display: block; border: 0; padding: 0; }
  .undecided tr { display: block; padding: .4rem 0; border-bottom: 1px solid var(--line); }
  .filters > label { flex-basis: 100%; }
  .filters label > input[type=search], .filters label > select { width: 100%; max-width: 100%; }
}
@media print {
  :root { color-scheme: light; }
  body { background: #fff; } .page { max-width: none; padding: 0; }
  .filters, .skip, .small { display: none; }
  .finding { break-inside: avoid-page; }
  pre { white-space: pre-wrap; }
}
"""
