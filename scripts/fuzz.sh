#!/bin/sh
# Builds the fuzz targets and runs each for so many seconds; fails on the first crash.
#
#   scripts/fuzz.sh SECONDS [TARGET...]
#
# Works with the stable compiler, which needs the flags below, and with any other. Inputs come from the
# golden faults and from fuzz/corpus/<target>, which afterwards holds the smallest set that reaches as much,
# at most 200 kB. A crash leaves its input in fuzz/artifacts/<target>.
set -eu
seconds=${1:?usage: scripts/fuzz.sh SECONDS [TARGET...]}
shift
targets=${*:-source numbers dates encodings xlsx_prescan}
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root/fuzz"
work=${CARGO_TARGET_DIR:-$root/target/fuzz}
export CARGO_TARGET_DIR="$work"
host=$(rustc -vV | sed -n 's/^host: //p')
RUSTFLAGS="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
-Cllvm-args=-sanitizer-coverage-trace-compares \
-Cdebug-assertions=on -Coverflow-checks=on --cfg fuzzing" \
    cargo build --release --target "$host" ${FUZZ_JOBS:+-j "$FUZZ_JOBS"}

python3 "$root/scripts/fuzz_seeds.py" "$root" "$work/seeds"
for target in $targets; do
    found="$work/corpus/$target"
    kept="corpus/$target"
    artifacts="artifacts/$target/"
    mkdir -p "$found" "$kept" "$artifacts" "$work/seeds/$target"
    case $target in
        numbers | dates) limit=64 ;;
        *) limit=4096 ;;
    esac
    echo "== $target, $seconds s"
    log="$work/$target.log"
    if ! "$work/$host/release/$target" -max_total_time="$seconds" -max_len="$limit" -timeout=10 \
        -rss_limit_mb=2048 -print_final_stats=1 -artifact_prefix="$artifacts" \
        "$found" "$kept" "$work/seeds/$target" >"$log" 2>&1; then
        tail -n 40 "$log"
        echo "fuzz: $target failed; its input is in fuzz/$artifacts" >&2
        exit 1
    fi
    grep -E "DONE|number_of_executed_units|average_exec_per_sec|peak_rss" "$log"
    # The smallest set that reaches as much replaces what was kept.
    smallest="$work/smallest/$target"
    rm -rf "$smallest"
    mkdir -p "$smallest"
    "$work/$host/release/$target" -set_cover_merge=1 -max_len="$limit" -verbosity=0 \
        "$smallest" "$kept" "$found" "$work/seeds/$target" 2>/dev/null
    python3 "$root/scripts/fuzz_seeds.py" --keep "$smallest" "$kept" 200000
done
