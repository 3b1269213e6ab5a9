#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The tour behind `make run`: with a terminal a shell in a virtual machine on this machine's own files;
# without one, three short stops, each a command in a machine of its own, and exit 0 when all succeed.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
perennial=$root/build/perennial

if [ -t 0 ] && [ -t 1 ]; then
	shell=${SHELL:-/bin/bash}
	echo "A shell in a virtual machine, on this machine's own files. Nothing that you change"
	echo "reaches them. Leave with 'exit'."
	exec "$perennial" run --user root -- "$shell"
fi

stop() { # TITLE: what follows
	printf '\n== %s\n' "$1"
}

stop 'Which kernel is this?'
"$perennial" run -- uname -srvm

stop "A Python program reads a file of this machine"
"$perennial" run -- /usr/bin/python3 -c '
import platform
name = next(l for l in open("/etc/os-release") if l.startswith("PRETTY_NAME="))
print("kernel", platform.release(), "- files of", name.split("=", 1)[1].strip().strip("\""))'

stop "A write that does not reach this machine"
mark=/var/tmp/perennial-tour-$$
"$perennial" run --user root -- /bin/sh -c "echo written > $mark && echo \"inside:  \$(cat $mark)\""
if [ -e "$mark" ]; then
	echo "outside: $mark exists: this must not be" >&2
	exit 1
fi
echo "outside: there is no $mark"
