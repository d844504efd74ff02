"""A folder in child processes: what isolation costs, the second run, and memory over many documents and many pages.

    python -m tests.bench.ingest [--documents 10000] [--pages 2000]

All in CPU seconds of parent and children together, so that other work on the machine does not count.
"""

import argparse
import io
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pikepdf

from tests.generator import build

ROOT = Path(__file__).resolve().parent.parent.parent
_ONE_PAGE = "SỞ NỘI VỤ\nSố: {n}/KH-SNV\n\nKẾ HOẠCH\nCông tác lưu trữ năm 2023\n" + (
    "Thực hiện Nghị định số {n}/2020/NĐ-CP ngày 5 tháng 3 năm 2020 về công tác văn thư của cơ quan, tổ chức.\n" * 12
)
_PEAK = """\
with open("/proc/self/status") as status:  # ru_maxrss counts what the process that started this one held
    peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) // 1024
"""
_READ = f"""\
import sys
from pathlib import Path
from pipeline.config import Config
from pipeline.ingest import read_document
from pipeline.write import replace_file, to_pieces
replace_file(Path(sys.argv[1] + ".json"), to_pieces(read_document(Path(sys.argv[1]), Config())))
{_PEAK}
print(peak)
"""
_RUN = f"""\
import resource, sys, time
from pathlib import Path
from pipeline.config import Config, RunConfig
from pipeline.ingest import ingest
from pipeline.workers import run_in_children
raw, clean, workers = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
config = Config(run=RunConfig(workers))

def run(files, done):
    run_in_children(raw, clean, config, files, done)

begun = time.monotonic()
ingest(raw, clean, config, run, lambda todo, done: None, lambda outcome: None)
own, below = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
seconds = time.monotonic() - begun
{_PEAK}
print(own.ru_utime + own.ru_stime, below.ru_utime + below.ru_stime, peak, seconds)
"""


def bench(shared: Path, documents: int = 300, pages: int = 200) -> None:
    """Print the figures with their goals; `shared` is not needed."""
    with tempfile.TemporaryDirectory() as held:
        folder = Path(held)
        isolation(folder, min(documents, 300))
        many(folder, documents)
        for kind, lines in (("clean-type0", 24), ("tcvn3", 24), ("lost-space", 24), ("tcvn3", 38)):
            long(folder, pages, kind, lines)


def isolation(folder: Path, count: int) -> None:
    """CPU seconds in one child that is used again, start included and taken away, against the same in-process."""
    from pipeline.config import Config
    from pipeline.ingest import read_document
    from pipeline.write import to_bytes

    raw = _documents(folder / "isolation", count)
    one = _documents(folder / "start", 1)
    config = Config()
    files = sorted(raw.iterdir())
    to_bytes(read_document(files[0], config))
    started = time.process_time()
    for file in files:
        to_bytes(read_document(file, config))
    inside = time.process_time() - started
    whole, start = ran(raw, folder / "clean-a", 1), ran(one, folder / "clean-b", 1)
    cost = (whole[0] + whole[1] - start[0] - start[1]) / (inside * (count - 1) / count) - 1
    print(f"{'isolation, CPU a one-page document over in-process':60} {cost:6.1%}  goal <= 15%")
    two = ran(raw, folder / "clean-c", 2)
    more = (two[0] + two[1]) / (whole[0] + whole[1])
    load = os.getloadavg()[0]
    print(
        f"{'two workers over one: CPU; and speed by the wall clock':60} {more:6.2f}  {whole[3] / two[3]:.2f} at load {load:.0f}, goal >= 1.8"
    )


def many(folder: Path, count: int) -> None:
    """A first run over many small documents, then one with nothing to do."""
    raw, clean = _documents(folder / "many", count), folder / "clean-many"
    few = ran(_documents(folder / "few", max(1, count // 10)), folder / "clean-few", 0)
    first, second = ran(raw, clean, 0), ran(raw, clean, 0)
    name = f"parent over {count} documents, MiB more than over a tenth"
    print(
        f"{name:60} {first[2] - few[2]:6.0f}  {first[2]:.0f} in all, {first[0] / count * 1_000:.1f} ms CPU each; goal <= 100"
    )
    again = second[0] + second[1]
    print(
        f"{'second run, CPU seconds':60} {again:6.2f}  {again / (first[0] + first[1]):.1%} of the first; goals <= 2, <= 2%"
    )


def long(folder: Path, pages: int, kind: str, lines: int) -> None:
    """Memory for one document of many pages, healthy or damaged, until its JSON is written; a line has 101 letters."""
    file = folder / "long.pdf"
    line = "Sở Nội vụ chủ trì, phối hợp với các sở, ban, ngành thành phố thực hiện Nghị định này theo quy định.\n"
    with pikepdf.open(io.BytesIO(build(line * lines, kind).pdf)) as page, pikepdf.new() as made:
        for number in range(pages):
            made.pages.append(page.pages[0])
            made.pages[-1].Contents = made.make_stream(page.pages[0].Contents.read_bytes() + b"\n%%%d" % number)
        made.save(file)
    done = subprocess.run(
        [sys.executable, "-c", _READ, str(file)], capture_output=True, text=True, check=True, cwd=ROOT
    )
    print(
        f"{f'a child on {pages} pages of {lines} lines ({kind}), MiB at most':60} {int(done.stdout):6}  goal <= 1024 for 2,000"
    )


def _documents(raw: Path, count: int) -> Path:
    raw.mkdir()
    made = build(_ONE_PAGE.format(n=1), "clean-type0").pdf
    for number in range(count):
        (raw / f"{number:05}.pdf").write_bytes(made + b"\n%% %d\n" % number)
    return raw


def ran(raw: Path, clean: Path, workers: int) -> tuple[float, ...]:
    """CPU seconds of the parent and of its children, peak MiB of the parent, wall seconds."""
    script = raw.with_suffix(".py")
    script.write_text("def main():\n" + "".join(f"    {line}\n" for line in _RUN.splitlines())
                      + "if __name__ == '__main__':\n    main()\n")  # fmt: skip
    # as on any machine: what Python compiles is kept, else each child compiles all that it imports
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"} | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(script), str(raw), str(clean), str(workers)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT, env=environment)
    return tuple(map(float, done.stdout.split()))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=300)
    parser.add_argument("--pages", type=int, default=200)
    options = parser.parse_args()
    bench(ROOT, options.documents, options.pages)
