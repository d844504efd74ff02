"""The benchmark on the command line.

    python -m tests.generator OUT [--classes NAME …] [--scans] [--seed N] [--text FILE]
    python -m tests.generator samples
    python -m tests.generator damage HEALTHY.pdf OUT.pdf --class NAME [--seed N]
    python -m tests.generator list

The first writes a PDF and its truth (`.txt`) for every class and a line in `truth.jsonl`; the second makes the PDFs of
`data/raw` again; the third damages the character maps of any healthy PDF.
"""

import argparse
import hashlib
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.generator import damage, fonts, samples, scans, texts, tounicode


def benchmark(
    classes: Sequence[str], seed: int, text: str | None, with_scans: bool
) -> Iterator[tuple[str, damage.Generated]]:
    """The name and document of every class, and of every preset of scans if wanted."""
    for name in classes:
        yield name, damage.build(text or damage.text_of(damage.CLASSES[name].text), name, seed)
    if with_scans:
        clean = damage.build(text or texts.OFFICIAL, "clean-type0", seed)
        for preset, how in scans.PRESETS.items():
            pdf = scans.scan(clean.pdf, how, seed)
            yield (
                f"scan-{preset}",
                damage.Generated(pdf, clean.truth, clean.pages, f"scan-{preset}", False, frozenset()),
            )


def write(out: Path, classes: Sequence[str], seed: int, text: str | None, with_scans: bool) -> int:
    """Write the benchmark into a folder; gives the number of documents."""
    out.mkdir(parents=True, exist_ok=True)
    records = []
    for name, made in benchmark(classes, seed, text, with_scans):
        (out / f"{name}.pdf").write_bytes(made.pdf)
        (out / f"{name}.txt").write_text(made.truth + "\n", encoding="utf-8")
        kind = damage.CLASSES.get(name)
        records.append(
            {
                "file": f"{name}.pdf",
                "class": name,
                "summary": kind.summary if kind else "an image of the page, no text layer",
                "cause": kind.cause if kind else "ocr-misreading",
                "exact": made.exact,
                "lost": sorted(made.lost),
                "seed": seed,
                "pages": list(made.pages),
                "sha256": hashlib.sha256(made.pdf).hexdigest(),
            }
        )
    lines = (json.dumps(r, ensure_ascii=False) + "\n" for r in records)
    (out / "truth.jsonl").write_text("".join(lines), encoding="utf-8")
    return len(records)


def _damage(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.generator damage")
    parser.add_argument("healthy", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--class", dest="change", choices=sorted(tounicode.CHANGES), default="space")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args(arguments)
    args.out.write_bytes(tounicode.damage(args.healthy.read_bytes(), args.change, args.seed))
    return 0


def _samples() -> int:
    for name, make in samples.SAMPLES.items():
        (samples.RAW / name).write_bytes(make())
    digests = json.dumps(samples.font_digests(), indent=1) + "\n"
    (samples.DATA / "sample-fonts.json").write_text(digests, encoding="utf-8")
    return 0


def main(arguments: Sequence[str]) -> int:
    """Run one of the commands; gives the exit code."""
    if arguments[:1] == ["damage"]:
        return _damage(arguments[1:])
    if arguments[:1] == ["list"]:
        for kind in damage.CLASSES.values():
            sys.stdout.write(f"{kind.name:26} {kind.cause or '-':22} {kind.summary}\n")
        return 0
    if reason := fonts.fonts_missing():
        sys.stderr.write(f"cannot draw: {reason}\n")
        return 1
    if arguments[:1] == ["samples"]:
        return _samples()
    parser = argparse.ArgumentParser(prog="python -m tests.generator")
    parser.add_argument("out", type=Path)
    parser.add_argument("--classes", nargs="+", choices=sorted(damage.CLASSES), default=list(damage.CLASSES))
    parser.add_argument("--scans", action="store_true")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--text", type=Path)
    args = parser.parse_args(arguments)
    text = args.text.read_text(encoding="utf-8") if args.text else None
    count = write(args.out, args.classes, args.seed, text, args.scans)
    sys.stdout.write(f"{count} documents in {args.out}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
