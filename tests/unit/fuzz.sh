#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# fuzz.sh SECONDS PROGRAM...: runs each fuzzer for that long, from the corpus beside it.
seconds=$1
shift
status=0
for program; do
	corpus=$program.corpus
	mkdir -p "$corpus"
	if "$program" -max_total_time="$seconds" -max_len=4096 -timeout=5 -print_final_stats=1 \
		-artifact_prefix="$program." "$corpus" >"$program.log" 2>&1; then
		echo "$(basename "$program"): $(sed -n 's/^stat::number_of_executed_units: *//p' "$program.log") runs, no finding"
	else
		echo "== $program"
		tail -n 40 "$program.log"
		status=1
	fi
done
exit $status
