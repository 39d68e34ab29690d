# shellcheck shell=bash
# `./kagari up --with-agent`: the service, and an agent on this machine that observes and sends to it. Used by ./kagari alone.

agent_address=127.0.0.1:7443

# value_of NAME STANDARD WORD… : what stands behind --NAME (or in --NAME=…) among the words.
value_of() {
  local name=$1 found=$2 word takes=""
  shift 2
  for word in "$@"; do
    if [ -n "$takes" ]; then
      found=$word
      takes=""
    fi
    case $word in
    "--$name") takes=yes ;;
    "--$name="*) found=${word#*=} ;;
    esac
  done
  printf '%s' "$found"
}

# let_in DATA STATE CONSOLE : enrols the agent as soon as the service answers; a minute at most.
let_in() {
  local token="" tries=0
  until token=$("$program" agents join-token main --server "http://$3" \
    --key-file "$1/keys/local.api-key" 2>/dev/null) && [ -n "$token" ]; do
    kill -0 "$server" 2>/dev/null || return 1
    tries=$((tries + 1))
    [ "$tries" -lt 120 ] || return 1
    sleep 0.5
  done
  printf '%s\n' "$token" |
    "$agent" enrol --server "$agent_address" --token - --state "$2" >/dev/null
}

up_with_agent() {
  [ "$(id -u)" = 0 ] || fail "--with-agent watches this machine from its kernel, which only root" \
    "may; run 'sudo ./kagari up --with-agent'."
  case " $* " in
  *" --agents"[\ =]*) fail "--with-agent brings --agents $agent_address itself; leave one of them out." ;;
  esac
  find_program
  agent=${KAGARI_AGENT:-}
  if [ -z "$agent" ]; then
    build_agent
    agent=$(agent_program)
  fi
  cd "$root"
  local data state console sensing=""
  data=$(value_of data var "$@")
  console=$(value_of console 127.0.0.1:7070 "$@")
  state="$data/agent-of-this-machine"
  say "Starting the watch, and an agent that observes this machine; Ctrl-C stops both, and what was received is kept."
  "$program" serve --agents "$agent_address" "$@" &
  server=$!
  # Both hear Ctrl-C themselves; a plain TERM is passed on.
  trap 'kill -TERM $server ${sensing:-} 2>/dev/null' TERM
  trap : INT
  mkdir -p "$data"
  if [ -e "$state/identity" ] || let_in "$data" "$state" "$console"; then
    "$agent" run --sense --state "$state" &
    sensing=$!
  else
    say "The agent was not let in; the watch goes on without it. 'kagari agents' shows who is."
  fi
  local code=0
  # A signal ends a wait before its process has ended.
  while kill -0 "$server" 2>/dev/null; do
    wait "$server" && code=0 || code=$?
  done
  if [ -n "$sensing" ]; then
    kill -TERM "$sensing" 2>/dev/null || true
    wait "$sensing" || true
  fi
  exit "$code"
}
