"""The seam to the OCR engine: an image goes in, words with boxes, confidences and line numbers come out."""

import contextlib
import functools
import hashlib
import json
import os
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import regex
from PIL import Image

from pipeline.config import OcrConfig
from pipeline.errors import OcrFailed, OcrTimeout, OcrUnavailable
from pipeline.vietnamese import nfc

_EDGES = regex.compile(r"^[\p{P}\p{S}]+|[\p{P}\p{S}]+$")
_LANGUAGE = regex.compile(r"[A-Za-z0-9_/+]+")


@dataclass(frozen=True, slots=True)
class Word:
    """A word as the engine read it; the box is (left, top, right, bottom) in pixels of the image it was given."""

    text: str
    box: tuple[int, int, int, int]
    confidence: float
    line: tuple[int, int, int]
    """Block, paragraph and line number of the engine."""


def bare(text: str) -> str:
    """A word without the punctuation and signs at its ends.

    >>> bare("“cơ-sở.")
    'cơ-sở'
    """
    return _EDGES.sub("", text)


def by_line(words: Iterable[Word]) -> list[list[Word]]:
    """The words of each line of the engine, in its order."""
    lines: dict[tuple[int, int, int], list[Word]] = {}
    for word in words:
        lines.setdefault(word.line, []).append(word)
    return list(lines.values())


def engine(config: OcrConfig) -> str:
    """Name, version and language data of the engine, such as ``tesseract 5.3.0 vie:1a2b3c4d``.

    Data that read poor pages only follow where they are installed: ``… vie:1a2b3c4d, poor pages Vietnamese:5e6f7a8b``.

    Raises:
        OcrUnavailable: the program or its language data are missing.
    """
    first, second = _engine(config.engine, config.language), second_way(config)
    more = second.language.removesuffix(f"+{config.language}") if second else ""
    return first + (f", poor pages {more}:{_data_digest(more)}" if more else "")


def second_way(config: OcrConfig) -> OcrConfig | None:
    """The settings with the next language's data before the usual ones; None where those are not installed.

    Packages name the data ``Vietnamese`` or ``script/Vietnamese``.
    """
    wanted = config.next_language
    if not wanted or wanted == config.language or not _LANGUAGE.fullmatch(wanted):
        return None
    found = [name for name in (wanted, f"script/{wanted}") if name in _languages()]
    return replace(config, language=f"{found[0]}+{config.language}") if found else None


@functools.cache
def _engine(name: str, language: str) -> str:
    if name != "tesseract" or not _LANGUAGE.fullmatch(language):
        raise OcrUnavailable(f"no engine {name!r} with language {language!r}")
    try:
        version = _asked("--version").split("\n")[0].removeprefix("tesseract").strip()
        known = _languages()
    except (subprocess.SubprocessError, OSError) as error:
        raise OcrUnavailable(f"Tesseract cannot be started: {error}") from error
    missing = [part for part in language.split("+") if part not in known]
    if missing:
        raise OcrUnavailable(f"Tesseract has no language data for {', '.join(missing)}")
    version = version.split()[0].removeprefix("v")
    return f"tesseract {version} " + "+".join(f"{part}:{_data_digest(part)}" for part in language.split("+"))


@functools.cache
def _languages() -> tuple[str, ...]:
    """The language data that the program finds."""
    return tuple(_asked("--list-langs").split("\n")[1:])


def _asked(question: str) -> str:
    """What the program answers; asked directly, since pytesseract brings all of pandas along, which takes a second."""
    asked = ["tesseract", question]
    run = subprocess.run(asked, capture_output=True, text=True, errors="replace", timeout=30, check=True)
    return run.stdout or run.stderr


def _data_digest(language: str) -> str:
    """First eight hex digits of the SHA-256 of the language data; ``unknown`` where the file cannot be found."""
    folders = [Path(os.environ["TESSDATA_PREFIX"])] if "TESSDATA_PREFIX" in os.environ else []
    for base in ("/usr/share", "/usr/local/share", "/opt/homebrew/share"):
        folders += [*sorted(Path(base).glob("tesseract-ocr/*/tessdata")), Path(base) / "tessdata"]
    for folder in folders:
        for file in (folder / f"{language}.traineddata", folder / "tessdata" / f"{language}.traineddata"):
            if file.is_file():
                return hashlib.sha256(file.read_bytes()).hexdigest()[:8]
    return "unknown"


def recognise(
    image: Image.Image, config: OcrConfig, dpi: float, psm: int = 3, sauvola: bool = False, letters: str = ""
) -> list[Word]:
    """The words of an image (mode ``L`` or ``1``) in the engine's order; from the cache where it has them.

    Args:
        image: the prepared page.
        config: language, time limit and cache folder.
        dpi: resolution of the image.
        psm: page segmentation mode of Tesseract: 3 whole page, 4 one column, 6 one block, 11 sparse text.
        sauvola: threshold locally (Sauvola) instead of once for the page (Otsu).
        letters: the only letters that may be read; all where none are given.

    Raises:
        OcrUnavailable, OcrTimeout, OcrFailed
    """
    return recognise_all([image], config, dpi, psm, sauvola, letters)[0]


def recognise_all(
    pictures: Sequence[Image.Image],
    config: OcrConfig,
    dpi: float,
    psm: int = 3,
    sauvola: bool = False,
    letters: str = "",
) -> list[list[Word]]:
    """The words of each image, all read by one process: starting the engine costs a tenth of a second.

    `dpi` is the resolution of the first; the rest is as for `recognise`.

    Raises:
        OcrUnavailable, OcrTimeout, OcrFailed
    """
    options = f"--oem 1 --psm {psm} --dpi {round(dpi)}" + (" -c thresholding_method=2" if sauvola else "")
    options += f" -c tessedit_char_whitelist={letters}" if letters else ""
    place = _cache_file(pictures, options, config)
    if place is not None and place.is_file():
        with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
            kept = json.loads(place.read_text("utf-8"))
            if len(kept) == len(pictures):  # else an entry of the time when one image had a plain list of words
                return [[_word(item) for item in words] for words in kept]
    _engine(config.engine, config.language)
    pages = _words(_run(pictures, options, config), len(pictures))
    if place is not None:
        _store(place, [[[w.text, w.box, w.confidence, w.line] for w in words] for words in pages])
    return pages


def _run(pictures: Sequence[Image.Image], options: str, config: OcrConfig) -> dict[str, list[Any]]:
    import pytesseract

    os.environ.setdefault("OMP_THREAD_LIMIT", "1")  # its own threads make Tesseract five times slower here
    with tempfile.TemporaryDirectory(prefix="ocr-") as folder:
        file = Path(folder) / "pages.tif"
        pictures[0].save(file, "TIFF", save_all=True, append_images=pictures[1:])
        try:
            table: dict[str, list[Any]] = pytesseract.image_to_data(
                str(file),
                lang=config.language,
                config=options,
                timeout=config.seconds_per_page * len(pictures),
                output_type=pytesseract.Output.DICT,
            )
            return table
        except pytesseract.TesseractNotFoundError as error:
            raise OcrUnavailable(str(error)) from error
        except (pytesseract.TesseractError, OSError, ValueError) as error:
            raise OcrFailed(f"Tesseract failed: {error}") from error
        except RuntimeError as error:
            raise OcrTimeout(f"Tesseract took more than {config.seconds_per_page} s") from error


def _words(table: dict[str, list[Any]], pages: int) -> list[list[Word]]:
    words: list[list[Word]] = [[] for _ in range(pages)]
    for i, text in enumerate(table.get("text", ())):
        text = nfc(str(text)).strip()
        confidence = float(table["conf"][i])
        if not text or confidence < 0:
            continue
        x, y = int(table["left"][i]), int(table["top"][i])
        box = (x, y, x + int(table["width"][i]), y + int(table["height"][i]))
        line = (int(table["block_num"][i]), int(table["par_num"][i]), int(table["line_num"][i]))
        page = min(max(int(table["page_num"][i]), 1), pages) - 1
        words[page].append(Word(text, box, round(min(confidence / 100, 1.0), 4), line))
    return words


def _word(item: list[Any]) -> Word:
    text, (x0, y0, x1, y1), confidence, (block, paragraph, line) = item
    return Word(str(text), (int(x0), int(y0), int(x1), int(y1)), float(confidence), (block, paragraph, line))


def _cache_file(pictures: Sequence[Image.Image], options: str, config: OcrConfig) -> Path | None:
    if not config.cache:
        return None
    key = hashlib.sha256(f"{_engine(config.engine, config.language)}|{options}".encode())
    for image in pictures:
        key.update(f"|{image.mode}|{image.size}|".encode())
        key.update(image.tobytes())
    digest = key.hexdigest()
    return Path(config.cache) / digest[:2] / f"{digest}.json"


def _store(place: Path, content: list[Any]) -> None:
    """Write a cache entry whole or not at all; a cache that cannot be written is no error."""
    with contextlib.suppress(OSError):
        place.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=place.parent, suffix=".part")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(content, file, ensure_ascii=False)
        os.replace(name, place)
