"""What two other readers copy from the searchable copy of every kind of damaged document, against our repaired text.

python -m tests.quality.searchable [--class NAME ...]
"""

import argparse
import os
import shutil
import subprocess
import unicodedata
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory
from typing import NamedTuple

from tests.generator import CLASSES, build
from tests.generator.damage import text_of


class Result(NamedTuple):
    """Shares of syllables that a reader copies as repaired, from the damaged file and from its searchable copy."""

    damage: str
    reader: str
    before: float
    after: float


def copied(path: Path) -> dict[str, str]:
    """What each other reader copies from a PDF."""
    import pypdfium2

    with pypdfium2.PdfDocument(path) as document:
        texts = {"pdfium": "\n".join(page.get_textpage().get_text_range() for page in document)}
    if shutil.which("pdftotext"):
        run = subprocess.run(["pdftotext", "-enc", "UTF-8", path, "-"], capture_output=True, check=True)
        texts["pdftotext"] = run.stdout.decode("utf-8", "replace")
    return texts


def share(text: str, wanted: str) -> float:
    """Syllables that both have, over those of the one that has more; the order of lines does not count."""
    found, truth = (Counter(unicodedata.normalize("NFC", part).split()) for part in (text, wanted))
    return (found & truth).total() / max(1, found.total(), truth.total())


def measure_one(name: str) -> list[Result]:
    from pipeline.config import Config
    from pipeline.extract import extract
    from pipeline.repair import repair
    from pipeline.searchable import write_pdf

    made = build(text_of(CLASSES[name].text), name)
    with TemporaryDirectory() as folder:
        path, out = Path(folder) / "x.pdf", Path(folder) / "out.pdf"
        path.write_bytes(made.pdf)
        wanted = repair(extract(path, path.name, Config()), Config().repair).text
        write_pdf(path, out)
        before, after = copied(path), copied(out)
    return [Result(name, reader, share(before[reader], wanted), share(after[reader], wanted)) for reader in before]


def measure(names: list[str] | None = None) -> dict[str, float]:
    """The mean over the classes, reader by reader, and the worst of all."""
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        results = [r for found in pool.map(measure_one, names or list(CLASSES)) for r in found]
    for result in results:
        print(f"{result.damage:28} {result.reader:10} before {result.before:7.4f} after {result.after:7.4f}")
    readers = sorted({r.reader for r in results})
    out = {f"searchable.{reader}": fmean(r.after for r in results if r.reader == reader) for reader in readers}
    out["searchable.worst"] = min(r.after for r in results)
    for reader in readers:
        print(f"before, {reader}: {fmean(r.before for r in results if r.reader == reader):.4f}")
    return out


def figures(shared: Path) -> dict[str, float]:
    """Measures for `make quality`; `shared` is not needed."""
    return measure()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--class", dest="names", nargs="*")
    for name, value in measure(parser.parse_args().names).items():
        print(f"{name:32} {value:.5f}")


if __name__ == "__main__":
    main()
