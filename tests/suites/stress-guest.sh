# SPDX-License-Identifier: GPL-2.0-only
# What runs inside the VM of stress.py. ROUNDS holds a line of stress-ng's words for each round, SECONDS_OF_ROUND its length.
#
# First comes a short round of everything, which fills what stays for good: names of the share's files, slabs of every kind. After
# it and after each round: a snapshot, in which everything is dropped that can be dropped. Killed processes and what is freed
# after a grace period take a moment to go, so the host's judge takes the best of a few snapshots.

snapshot() {
	sync
	echo 3 > /proc/sys/vm/drop_caches
	echo "== snapshot $1"
	cat /proc/meminfo
	echo "== objects"
	cat /sys/kernel/debug/objects
	echo "== processes"
	ps -e -o pid=,stat=,args= | grep -v ' ps -e'
	echo "== end"
}

run_round() {
	echo "== round $1"
	shift
	stress-ng "$@" < /dev/null --temp-path /tmp/stress --metrics-brief 2>&1
	echo "== status $?"
	cd / && rm -rf /tmp/stress && mkdir /tmp/stress && cd /tmp/stress || exit 1
}

snapshots() {
	for i in 1 2 3 4; do
		sleep 1
		snapshot "$1"
	done
}

mount -t debugfs none /sys/kernel/debug
mkdir -p /tmp/stress && cd /tmp/stress || exit 1
run_round warm-up $EVERYTHING --timeout "$SECONDS_OF_WARM_UP"
snapshots warm-up

number=0
while read -r words; do
	number=$((number + 1))
	run_round $number $words --timeout "$SECONDS_OF_ROUND"
	snapshots $number
done <<< "$ROUNDS"
echo "== log"
dmesg
echo "== done"
