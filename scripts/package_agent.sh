#!/usr/bin/env bash
# Builds the endpoint's program without libraries of its own and packs it: out/kagari-agent_VERSION_ARCH.deb.
#
#   scripts/package_agent.sh [--program PATH] [--version VERSION]
set -euo pipefail
root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)
# shellcheck source=scripts/machine.sh
. "$root/scripts/machine.sh"

program="" version=""
while [ $# -gt 0 ]; do
  [ $# -gt 1 ] || fail "$1 needs a value after it."
  case $1 in
  --program) program=$2 ;;
  --version) version=$2 ;;
  *) fail "package_agent.sh does not know '$1'; its head says what it takes." ;;
  esac
  shift 2
done

[ -n "$program" ] || program=$(static_agent)
[ -x "$program" ] || fail "there is no program $program."
command -v dpkg-deb >/dev/null || need_packages "the package" dpkg
[ -n "$version" ] || version=$("$program" --version | sed 's/^kagari-agent //')
architecture=$(dpkg --print-architecture)

stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
from="$root/packaging/agent" tree="$stage/tree"
install -D -m 0755 "$program" "$tree/usr/bin/kagari-agent"
if command -v strip >/dev/null; then strip "$tree/usr/bin/kagari-agent"; fi
install -D -m 0644 "$from/kagari-agent.service" "$tree/lib/systemd/system/kagari-agent.service"
install -D -m 0644 "$from/default" "$tree/etc/default/kagari-agent"
for page in docs/agent.md docs/agent-enrolment.md docs/endpoint-events.md docs/response.md packaging/agent/act.conf; do
  install -D -m 0644 "$root/$page" "$tree/usr/share/doc/kagari-agent/$(basename "$page")"
done
install -m 0644 "$root/LICENSE" "$tree/usr/share/doc/kagari-agent/copyright"
install -d "$tree/DEBIAN"
sed -e "s/@VERSION@/$version/" -e "s/@ARCHITECTURE@/$architecture/" "$from/control" >"$tree/DEBIAN/control"
echo /etc/default/kagari-agent >"$tree/DEBIAN/conffiles"
for script in postinst prerm postrm; do install -m 0755 "$from/$script" "$tree/DEBIAN/$script"; done
mkdir -p "$root/out"
dpkg-deb --build --root-owner-group "$tree" "$root/out/kagari-agent_${version}_$architecture.deb" >/dev/null
printf '%s\n' "$root/out/kagari-agent_${version}_$architecture.deb"
