"""What a process that reads documents may do: the operating system's limits, and no network."""

import contextlib
import ctypes
import logging
import os
import platform
import resource
import signal
import struct
import warnings

from pipeline.config import LimitsConfig

_MIB = 1024 * 1024
_PDEATHSIG, _NO_NEW_PRIVS = 1, 38
_FILTER, _ALL_THREADS = 1, 1
_NUMBERS = {"x86_64": (0xC000003E, 317, 41), "aarch64": (0xC00000B7, 277, 198)}
"""Machine -> audit architecture, number of seccomp(2), number of socket(2)."""
_IO_URING, _X32, _LOCAL = 425, 0x40000000, 1
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | 13
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06


def confine(limits: LimitsConfig, parent: int | None = None) -> None:
    """Bound this process for good: memory, output, open files, no core dump, no network; it dies with its parent.

    Libraries' remarks on broken fonts and images are dropped.
    """
    if parent is not None:
        _die_with(parent)
    for library in ("fontTools", "pdfminer", "pdfplumber"):
        logging.getLogger(library).setLevel(logging.CRITICAL)
    warnings.simplefilter("ignore")
    _lower(resource.RLIMIT_AS, limits.memory_mib * _MIB)
    _lower(resource.RLIMIT_FSIZE, limits.output_mib * _MIB)
    _lower(resource.RLIMIT_NOFILE, limits.open_files)
    _lower(resource.RLIMIT_CORE, 0)
    without_network()


def cpu_seconds_from_now(seconds: int) -> None:
    """Let the operating system kill this process when it has used so many more CPU seconds."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    until = int(used.ru_utime + used.ru_stime) + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (until if hard == resource.RLIM_INFINITY else min(until, hard), hard))


def _lower(which: int, value: int) -> None:
    _, hard = resource.getrlimit(which)
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(which, (value, value))


def _die_with(parent: int) -> None:
    """Have the kernel kill this process when its parent is gone: an orphan must not write into the next run."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None, use_errno=True).prctl(_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def without_network() -> bool:
    """Refuse every socket but local ones to this process and all that it starts; whether the kernel took it.

    A seccomp filter: it needs no privilege, cannot be undone, and holds for programs such as Tesseract too. On other
    systems than Linux on x86-64 and AArch64 there is none.
    """
    known = _NUMBERS.get(platform.machine())
    if known is None or platform.system() != "Linux":
        return False
    architecture, seccomp, socket = known
    program = [  # (what, lines to jump if so, lines to jump if not, value)
        (_LOAD, 0, 0, 4),  # 0: the architecture; calls of another one are refused
        (_EQUAL, 0, 6, architecture),
        (_LOAD, 0, 0, 0),  # 2: the number of the call
        (_AT_LEAST, 4, 0, _X32),
        (_EQUAL, 3, 0, _IO_URING),
        (_EQUAL, 0, 3, socket),
        (_LOAD, 0, 0, 16),  # 6: the family of the socket
        (_EQUAL, 1, 0, _LOCAL),
        (_RETURN, 0, 0, _REFUSE),
        (_RETURN, 0, 0, _ALLOW),
    ]
    code = b"".join(struct.pack("HBBI", *line) for line in program)
    held = ctypes.create_string_buffer(code, len(code))
    described = struct.pack("HxxxxxxP", len(program), ctypes.addressof(held))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    return bool(libc.syscall(seccomp, _FILTER, _ALL_THREADS, ctypes.c_char_p(described)) == 0)
