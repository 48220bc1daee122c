#!/usr/bin/env python3
"""Builds real documents with other people's tools and measures what Longview makes of them.

  tests/extraction/measure.py --cli build/cpu/app/cli/longview-cli BOOK.txt… [--tree DIR…] [--page FILE.html…] [--pdf FILE.pdf…]

Each book becomes EPUB 3, EPUB 2, DOCX, ODT and HTML (pandoc) and PDF (LibreOffice); without any, the sample books are
taken. Printed per file: word error rate against the original text (for --page against pandoc, for --pdf against
pdftotext, both on the same file), the same whatever the words' order (tables and running heads come in another one, or
are left out), how many of every 100th word are in the right chapter (page, file and line), and
MB/s of the file's text beside pandoc's, or pdftotext's, in the same run. Needs pandoc, libreoffice-writer, poppler-utils
and diff; nothing of them is linked.
"""
import argparse
import collections
import html
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
WORD = re.compile(r"[^\W_]+")


def words_of(text):
    return WORD.findall(text.replace("\u2019", "'"))


def aligned(reference, found, folder):
    """(errors, {reference index: found index}) of two lists of words, by diff."""
    for name, words in (("a", reference), ("b", found)):
        (folder / name).write_text("\n".join(words) + "\n")
    shown = subprocess.run(["diff", str(folder / "a"), str(folder / "b")], capture_output=True, text=True, check=False)
    hunks = re.findall(r"^(\d+)(?:,(\d+))?([acd])(\d+)(?:,(\d+))?$", shown.stdout, re.M)
    errors, pairs, a, b = 0, {}, 0, 0
    for first, last, kind, other, other_last in hunks:
        begin = int(first) - (0 if kind == "a" else 1)
        removed = 0 if kind == "a" else int(last or first) - int(first) + 1
        added = 0 if kind == "d" else int(other_last or other) - int(other) + 1
        while a < begin:
            pairs[a] = b
            a, b = a + 1, b + 1
        errors += max(removed, added)
        a, b = a + removed, b + added
    while a < len(reference):
        pairs[a] = b
        a, b = a + 1, b + 1
    return errors, pairs


def unordered_errors(reference, found):
    reference, found = collections.Counter(reference), collections.Counter(found)
    return max((reference - found).total(), (found - reference).total())


def timed(command):
    best, out = 1e9, ""
    for _ in range(2):
        start = time.monotonic()
        out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        best = min(best, time.monotonic() - start)
    return out, best


class Book:
    def __init__(self, path, folder):
        text = path.read_text(errors="replace")
        blocks = re.split(r"\n\s*\n", text) if "\n\n" in text else text.splitlines()
        blocks = [" ".join(block.split()) for block in blocks if block.strip()]
        self.chapters, body, words = [], [], []
        for i, block in enumerate(blocks):
            if i % 40 == 0:
                title = f"Chapter {len(self.chapters) + 1} begins"
                self.chapters.append(title)
                body.append(f"<h1>{title}</h1>")
                words += [(word, title) for word in words_of(title)]
            body.append(f"<p>{html.escape(block)}</p>")
            words += [(word, self.chapters[-1]) for word in words_of(block)]
        self.words = words
        self.source = folder / (path.stem + ".source.html")
        self.source.write_text("<!DOCTYPE html><html><head><meta charset='utf-8'><title>T</title></head><body>" + "\n".join(body) + "</body></html>")
        self.folder = folder
        self.name = path.stem

    def files(self):
        made = []
        for kind, suffix in (("epub3", ".epub"), ("epub2", ".2.epub"), ("docx", ".docx"), ("odt", ".odt"), ("html", ".html")):
            out = self.folder / (self.name + suffix)
            subprocess.run(["pandoc", "-f", "html", "-t", kind, "-s", "--metadata", "title=", str(self.source), "-o", str(out)],
                           check=True, capture_output=True)
            made.append((kind, out))
        subprocess.run(["soffice", "--headless", "--convert-to", "pdf", "--outdir", str(self.folder),
                        str(self.folder / (self.name + ".odt"))], check=True, capture_output=True, timeout=600)
        return made + [("pdf", self.folder / (self.name + ".pdf"))]


def section_of(sections, kind, at):
    inside = [s["title"] for s in sections if s["kind"] == kind and s["begin"] <= at]
    return inside[-1] if inside else ""


def found_words(document):
    """(word, byte) pairs of a document's text."""
    text = document["text"]
    offsets, at = [], 0
    for match in WORD.finditer(text.replace("\u2019", "'")):
        offsets.append(match.start())
    prefix, last = 0, 0
    pairs = []
    for start, word in zip(offsets, words_of(text)):
        prefix += len(text[last:start].encode())
        last = start
        pairs.append((word, prefix))
    return pairs


def row(kind, name, errors, unordered, total, right, asked, size, own, other, tool):
    print(f"{kind:<7}{name[:28]:<30}{100 * errors / max(1, total):>7.2f} %{100 * unordered / max(1, total):>7.2f} %{right:>7}/{asked:<6}{size / own / 1e6:>8.1f}{size / other / 1e6:>8.1f} {tool}",
          flush=True)


def measure(cli, kind, path, reference, places, section_kind, tool, folder):
    document = json.loads(subprocess.run([cli, "text", "--json", "--quiet", str(path)], capture_output=True, text=True, check=True).stdout)
    found = found_words(document)
    errors, pairs = aligned(reference, [word for word, _ in found], folder)
    unordered = unordered_errors(reference, [word for word, _ in found])
    asked = [i for i in range(0, len(reference), 100) if i in pairs and pairs[i] < len(found)]
    right = sum(1 for i in asked if section_of(document["sections"], section_kind, found[pairs[i]][1]) == places[i]) if places else 0
    text, own = timed([cli, "text", "--plain", "--quiet", str(path)])
    _, other = timed(tool)
    row(kind, path.name, errors, unordered, len(reference), right, len(asked) if places else 0, len(text.encode()), own, other, tool[0])


def measure_pdf(cli, kind, path, reference, folder):
    """Pages as pdftotext has them: the words are the original's where there is one."""
    pages = subprocess.run(["pdftotext", str(path), "-"], capture_output=True, text=True, check=True).stdout.split("\f")
    labels = [s["title"] for s in json.loads(subprocess.run([cli, "text", "--json", "--quiet", str(path)], capture_output=True, text=True, check=True).stdout)["sections"] if s["kind"] == "page"]
    words, places = [], []
    for index, page in enumerate(pages[:len(labels)]):
        for word in words_of(page):
            words.append(word)
            places.append(labels[index])
    if reference:
        measure(cli, kind, path, reference, None, "page", ["pdftotext", str(path), "-"], folder)
    measure(cli, kind + "*", path, words, places, "page", ["pdftotext", str(path), "-"], folder)


def measure_tree(cli, tree, folder):
    """Every 100th line is the line of the file that its location names."""
    start = time.monotonic()
    out = subprocess.run([cli, "text", "--quiet", str(tree)], capture_output=True, check=True).stdout.decode()
    own = time.monotonic() - start
    lines = [line.split("\t", 1) for line in out.splitlines() if "\t" in line]
    right = asked = 0
    previous = None
    for i, (place, content) in enumerate(lines):
        name, _, number = place.rpartition(":")
        if i % 100 == 0 and number.isdigit() and content and not content.startswith("File: "):
            raw = (tree / name).read_bytes()
            source = raw.decode(errors="replace").replace("\r\n", "\n").replace("\r", "\n").split("\n")
            asked += 1
            right += source[int(number) - 1] == content or "\ufffd" in source[int(number) - 1]
        previous = place
    plan_start = time.monotonic()
    plan = json.loads(subprocess.run([cli, "plan", "--json", "--quiet", str(tree)], capture_output=True, text=True, check=True).stdout)
    planned = time.monotonic() - plan_start
    taken = sum(1 for file in plan["files"] if file["taken"])
    print(f"{'tree':<7}{tree.name[:28]:<30}{'':>18}{right:>7}/{asked:<6}{len(out) / own / 1e6:>8.1f}         {taken} of {len(plan['files'])} files, planned in {planned:.2f} s", flush=True)
    del previous


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("books", nargs="*", type=pathlib.Path)
    parser.add_argument("--cli", default=str(ROOT / "build/ci/app/cli/longview-cli"))
    parser.add_argument("--tree", nargs="*", type=pathlib.Path, default=[])
    parser.add_argument("--page", nargs="*", type=pathlib.Path, default=[])
    parser.add_argument("--pdf", nargs="*", type=pathlib.Path, default=[])
    options = parser.parse_args()
    books = options.books or sorted((ROOT / "resources/samples").glob("*.txt"))
    print(f"{'format':<7}{'file':<30}{'errors':>9}{'any order':>10}{'located':>13}{'MB/s':>8}{'other':>8}")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for path in books:
            book = Book(path, folder)
            words, places = [word for word, _ in book.words], [place for _, place in book.words]
            for kind, file in book.files():
                if kind == "pdf":
                    measure_pdf(options.cli, kind, file, words, folder)
                else:
                    measure(options.cli, kind, file, words, places, "chapter", ["pandoc", "-t", "plain", str(file)], folder)
        for page in options.page:
            plain = subprocess.run(["pandoc", "-f", "html", "-t", "plain", "--wrap=none", str(page)], capture_output=True, text=True, check=True).stdout
            measure(options.cli, "page", page, words_of(plain), None, "chapter", ["pandoc", "-f", "html", "-t", "plain", str(page)], folder)
        for pdf in options.pdf:
            measure_pdf(options.cli, "pdf", pdf, None, folder)
        for tree in options.tree:
            measure_tree(options.cli, tree, folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
