#!/usr/bin/env bash
# Measures every figure of docs/performance.md and prints the table, ready to paste.
#
#   Benchmarks/run.sh [--data DIR] [--rules DIR] [--program PATH] [--rounds 5]
#
# DIR is the public data, tarballs or unpacked; ../shared/data when left out. Keep the machine quiet:
# what else runs is told in the head of the table. Takes about ten minutes after the build.
set -euo pipefail
root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)
# shellcheck source=../scripts/machine.sh
. "$root/scripts/machine.sh"
# shellcheck source=../scripts/data.sh
. "$root/scripts/data.sh"

data="" program="" more=()
while [ $# -gt 0 ]; do
  [ $# -gt 1 ] || fail "$1 needs a value after it."
  case $1 in
  --data) data=$(cd "$2" && pwd) ;;
  --program) program=$2 ;;
  --rules | --rounds) more+=("$1" "$2") ;;
  *) fail "run.sh does not know '$1'; its head says what it takes." ;;
  esac
  shift 2
done
use_data "$data" "evtx mordor sigma-rules"
if [ -z "$program" ]; then
  build_release
  program=$(release_program)
fi
build_measure
KAGARI_MEASURE=$(measure_program)
export KAGARI_MEASURE
need_python "evtx==0.14.0 pyyaml==6.0.3"
exec "$root/.venv/bin/python" "$root/Benchmarks/measure.py" \
  --data "$KAGARI_DATA" --program "$program" ${more[@]+"${more[@]}"}
