#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# fuzz.sh SECONDS PROGRAM...: runs each fuzzer for that long, from the corpus beside it. Last, one line: N passed, N failed.
seconds=$1
shift
passed=0
failed=0
for program; do
	corpus=$program.corpus
	mkdir -p "$corpus"
	if "$program" -max_total_time="$seconds" -max_len=4096 -timeout=5 -print_final_stats=1 \
		-artifact_prefix="$program." "$corpus" >"$program.log" 2>&1; then
		echo "$(basename "$program"): $(sed -n 's/^stat::number_of_executed_units: *//p' "$program.log") runs, no finding"
		passed=$((passed + 1))
	else
		echo "== $program"
		tail -n 40 "$program.log"
		failed=$((failed + 1))
	fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
