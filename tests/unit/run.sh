#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Runs unit-test programs; prints what fails and, last, one line: N passed, N failed.
passed=0
failed=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT
for program; do
	"$program" >"$log" 2>&1
	status=$?
	counts=$(sed -n 's/^\([0-9]*\) passed, \([0-9]*\) failed$/\1 \2/p' "$log" | tail -n 1)
	good=${counts% *}
	bad=${counts#* }
	if [ -z "$counts" ]; then
		good=0
		bad=1
	fi
	if [ "$status" -ne 0 ]; then
		[ "$bad" -gt 0 ] || bad=1
		echo "== $program (exit $status)"
		cat "$log"
	fi
	passed=$((passed + good))
	failed=$((failed + bad))
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
