#!/bin/sh
# Everything that must hold before a change lands: style, types, architecture, tests, browser tests.
# Makes what it needs (a virtual environment in .venv; Chromium and poppler-utils through apt where it
# may), so it runs in a fresh clone on Debian with nothing but Python and its venv module. Arguments go
# to pytest.
set -eu
cd "$(dirname "$0")/.."

die() {
    printf 'tests/run.sh: %s\n' "$1" >&2
    exit 2
}

python=${PYTHON:-python3}
command -v "$python" >/dev/null 2>&1 ||
    die "there is no $python: install the Debian packages python3 and python3-venv"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    die "$("$python" --version) is too old: Python 3.11 or later is needed (set PYTHON to name another)"
if ! .venv/bin/python -c 'import pip' >/dev/null 2>&1; then
    "$python" -c 'import ensurepip, venv' >/dev/null 2>&1 ||
        die "Python's venv module is missing: install the Debian package python3-venv"
    "$python" -m venv --clear .venv
fi
.venv/bin/python -m pip install --quiet --disable-pip-version-check \
    --constraint constraints.txt --editable '.[excel,fast,test]'

# Not named after the program: `command -v` would find the function.
have_browser() {
    [ -n "${BORDERMAP_CHROMIUM:-}" ] || command -v chromium >/dev/null 2>&1 ||
        command -v chromium-browser >/dev/null 2>&1 || command -v google-chrome >/dev/null 2>&1
}

packages=""
have_browser || packages="chromium"
command -v pdftotext >/dev/null 2>&1 || packages="${packages:+$packages }poppler-utils"

# Debian's packages through apt, as root or as who may become it; false where that cannot be.
apt_install() {
    command -v apt-get >/dev/null 2>&1 || return 1
    as_root=""
    if [ "$(id -u)" -ne 0 ]; then
        sudo -n true 2>/dev/null || return 1
        as_root="sudo -n"
    fi
    # shellcheck disable=SC2086 # an empty word must vanish, two words must stay two
    { $as_root apt-get update -qq && $as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -qq --no-install-recommends "$@"; } >/dev/null
}

if [ -n "$packages" ]; then
    echo "Installing $packages for the tests ..."
    # shellcheck disable=SC2086 # each word is a package
    apt_install $packages || echo "... apt-get could not, or this user may not install packages."
    have_browser ||
        die "the browser tests need Chromium: install the Debian package chromium, or set BORDERMAP_CHROMIUM to a Chromium's path"
    command -v pdftotext >/dev/null 2>&1 ||
        echo 'Tests that read PDF files back are skipped: they need the Debian package poppler-utils.'
fi

export PATH="$PWD/.venv/bin:$PATH"
ruff check .
ruff format --check .
mypy
lint-imports
exec python -m pytest "$@"
