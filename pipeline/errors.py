"""Every error of the project: its stable code, the exit code it leads to, and what to do next.

Errors about one file (`DocumentError`) are written into that file's manifest line and never stop the rest;
the others (`SettingsError`, `ToolMissing`, `FolderInUse`) end the run before the first file.
"""

from enum import IntEnum


class ExitCode(IntEnum):
    """What the command line ends with."""

    OK = 0
    SOME_FAILED = 1
    USAGE = 2
    TOOL_MISSING = 3
    INTERRUPTED = 130


class PipelineError(Exception):
    """Base of all: `code` is stable, `advice` says what the reader can do.

    Args:
        message: what happened, naming the file and page where there is one.
    """

    code = "error"
    advice = ""
    exit_code = ExitCode.SOME_FAILED

    def __init__(self, message: str = "") -> None:
        self.message = message or (self.__doc__ or "").split("\n")[0].rstrip(".")
        super().__init__(self.message)

    def __str__(self) -> str:
        """The message with its code and advice, on one line."""
        return f"[{self.code}] {self.message}" + (f" - {self.advice}" if self.advice else "")

    def __reduce__(self) -> tuple[type["PipelineError"], tuple[str]]:
        """Pickle by class and message, so that a child process can hand the error to its parent."""
        return type(self), (self.message,)


class DocumentError(PipelineError):
    """This document could not be read."""

    code = "document-failed"


class NotAPdf(DocumentError):
    """The file is not a PDF although its name says so."""

    code = "not-a-pdf"
    advice = "look at the file with another program; rename it if it is of another kind"


class EmptyFile(DocumentError):
    """The file has no bytes."""

    code = "empty-file"
    advice = "copy it again from where it came"


class BrokenPdf(DocumentError):
    """The PDF is damaged and cannot be read."""

    code = "broken-pdf"
    advice = "copy it again from where it came, or print it to a new PDF from a viewer that opens it"


class EncryptedPdf(DocumentError):
    """The PDF asks for a password."""

    code = "encrypted-pdf"
    advice = "save a copy without password from a viewer and put that in the raw folder"


class NoPages(DocumentError):
    """The PDF has no pages."""

    code = "no-pages"
    advice = "copy it again from where it came"


class TooManyPages(DocumentError):
    """The PDF has more pages than the settings allow."""

    code = "too-many-pages"
    advice = "split it, or raise [limits] pages in pipeline.toml"


class UnreadableFile(DocumentError):
    """The file cannot be opened."""

    code = "unreadable-file"
    advice = "give the user who runs the pipeline the right to read it"


class FileTooLarge(DocumentError):
    """The file is larger than the memory that reading a document may take; it is not even hashed."""

    code = "file-too-large"
    advice = "split it, or raise [limits] memory_mib in pipeline.toml"


class PathTooLong(DocumentError):
    """The path of the document in the clean folder is longer than the operating system allows."""

    code = "path-too-long"
    advice = "shorten the names of the folders, or put the clean folder nearer to the root"


class NotAFile(DocumentError):
    """The name leads out of the raw folder, or to something that is not a regular file."""

    code = "not-a-file"
    advice = "put a copy of the file itself into the raw folder"


class ChangedWhileRead(DocumentError):
    """The raw file changed while it was read."""

    code = "changed-while-read"
    advice = "run again when nobody writes to the raw folder"


class UnsupportedFile(DocumentError):
    """This kind of file is not read."""

    code = "unsupported-file"
    advice = "convert it to PDF, PNG, JPEG, TIFF or plain text in UTF-8"


class BrokenImage(DocumentError):
    """The image cannot be decoded."""

    code = "broken-image"
    advice = "scan it again, or save it anew from a program that opens it"


class ImageTooLarge(DocumentError):
    """The image has more pixels than the settings allow."""

    code = "image-too-large"
    advice = "reduce it, or raise [ocr] max_pixels in pipeline.toml"


class BrokenText(DocumentError):
    """The text file is not UTF-8."""

    code = "broken-text"
    advice = "save it as UTF-8"


class OcrFailed(DocumentError):
    """The OCR engine failed on a page."""

    code = "ocr-failed"
    advice = "run `python -m pipeline check`"


class OcrTimeout(OcrFailed):
    """The OCR engine took longer than a page may take."""

    code = "ocr-timeout"
    advice = "raise [ocr] seconds_per_page in pipeline.toml"


class OcrUnavailable(DocumentError):
    """The document needs OCR and there is no engine."""

    code = "ocr-unavailable"
    advice = "install Tesseract with Vietnamese: apt-get install tesseract-ocr tesseract-ocr-vie"


class TimeLimit(DocumentError):
    """The document took longer than a document may take."""

    code = "time-limit"
    advice = "raise [limits] seconds in pipeline.toml"


class MemoryLimit(DocumentError):
    """The document needed more memory than a document may take."""

    code = "memory-limit"
    advice = "raise [limits] memory_mib in pipeline.toml"


class OutputLimit(DocumentError):
    """The JSON of the document, or an image made for OCR, is larger than the settings allow."""

    code = "output-limit"
    advice = "raise [limits] output_mib in pipeline.toml"


class WorkerDied(DocumentError):
    """The process that read the document died."""

    code = "worker-died"
    advice = "run again; if it dies again, report the file"


class InternalError(DocumentError):
    """A fault of this program."""

    code = "internal-error"
    advice = "report it with the message; the other documents are not touched"


class SettingsError(PipelineError):
    """The settings or the command line are wrong."""

    code = "bad-settings"
    exit_code = ExitCode.USAGE


class NoInput(SettingsError):
    """The raw folder does not exist or holds no document."""

    code = "no-input"
    advice = "put PDF, image or text files into it, or name another folder"


class OutputNotWritable(SettingsError):
    """The clean folder cannot be written."""

    code = "output-not-writable"
    advice = "give the right to write there, or name another folder with CLEAN="


class StoreUnavailable(SettingsError):
    """The store behind a URL does not answer, or refuses."""

    code = "store-unavailable"
    advice = "check the address, the credentials and the network, then run again"


class FolderInUse(SettingsError):
    """Another ingest is working in this clean folder."""

    code = "folder-in-use"
    advice = "wait for it to end"


class ServerUnavailable(PipelineError):
    """The server did not take what was sent, however often it was tried."""

    code = "server-unavailable"
    advice = "run again when it is up; what it took is remembered and not sent again"


class ToolMissing(PipelineError):
    """A program or data file that the pipeline needs is missing."""

    code = "tool-missing"
    exit_code = ExitCode.TOOL_MISSING
