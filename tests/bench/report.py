"""The report of 200 documents: seconds until a page stands in Chromium with its images, and bytes of the site.

One document in ten is a plan of some pages, the others have one; each is a file of its own. Two figures are seconds, since the goal is
what a person waits: read them beside the load that is printed with them.
"""

import hashlib
import json
import os
import tempfile
from pathlib import Path

from tests.browsing import chromium
from tests.contract_documents import write_clean

ROOT = Path(__file__).resolve().parent.parent.parent
DOCUMENTS = 200
LOADED = """() => new Promise(done => {
  const seen = [...document.images].filter(i => i.getBoundingClientRect().top < innerHeight);
  Promise.all(seen.map(i => i.decode())).then(() => done(performance.now()));
})"""


def bench(shared: Path) -> None:
    """Print the figures; `shared` is not needed."""
    from pipeline.report import write_report

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        many = made(folder)
        started = cpu()
        write_report(folder / "raw", folder / "clean", folder / "site")
        pages = sum(many)
        print(f"{'report of 200 documents: CPU seconds a page':60} {(cpu() - started) / pages:6.2f}")
        files = [f for f in (folder / "site").rglob("*") if f.is_file()]
        bytes_ = sum(f.stat().st_size for f in files)
        print(f"{'report: megabytes for ten pages':60} {10 * bytes_ / pages / 1e6:6.2f}  goal <= 3")
        seconds = opened(sorted((folder / "site").glob("*.html")))
        print(f"{'report: seconds to open a page, median':60} {seconds[len(seconds) // 2]:6.2f}")
        text = "report: seconds to open a page, slowest"
        print(f"{text:60} {seconds[-1]:6.2f}  goal <= 1, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


def cpu() -> float:
    """CPU seconds of this process and of the children that have ended."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def made(folder: Path) -> list[int]:
    """A raw and a clean folder of 200 documents; the number of pages of each."""
    from pipeline.config import Config
    from pipeline.ingest import read_document
    from pipeline.write import to_bytes
    from tests.generator import build
    from tests.generator.texts import TEXTS

    short = folder / "short.pdf"
    short.write_bytes(build("\n".join(TEXTS["report"].splitlines()[:30]), "missing-simple", 1).pdf)
    kinds = [(path, json.loads(to_bytes(read_document(path, Config())))) for path in
             (ROOT / "data" / "raw" / "plan-lost-letters.pdf", short)]  # fmt: skip
    (folder / "raw").mkdir()
    documents, pages = [], []
    for number in range(DOCUMENTS):
        path, document = kinds[number % 10 > 0]
        name, data = f"{number:03}.pdf", path.read_bytes() + b"%%%d" % number
        sha256 = hashlib.sha256(data).hexdigest()
        (folder / "raw" / name).write_bytes(data)
        source = document["source"] | {"path": name, "sha256": sha256}
        documents.append(document | {"source": source, "id": f"sha256:{sha256}"})
        pages.append(len(document["pages"]))
    write_clean(folder / "clean", documents, failed=False)
    return pages


def opened(files: list[Path]) -> list[float]:
    """Seconds from asking for each page until its visible images are drawn, sorted."""
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1366, "height": 768})
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        found = []
        for file in files:
            page.goto(file.as_uri())
            found.append(page.evaluate(LOADED) / 1000)
    assert not said, said[:3]
    return sorted(found)
