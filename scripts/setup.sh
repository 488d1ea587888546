# Sourced by run, test and bench: makes the virtual environment `.venv` of this checkout. No root is needed.
# A second run only compares a checksum.

say() { printf '\033[2m%s\033[0m\n' "$*" >&2; }
stop() { printf 'error: %s\n' "$*" >&2; exit 1; }

find_python() {
  local name
  for name in ${HOTLINE_PYTHON:-python3.11 python3.12 python3.13 python3.14 python3 /usr/bin/python3}; do
    if command -v "$name" >/dev/null && "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      command -v "$name"
      return
    fi
  done
  stop "Python 3.11 or newer is needed (Debian: apt-get install python3); HOTLINE_PYTHON names another one"
}

# Debian splits ensurepip off into python3-venv. Without it (and without root) pip comes from Debian's own wheel package.
make_environment() {
  local python=$1 fetched
  if "$python" -c 'import ensurepip' 2>/dev/null && "$python" -m venv --clear .venv 2>/dev/null; then
    return
  fi
  say "python3-venv is not installed: taking pip from the python3-pip-whl package"
  "$python" -m venv --clear --without-pip .venv || stop "$python cannot make a virtual environment"
  fetched=$(mktemp -d)
  (cd "$fetched" && apt-get download -qq python3-pip-whl >/dev/null 2>&1 && dpkg-deb -x python3-pip-whl*.deb .) \
    || stop "pip cannot be had: 'apt-get install python3-venv' as root, or 'apt-get update' where apt has no lists yet"
  .venv/bin/python "$(ls "$fetched"/usr/share/python-wheels/pip-*.whl)"/pip install -q --no-index --no-deps \
    "$(ls "$fetched"/usr/share/python-wheels/pip-*.whl)" || stop "pip cannot be unpacked"
  rm -rf "$fetched"
}

# set_up PINS: installs requirements/PINS.txt and this project.
set_up() {
  local pins=requirements/$1.txt python stamp
  python=$(find_python) || exit 1
  stamp="$("$python" -V) $(cat requirements/"$1".txt pyproject.toml | sha256sum)"
  # The pins of the tests hold those of the demonstration: an environment for the one serves the other.
  if [ -x .venv/bin/hotline ] && { [ "$(cat .venv/"$1".stamp 2>/dev/null)" = "$stamp" ]; }; then
    return
  fi
  say "setting up .venv with $("$python" -V) (once; about a minute)"
  [ -x .venv/bin/pip ] && .venv/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
    || make_environment "$python"
  .venv/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r "$pins" >&2 \
    || stop "the packages of $pins cannot be installed; is the package index reachable?"
  .venv/bin/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e . >&2 \
    || stop "this project cannot be installed into .venv"
  printf '%s' "$stamp" > .venv/"$1".stamp
}
