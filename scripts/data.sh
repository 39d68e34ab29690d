# Public data and Python packages for tests and proofs. Sourced, never run; expects `root`.

# Prints the folder with the data unpacked. Tarballs are unpacked once, into .build-data.
unpacked() {
  local from=$1 into tarball name entry
  if ! compgen -G "$from/*.tar.gz" >/dev/null; then
    printf '%s' "$from"
    return 0
  fi
  into="$root/.build-data/$(printf '%s' "$from" | cksum | cut -d ' ' -f 1)"
  mkdir -p "$into"
  for entry in "$from"/*; do
    case $entry in
    *.tar.gz)
      tarball=$entry
      name=$(basename "$tarball" .tar.gz)
      if [ -d "$from/$name" ]; then continue; fi
      if [ "$into/.$name.unpacked" -nt "$tarball" ] && [ -d "$into/$name" ]; then continue; fi
      say "Unpacking $name.tar.gz into .build-data …"
      rm -rf "${into:?}/$name"
      tar -xzf "$tarball" -C "$into" >&2 ||
        fail "$tarball cannot be unpacked; get it again, it is damaged."
      chmod -R u+w "$into/$name"
      touch "$into/.$name.unpacked"
      ;;
    *) ln -sfn "$entry" "$into/$(basename "$entry")" ;;
    esac
  done
  printf '%s' "$into"
}

# use_data FOLDER NEEDED : exports KAGARI_DATA; ends with a sentence where something is missing.
use_data() {
  local from=${1:-${KAGARI_DATA:-}} name
  if [ -z "$from" ]; then
    if [ -z "$2" ] && [ ! -d "$root/../shared/data" ]; then return 0; fi
    from="$root/../shared/data"
    [ -d "$from" ] || fail "this proof needs public data ($2) and ../shared/data is not there;" \
      "say where it is with --data DIR."
    from=$(cd "$from" && pwd)
  fi
  KAGARI_DATA=$(unpacked "$from")
  for name in $2; do
    [ -e "$KAGARI_DATA/$name" ] || fail "the data folder $from has no '$name' (nor a tarball of" \
      "it); name another with --data DIR."
  done
  export KAGARI_DATA
}

use_data_if_there() {
  use_data "" ""
  if [ -n "${KAGARI_DATA:-}" ]; then
    say "Public data: $KAGARI_DATA"
  else
    say "Public data: none in ../shared/data; the tests that need it are skipped."
  fi
}

# need_python PACKAGES : a virtual environment in .venv that holds these PyPI packages.
need_python() {
  local wanted=$1 venv="$root/.venv" stamp
  if [ ! -x "$venv/bin/python" ]; then
    python3 -c 'import ensurepip, venv' 2>/dev/null ||
      need_packages "this proof" python3 python3-venv
    say "Making the virtual environment .venv …"
    python3 -m venv "$venv" >&2 ||
      fail "python3 could not make $venv; remove that folder and run this again."
  fi
  [ -n "$wanted" ] || return 0
  stamp="$venv/.kagari-$(printf '%s' "$wanted" | cksum | cut -d ' ' -f 1)"
  [ ! -e "$stamp" ] || return 0
  say "Installing from PyPI: $wanted"
  # shellcheck disable=SC2086 # one word a package
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check $wanted >&2 ||
    fail "pip could not install $wanted; check the network and run this again."
  touch "$stamp"
}

# need_chdb : the library of the event store's larger engine, in .tools (182 MB to download, 560 MB on disk).
need_chdb() {
  local tools="$root/.tools"
  if compgen -G "$tools/lib/python3*/site-packages/chdb/_chdb.abi3.so" >/dev/null; then return 0; fi
  python3 -c 'import ensurepip, venv' 2>/dev/null ||
    need_packages "the chDB event store" python3 python3-venv
  say "Installing chdb-core 26.9.0 into .tools (182 MB to download) …"
  { python3 -m venv "$tools" &&
    "$tools/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps \
      chdb-core==26.9.0; } >&2 ||
    fail "pip could not install chdb-core 26.9.0; check the network and run this again." \
      "Without it events are kept in SQLite."
}
