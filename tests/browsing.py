"""What every test, bench and picture of the pages needs: the system's Chromium, and the review as a person starts it."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = shutil.which("chromium") or shutil.which("google-chrome")
"""None where there is none."""


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """The system's Chromium, headless."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=PROGRAM, args=["--no-sandbox"])
        yield browser
        browser.close()


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextlib.contextmanager
def reviewing(raw: Path, clean: Path, who: str) -> Iterator[str]:
    """The address of `python -m pipeline review` on a free port; it ends with the block."""
    port = free_port()
    command = [sys.executable, "-m", "pipeline", "review", str(raw), str(clean), "--who", who, "--port", str(port)]
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, env=os.environ | {"OMP_THREAD_LIMIT": "1"})
    address = f"http://127.0.0.1:{port}"
    try:
        end = time.monotonic() + 60
        while True:
            try:
                urlopen(address, timeout=5).close()
                break
            except OSError:
                assert server.poll() is None and time.monotonic() < end
                time.sleep(0.1)
        yield address
    finally:
        server.terminate()
        server.wait(20)
