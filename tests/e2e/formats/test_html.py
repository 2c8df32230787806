"""`--output-format html`: as text, and in a browser where there is one."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.e2e.command import FINE, MISUSE, NET, TRAIN, losslint, put, write
from tests.e2e.formats.hostile import NAMES, hostile, posix

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
browser = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here to open the page")

UNDECIDED = """
import torch.nn.functional as F

def loss_of(scores, target):
    return F.cross_entropy(scores, target)
"""


class Page(HTMLParser):
    """The elements of a page with their attributes, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str, **having: str) -> list[dict[str, str | None]]:
        return [
            attributes
            for name, attributes in self.elements
            if name == tag and all(value in (attributes.get(key) or "").split() for key, value in having.items())
        ]


def html(folder: Path, *arguments: str) -> str:
    return losslint(folder, "--output-format", "html", *arguments).output


def opened(page: Path, *flags: str) -> tuple[str, str]:
    """The document as the browser has it after its script ran, and what went to the console."""
    assert CHROMIUM is not None
    quiet = ("--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync")
    command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", *quiet]
    command += [f"--user-data-dir={page.parent / 'profile'}", "--enable-logging=stderr", "--virtual-time-budget=3000"]
    ended = subprocess.run(
        [*command, *flags, "--dump-dom", page.as_uri()], capture_output=True, text=True, timeout=120, check=False
    )
    assert "</html>" in ended.stdout, ended.stderr[-2000:]
    return ended.stdout, "\n".join(row for row in ended.stderr.splitlines() if "CONSOLE" in row)


def test_the_way_the_fix_the_floor_and_the_rule(tmp_path: Path) -> None:
    write(tmp_path, models__net=NET, train=TRAIN, other=UNDECIDED)
    page = Page(html(tmp_path))
    (card,) = page.all("article", **{"class": "finding"})
    assert (card["data-severity"], card["data-rule"], card["data-file"]) == (
        "error",
        "LL101 softmax-into-cross-entropy",
        "train.py",
    )
    assert "From the source to the loss" in page.text
    steps = [text for text in ("models/net.py:9:16", "train.py:5:11", "train.py:8:16") if text in page.text]
    assert len(steps) == 3 and page.text.index(steps[0]) > page.text.index("From the source")
    assert "9 -        return self.head(x).softmax(dim=1)" in page.text
    assert "9 +        return self.head(x)" in page.text
    assert page.all("svg", role="img")
    assert "With 10 classes it stays at 1.461 or above." in page.text  # the head has ten outputs
    assert page.all("details", id="rule-LL101") and "Why is this bad?" in page.text
    assert "other.py:5:12" in page.text.partition("Undecided")[2]


def test_the_page_needs_nothing_and_allows_nothing_else(tmp_path: Path) -> None:
    write(tmp_path, models__net=NET, train=TRAIN)
    text = html(tmp_path)
    page = Page(text)
    assert not page.all("link") and not page.all("img") and not page.all("iframe")
    assert all("src" not in attributes and "style" not in attributes for _, attributes in page.elements)
    assert not [name for _, attributes in page.elements for name in attributes if name.startswith("on")]
    assert "url(" not in text and "@import" not in text
    (policy,) = [each["content"] for each in page.all("meta") if each.get("http-equiv")]
    assert policy is not None and policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy


def test_nothing_found_is_a_page_too(tmp_path: Path) -> None:
    write(tmp_path, a=FINE)
    page = Page(html(tmp_path))
    assert "No problems found." in page.text and not page.all("article") and not page.all("form")


def test_the_same_findings_give_the_same_page(tmp_path: Path) -> None:
    write(tmp_path, models__net=NET, train=TRAIN, a=MISUSE)
    assert html(tmp_path, "--jobs", "1", "--no-cache") == html(tmp_path)


@posix
def test_hostile_names_and_code_are_text(tmp_path: Path) -> None:
    hostile(tmp_path)
    page = Page(html(tmp_path))
    assert len(page.all("article")) == len(NAMES)
    assert len(page.all("script")) == 1 and not page.all("img") and not page.all("b")
    assert "x</script><img src=x onerror=alert(1)>.py:6:12" in page.text
    assert "</code><script>alert(1)</script>" in page.text
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202e\ufeff\ud800-\udfff]", page.text)


@browser
@posix
def test_the_script_runs_and_hostile_text_does_not(tmp_path: Path) -> None:
    hostile(tmp_path / "project")
    page = tmp_path / "report.html"
    page.write_text(html(tmp_path / "project"), encoding="utf-8")
    document, console = opened(page)
    assert console == ""  # no error, and nothing that the policy has refused
    seen = Page(document)
    (form,) = seen.all("form")
    assert "hidden" not in form
    assert f"{len(NAMES)} of {len(NAMES)} shown" in seen.text
    assert len(seen.all("article")) == len(NAMES)
    assert len(seen.all("script")) == 1 and not seen.all("img")


#: What a reader does to the form; the page's own policy would not let it in.
DRIVER = """
<script>
const form = document.querySelector(".filters");
const seen = () => [...document.querySelectorAll(".finding:not([hidden])")].map((card) => card.dataset.file).join(" ");
const said = [];
const put = (name, value) => {
  form.elements[name].value = value;
  form.elements[name].dispatchEvent(new Event("input", {bubbles: true}));
  said.push(`${name}=${value}: ${seen()}`);
  form.elements[name].value = "";
};
put("text", "TRAIN.PY softmax");
put("rule", "LL900 unreadable-source");
put("file", "b.py");
put("text", "nothing has this");
form.elements.group.value = "rule";
put("group", "rule");
said.push([...document.querySelectorAll(".group > h2")].map((title) => title.textContent).join(" | "));
form.querySelector("[value=error]").click();
said.push(`no errors: ${seen()}`);
const row = document.createElement("p");
row.id = "said";
row.textContent = said.join("\\n");
document.body.append(row);
</script>
"""


@browser
def test_the_filters_choose_and_group(tmp_path: Path) -> None:
    project = tmp_path / "project"
    write(project, models__net=NET, train=TRAIN, b=MISUSE, broken="def f(:\n")
    page = tmp_path / "report.html"
    text = re.sub('<meta http-equiv="Content-Security-Policy"[^>]*>', "", html(project))
    page.write_text(text.replace("</body>", f"{DRIVER}</body>"), encoding="utf-8")
    document, console = opened(page)
    assert console == ""
    said = document.partition('<p id="said">')[2].partition("</p>")[0]
    assert said.split("\n") == [
        "text=TRAIN.PY softmax: train.py",
        "rule=LL900 unreadable-source: broken.py",
        "file=b.py: b.py",
        "text=nothing has this: ",
        "group=rule: b.py train.py broken.py",
        "LL101 softmax-into-cross-entropy | LL900 unreadable-source",
        "no errors: ",
    ]


#: What is wider than what it is in, how many blocks of code the keyboard stops at and how many are wider than they
#: show, and where the keyboard is after a button was pressed. The page is looked at in a frame as wide as a phone.
MEASURE = """
<script>
const row = document.createElement("p");
const wide = (each) => each.getBoundingClientRect().right > document.documentElement.clientWidth + 1;
const all = [...document.querySelectorAll(".page *")].filter((each) => !each.closest("pre, .scroll, svg"));
const seen = all.filter(wide);
const code = [...document.querySelectorAll(".finding pre")];
const stops = code.filter((each) => each.tabIndex === 0);
const clipped = code.filter((each) => each.scrollWidth > each.clientWidth);
document.querySelector("button[data-only]").click();
const where = document.activeElement.name;
row.id = "said";
row.textContent = JSON.stringify({
  wide: seen.map((each) => each.tagName), code: code.length, stops: stops.length, clipped: clipped.length, where,
});
(window.parent === window ? document : window.parent.document).body.append(row);
</script>
"""


@browser
@pytest.mark.parametrize("width", [360, 1200])
def test_it_fits_a_phone_and_the_keyboard_stops_at_what_scrolls(tmp_path: Path, width: int) -> None:
    project = tmp_path / "project"
    write(project, models__net=NET, train=TRAIN, other=UNDECIDED, **{"a_folder_" * 9 + "__" + "a_file_" * 9: MISUSE})
    text = re.sub('<meta http-equiv="Content-Security-Policy"[^>]*>', "", html(project))
    inner = tmp_path / "inner.html"
    inner.write_text(text.replace("</body>", f"{MEASURE}</body>"), encoding="utf-8")
    page = tmp_path / "page.html"
    page.write_text(f'<html><body><iframe src="inner.html" width="{width}" height="3000"></iframe></body></html>')
    document, console = opened(page, "--allow-file-access-from-files", "--window-size=1300,3000")
    assert console == ""
    said = json.loads(document.partition('<p id="said">')[2].partition("</p>")[0])
    assert (said["wide"], said["where"]) == ([], "rule")
    assert said["code"] > 0 and said["stops"] == said["clipped"]
    assert (said["clipped"] > 0) == (width == 360)


def test_without_a_script_everything_is_there(tmp_path: Path) -> None:
    write(tmp_path, a=MISUSE)
    page = Page(html(tmp_path))
    hidden = [(name, each.get("class")) for name, each in page.elements if "hidden" in each]
    assert hidden == [("button", "small"), ("form", "filters")]


def test_a_cell_is_named(tmp_path: Path) -> None:
    from tests.e2e.formats.test_github import NOTEBOOK

    put(tmp_path / "a.ipynb", NOTEBOOK)
    assert "a.ipynb cell 2:3:8" in Page(html(tmp_path)).text
