#!/bin/sh
# Tesseract with Vietnamese through the system's package manager; without the right to, one line that says what to run.
# The larger data of tesseract-ocr-script-viet are not needed; where they are installed, poor pages are read with them too.
# Never fails: born-digital documents are read without OCR, and those that need it get their code.
tesseract --list-langs 2>/dev/null | grep -qx vie && exit 0
if command -v apt-get >/dev/null; then
  install="apt-get install -y tesseract-ocr tesseract-ocr-vie fonts-liberation2"
  update="apt-get update -qq"
elif command -v dnf >/dev/null; then
  install="dnf install -y tesseract tesseract-langpack-vie liberation-fonts"
  update="true"
elif command -v pacman >/dev/null; then
  install="pacman -S --noconfirm tesseract tesseract-data-vie ttf-liberation"
  update="true"
elif command -v brew >/dev/null; then
  brew install -q tesseract tesseract-lang && exit 0
fi
if [ -n "${install:-}" ]; then
  if [ "$(id -u)" = 0 ]; then as=""; elif sudo -n true 2>/dev/null; then as="sudo"; else as="none"; fi
  if [ "$as" != none ]; then
    $as sh -c "$update && $install" >/dev/null 2>&1 && tesseract --list-langs 2>/dev/null | grep -qx vie && exit 0
  fi
fi
echo "Scans cannot be read yet: run  sudo ${install:-install Tesseract and its Vietnamese language data}" >&2
exit 0
