#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs every fuzz target SECONDS (60), two at a time, from its corpus. A finding fails the run and is kept in the build
# folder's findings/<target>/; put it into tests/fuzz/corpus/<target>/ together with the repair.
#   tests/fuzz/run.sh [SECONDS] [BUILD_FOLDER] [TARGET...]
# ONLY_BUILD=1 builds and ends. OTHERS=20 gives what strangers reach only after the request is read (files, cards, passkeys, tables) that many seconds instead.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
seconds=${1:-60}
others=${OTHERS:-$seconds}
build=${2:-$root/build-fuzz}
[ $# -ge 2 ] && shift 2 || shift $#
[ -f "$build/build.ninja" ] || CC=clang meson setup "$build" "$root" -Dfuzz=true -Dtests=false
targets=${*:-$(sed -n "s/^  '\([a-z_]*\)': .*/\1/p; s/^executable('fuzz_\([a-z_]*\)'.*/\1/p" "$root/tests/fuzz/meson.build")}
ninja -C "$build" -j2 $(for t in $targets; do echo "tests/fuzz/fuzz_$t"; done)
[ -z "${ONLY_BUILD:-}" ] || exit 0

one() {
	mkdir -p "$build/findings/$1" "$build/grown/$1"
	case $1 in
	http_head|http_chunked|ws_frames|json_commands) time=$seconds ;;
	*) time=$others ;;
	esac
	if "$build/tests/fuzz/fuzz_$1" -max_total_time="$time" -timeout=10 -rss_limit_mb=2048 -max_len=20000 -print_final_stats=1 -verbosity=0 \
		-artifact_prefix="$build/findings/$1/" "$build/grown/$1" "$root/tests/fuzz/corpus/$1" >"$build/findings/$1.log" 2>&1; then
		echo "$1: $(sed -n 's/^stat::number_of_executed_units: *//p' "$build/findings/$1.log") executions, no finding"
	else
		echo "$1: FINDING, kept in $build/findings/$1/"
		tail -n 40 "$build/findings/$1.log"
		: >"$build/findings/failed"
	fi
}

mkdir -p "$build/findings"
rm -f "$build/findings/failed"
running=0
for t in $targets; do
	one "$t" &
	running=$((running + 1))
	if [ $((running % 2)) -eq 0 ]; then
		wait
	fi
done
wait
[ ! -f "$build/findings/failed" ]
