#!/usr/bin/env bash
# Builds the kernel programs: bpf/sensor.bpf.c → .build-bpf/kagari-sensor.o
# Needs a clang that knows the target bpf (Swift's does) and the headers of libbpf-dev.
set -euo pipefail
root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)
out="$root/.build-bpf"

fail() {
  printf 'bpf.sh: %s\n' "$*" >&2
  exit 1
}

# A clang beside swift first: one toolchain builds all.
clang=clang
beside=$(dirname "$(readlink -f "$(command -v swift || echo /)")")/clang
[ -x "$beside" ] && clang=$beside
command -v "$clang" >/dev/null || fail "there is no clang; install Swift, or the package clang"
"$clang" --print-targets 2>/dev/null | grep -q '^ *bpf ' ||
  fail "$clang does not know the target bpf; install the package clang"
[ -e /usr/include/bpf/bpf_helpers.h ] || fail "libbpf's headers are missing; install libbpf-dev"
[ "$(uname -m)" = x86_64 ] || fail "only x86-64 so far; this machine is $(uname -m)"

mkdir -p "$out"
"$clang" -target bpf -D__TARGET_ARCH_x86 -g -O2 -std=gnu17 -Wall -Wextra -Werror \
  -Wno-unused-parameter -Wno-missing-declarations \
  -idirafter /usr/include/x86_64-linux-gnu -I "$root/Sources/CLinux/include" \
  -fdebug-prefix-map="$root"=. \
  -c "$root/bpf/sensor.bpf.c" -o "$out/kagari-sensor.o.new"
# Without the debugging sections it is a quarter of the size; BTF, which CO-RE needs, stays.
for strip in "$(dirname "$clang")/llvm-strip" llvm-strip; do
  if command -v "$strip" >/dev/null 2>&1; then
    "$strip" -g "$out/kagari-sensor.o.new"
    break
  fi
done
# An unchanged object keeps its time, so that nothing is compiled again.
if cmp -s "$out/kagari-sensor.o.new" "$out/kagari-sensor.o" 2>/dev/null; then
  rm "$out/kagari-sensor.o.new"
else
  mv "$out/kagari-sensor.o.new" "$out/kagari-sensor.o"
  # It lies in the program that this file becomes; the build does not see by itself that it is there now.
  touch "$root/Sources/CLinux/sensor.c"
fi
