# What `./kagari` and `./dev` need of the machine. Sourced, never run; expects `root`.
# Everything said goes to standard error, so that a report on standard output stays clean.

swift_version_min=6.3

say() { printf '%s\n' "$*" >&2; }

# Ends with one sentence that names the cure.
fail() {
  say "$(basename "$0"): $*"
  exit 1
}

need_swift() {
  command -v swift >/dev/null 2>&1 || fail \
    "the command 'swift' is not on the PATH; install Swift $swift_version_min or newer from" \
    "https://www.swift.org/install/linux/ and run this again."
  local version
  version=$(swift --version 2>/dev/null |
    sed -nE 's/.*Swift version ([0-9]+\.[0-9]+).*/\1/p' | head -n 1)
  [ -n "$version" ] || fail "'swift --version' prints no version; install Swift again from" \
    "https://www.swift.org/install/linux/."
  [ "$(printf '%s\n' "$swift_version_min" "$version" | sort -V | head -n 1)" = \
    "$swift_version_min" ] || fail \
    "this is Swift $version and Kagari needs $swift_version_min or newer; install it from" \
    "https://www.swift.org/install/linux/."
}

# need_packages REASON PACKAGE… : installs these Debian packages, or says whom to ask for them.
need_packages() {
  local reason=$1
  shift
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    if command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
      as_root=(sudo -n)
    else
      fail "$reason needs the Debian packages: $*. This account may not install them; ask an" \
        "administrator for 'apt-get install $*' and run this again."
    fi
  fi
  command -v apt-get >/dev/null 2>&1 || fail \
    "$reason needs what Debian calls: $*. There is no apt-get here; install them the way this" \
    "system does and run this again."
  say "Installing Debian packages for $reason: $*"
  { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -qq &&
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
      apt-get install -y -qq --no-install-recommends "$@"; } >&2 </dev/null ||
    fail "apt-get could not install: $*. Check the network and /etc/apt/sources.list, then run" \
      "'apt-get install $*' by hand to see why."
}

has_header() {
  local folder
  for folder in /usr/include /usr/local/include; do
    [ -e "$folder/$1" ] && return 0
  done
  return 1
}

need_libraries() {
  local missing=()
  has_header zlib.h || missing+=(zlib1g-dev)
  has_header zstd.h || missing+=(libzstd-dev)
  has_header sqlite3.h || missing+=(libsqlite3-dev)
  [ ${#missing[@]} -eq 0 ] || need_packages "compressed logs and the stores" "${missing[@]}"
}

need_build_tools() {
  need_swift
  need_libraries
}

# What the endpoint's program is built with beside that: libbpf, and the kernel programs themselves.
need_agent_tools() {
  need_build_tools
  has_header bpf/bpf_helpers.h || need_packages "the endpoint's sensor" libbpf-dev libelf-dev
  "$root/scripts/bpf.sh" || fail "the kernel programs of bpf/ could not be built; the lines above" \
    "say why."
}

release_folder() { printf '%s' "$root/.build-release"; }
release_program() { printf '%s' "$(release_folder)/release/kagari"; }
agent_program() { printf '%s' "$(release_folder)/release/kagari-agent"; }
measure_program() { printf '%s' "$(release_folder)/release/measure"; }

# True when the release program is there and nothing it is built from is newer than its stamp.
is_release_fresh() {
  local stamp
  stamp=$(release_folder)/built
  [ -x "$(release_program)" ] && [ -e "$stamp" ] &&
    [ -z "$(find "$root/Sources" "$root/Package.swift" -newer "$stamp" -print -quit)" ]
}

build_release() {
  if is_release_fresh; then return 0; fi
  need_build_tools
  say "Building the release program (some 20 minutes the first time, seconds after that) …"
  local begun
  mkdir -p "$(release_folder)"
  begun=$(mktemp "$(release_folder)/begun.XXXXXX")
  if build_product kagari; then
    # The stamp is as old as the start, so that an edit made meanwhile is built next time.
    mv "$begun" "$(release_folder)/built"
  else
    rm -f "$begun"
    build_failed
  fi
}

build_agent() {
  need_agent_tools
  build_product kagari-agent || build_failed
}

# The endpoint's program with all its libraries in it; builds it and says where it is.
static_agent() {
  need_agent_tools >&2
  swift build --package-path "$root" --scratch-path "$root/.build-static" --configuration release \
    --product kagari-agent -Xswiftc -static-executable >&2 </dev/null || build_failed
  printf '%s' "$root/.build-static/release/kagari-agent"
}

# The program that measures, optimised: the engine and what it reads with, without the service.
build_measure() {
  need_build_tools
  build_product measure || build_failed
}

# SwiftPM shows its progress on standard output, where the report belongs.
build_product() {
  swift build --package-path "$root" --scratch-path "$(release_folder)" \
    --configuration release --product "$1" >&2 </dev/null
}

build_failed() {
  fail "the build failed; the lines above say where. Where a package could not be fetched," \
    "check that github.com can be reached and run this again."
}
