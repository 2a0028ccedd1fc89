#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs every fuzz target SECONDS (60), PARALLEL (2) at a time, from its corpus. A finding fails the run and is kept in the build
# folder's findings/<target>/; put it into tests/fuzz/corpus/<target>/ together with the repair.
#   tests/fuzz/run.sh [SECONDS] [BUILD_FOLDER] [TARGET...]
# ONLY_BUILD=1 builds and ends. OTHERS=20 gives what strangers reach only after the request is read (files, cards, passkeys, tables) that many seconds instead.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
seconds=${1:-60}
others=${OTHERS:-$seconds}
build=${2:-$root/build-fuzz}
[ $# -ge 2 ] && shift 2 || shift $#

# One target: this script again, in a process that xargs counts.
if [ -n "${FUZZ_ONE:-}" ]; then
	t=$FUZZ_ONE
	mkdir -p "$build/findings/$t" "$build/grown/$t"
	case $t in
	http_head|http_chunked|ws_frames|json_commands) time=$seconds ;;
	*) time=$others ;;
	esac
	case $t in
	media_signal) longest=1024 ;;
	media_*|record) longest=2048 ;;
	*) longest=20000 ;;
	esac
	if "$build/tests/fuzz/fuzz_$t" -max_total_time="$time" -timeout=10 -rss_limit_mb=2048 -max_len=$longest -print_final_stats=1 -verbosity=0 \
		-artifact_prefix="$build/findings/$t/" "$build/grown/$t" "$root/tests/fuzz/corpus/$t" >"$build/findings/$t.log" 2>&1; then
		echo "$t: $(sed -n 's/^stat::number_of_executed_units: *//p' "$build/findings/$t.log") executions, no finding"
	else
		echo "$t: FINDING, kept in $build/findings/$t/"
		tail -n 40 "$build/findings/$t.log"
		: >"$build/findings/failed"
	fi
	exit 0
fi

[ -f "$build/build.ninja" ] || CC=clang meson setup "$build" "$root" -Dfuzz=true -Dtests=false
targets=${*:-$(sed -n "s/^  '\([a-z0-9_]*\)',$/\1/p; s/^executable('fuzz_\([a-z0-9_]*\)'.*/\1/p" "$root/tests/fuzz/meson.build")}
ninja -C "$build" -j2 $(for t in $targets; do echo "tests/fuzz/fuzz_$t"; done)
[ -z "${ONLY_BUILD:-}" ] || exit 0

mkdir -p "$build/findings"
rm -f "$build/findings/failed"
for t in $targets; do echo "$t"; done | OTHERS=$others xargs -P "${PARALLEL:-2}" -I{} env FUZZ_ONE={} "$0" "$seconds" "$build"
[ ! -f "$build/findings/failed" ]
