# The steps of `./dev check`. Sourced, never run; expects `root` and the functions of `dev`.

checks_passed=0
checks_failed=0

# step TITLE COMMAND… : runs one step under its heading; goes on after a failure. A step counts as
# one check, unless it counted its tests itself.
step() {
  local title=$1 begun=$SECONDS counted=$((checks_passed + checks_failed)) outcome=passed
  shift
  printf '\n== %s\n' "$title"
  "$@" || outcome=FAILED
  if [ "$counted" -eq $((checks_passed + checks_failed)) ]; then
    if [ $outcome = passed ]; then
      checks_passed=$((checks_passed + 1))
    else
      checks_failed=$((checks_failed + 1))
    fi
  fi
  printf -- '-- %s: %s, %d s\n' "$title" $outcome $((SECONDS - begun))
  [ $outcome = passed ]
}

finish_check() {
  printf '\n%d s in all\n%d passed, %d failed\n' "$SECONDS" "$checks_passed" "$checks_failed"
  [ "$checks_failed" -eq 0 ] || exit 1
  exit 0
}

lint() {
  swift format lint --strict --parallel --recursive \
    "$root/Sources" "$root/Tests" "$root/Benchmarks" "$root/Package.swift" 2>&1
}

build_debug() {
  swift build --package-path "$root" --scratch-path "$root/.build" --build-tests </dev/null 2>&1
}

# counted_tests LOG ARGUMENT… : runs tests, shows what is worth reading, counts test by test.
counted_tests() {
  local log=$1 code=0 line ran failed skipped
  shift
  run_tests --skip-build "$@" >"$log" 2>&1 || code=$?
  # What failed, what was skipped, and what a crash says; not a line for every test that passed.
  grep -E '^(✘|➜|±|↳)|([Ff]atal |^)error:|Fatal error|unexpected signal' "$log" |
    grep -vE '^↳ (///|Testing Library|Target Platform)|^. Test run with' | cut -c 1-600 || true
  line=$(grep -E '^. Test run with [0-9]+ test' "$log" | tail -n 1 || true)
  if [ -z "$line" ]; then
    printf 'The tests ended early (exit code %d). The last lines:\n' "$code"
    tail -n 40 "$log"
    return 1
  fi
  printf '%s\n' "$line"
  ran=$(sed -nE 's/^. Test run with ([0-9]+) tests?.*/\1/p' <<<"$line")
  failed=$(grep -E '^✘ Test .* failed after' "$log" | grep -vcE '^. Test run with' || true)
  skipped=$(grep -cE '^➜ +Test .* skipped' "$log" || true)
  # Issues that belong to no test still fail the run.
  if [ "$code" -ne 0 ] && [ "$failed" -eq 0 ]; then failed=1; fi
  printf '%d ran, %d failed, %d skipped; all of it: %s\n' \
    "$ran" "$failed" "$skipped" "${log#"$root"/}"
  checks_passed=$((checks_passed + ran - failed))
  checks_failed=$((checks_failed + failed))
  [ "$ran" -gt 0 ] && [ "$code" -eq 0 ]
}

own_rules() { "$root/kagari" rules check "$root/Content/rules" </dev/null; }

# What fires on the made intrusion, against examples/expected.tsv: rule, file (`*`: any), count.
scenario_alerts() {
  "$root/kagari" scan "$root/examples/scenario" --format jsonl </dev/null |
    sed -nE 's/.*"rule":\{"id":"([^"]+)".*"source":\{"path":"([^"]*\/)?([^"]+)".*/\1\t\3/p' |
    awk -F '\t' '
      FNR == NR { if (FNR > 1) { wanted[$1 FS $4] = $5; name[$1] = $2 }; next }
      { place = ($1 FS "*") in wanted ? "*" : $2; found[$1 FS place]++; alerts++ }
      END {
        for (key in wanted) if (found[key] != wanted[key])
          { split(key, part, FS); wrong++
            printf "%s in %s: %d alerts, expected %d\n", \
              name[part[1]], part[2], found[key], wanted[key] }
        for (key in found) if (!(key in wanted))
          { split(key, part, FS); wrong++
            printf "%s in %s: %d alerts, expected none\n", part[1], part[2], found[key] }
        printf "%d alerts, %d rows of examples/expected.tsv differ\n", alerts, wrong
        exit wrong > 0 || alerts == 0
      }' "$root/examples/expected.tsv" -
}

demo_example() {
  rm -f "$root/out/demo.html"
  "$root/kagari" demo </dev/null && [ -s "$root/out/demo.html" ]
}

# The service from outside: the tour of README.md, and a few kills with -9 under load.
service_proof() {
  local proof=$root/Tests/Judges/prove_$1.py
  shift
  need_python "$(sed -nE 's/^# pypi: *//p' "$proof")"
  KAGARI_CONTENT="$root/Content" "$root/.venv/bin/python" "$proof" "$@" </dev/null
}

# Ratios of one run and instruction counts on the made intrusion; no times.
speed_counts() {
  command -v valgrind >/dev/null 2>&1 || need_packages "counting instructions" valgrind
  local proof="$root/Tests/Judges/prove_speed.py"
  need_python "$(sed -nE 's/^# pypi: *//p' "$proof")"
  KAGARI_MEASURE=$(measure_program) KAGARI_CONTENT="$root/Content" \
    "$root/.venv/bin/python" "$proof" --small </dev/null
}

check() {
  need_agent_tools
  command -v nft >/dev/null || need_packages "tests of host isolation" nftables
  use_data_if_there
  cd "$root"
  mkdir -p "$root/.build"
  step "format lint" lint || true
  step "build with tests (debug)" build_debug || finish_check
  step "tidy" counted_tests "$root/.build/tidy.log" --filter '^TidyTests\.' || true
  # Servers and clients on sockets first, apart: beside long computations their waits run out.
  local sockets='^(ListenTests|ConsoleTests|PullTests|ReceiveTests|AgentTests)\.'
  step "tests over sockets" counted_tests "$root/.build/sockets.log" --filter "$sockets" || true
  # Stores and the watch wait for disks and for each other; then what only computes.
  local stores='^(StoreTests|WatchTests|JourneyTests)\.'
  step "tests of stores and the watch" counted_tests "$root/.build/stores.log" \
    --filter "$stores" || true
  step "tests" counted_tests "$root/.build/tests.log" --skip '^TidyTests\.' --skip "$sockets" \
    --skip "$stores" || true
  export KAGARI_PROGRAM=$root/.build/debug/kagari
  step "example: our own rules" own_rules || true
  step "example: what the made intrusion sets off" scenario_alerts || true
  step "example: the demonstration" demo_example || true
  step "example: the tour of the watch" service_proof tour || true
  step "the watch loses nothing when it is killed (5 times; ./dev prove no-loss: 50)" \
    service_proof no-loss --rounds 5 || true
  step "build what measures (release)" build_measure || finish_check
  step "speed: ratios and instruction counts" speed_counts || true
  finish_check
}
