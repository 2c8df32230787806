"""What the HTML report does: filters, groups, opens. Without it everything can be read."""

from __future__ import annotations

JAVASCRIPT = """
"use strict";
(() => {
  const form = document.querySelector(".filters");
  const holder = document.querySelector("#findings");
  const opened = () => {
    const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target) {
      for (let at = target; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
      if (target.tagName === "DETAILS") target.scrollIntoView();
    }
  };
  addEventListener("hashchange", opened);
  opened();
  const scrolls = () => {
    for (const each of document.querySelectorAll("pre")) {
      if (each.scrollWidth > each.clientWidth || !each.clientWidth) each.tabIndex = 0;
      else each.removeAttribute("tabindex");
    }
  };
  addEventListener("resize", scrolls);
  scrolls();
  const closed = [];
  addEventListener("beforeprint", () => {
    for (const each of document.querySelectorAll("details:not([open])")) { each.open = true; closed.push(each); }
  });
  addEventListener("afterprint", () => { for (const each of closed.splice(0)) each.open = false; });
  if (!form || !holder) return;
  const cards = [...holder.querySelectorAll(".finding")];
  const words = new Map(cards.map((card) => [card, card.textContent.toLowerCase()]));
  const count = form.querySelector("output");
  const value = (name) => form.elements[name].value;
  const group = () => {
    const key = value("group");
    const groups = new Map();
    for (const card of cards) {
      const name = card.dataset[key];
      if (!groups.has(name)) groups.set(name, []);
      groups.get(name).push(card);
    }
    const names = [...groups.keys()];
    if (key === "rule") names.sort();
    holder.replaceChildren(...names.map((name) => {
      const section = document.createElement("section");
      const title = document.createElement("h2");
      section.className = "group";
      title.textContent = name;
      section.append(title, ...groups.get(name));
      return section;
    }));
  };
  const filter = () => {
    const wanted = value("text").toLowerCase().split(/\\s+/).filter(Boolean);
    const severities = new Set([...form.querySelectorAll("[name=severity]:checked")].map((box) => box.value));
    const rule = value("rule");
    const file = value("file");
    let shown = 0;
    for (const card of cards) {
      const fits = severities.has(card.dataset.severity) && (!rule || card.dataset.rule === rule) &&
        (!file || card.dataset.file === file) && wanted.every((word) => words.get(card).includes(word));
      card.hidden = !fits;
      shown += fits;
    }
    for (const section of holder.querySelectorAll(".group")) {
      section.hidden = !section.querySelector(".finding:not([hidden])");
    }
    count.value = `${shown} of ${cards.length} shown`;
  };
  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", (event) => { if (event.target.name === "group") group(); filter(); });
  form.addEventListener("reset", () => setTimeout(() => { group(); filter(); }));
  for (const button of document.querySelectorAll("button[data-only]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      form.elements.rule.value = button.dataset.only;
      filter();
      form.scrollIntoView();
      form.elements.rule.focus({preventScroll: true});
    });
  }
  if (value("group") !== "file") group();
  filter();
})();
"""
