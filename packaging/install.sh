#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# install.sh BUILD PREFIX: copy what was built to where programs live.
set -eu
build=${1:?} prefix=${2:?}
here=$(cd "$(dirname "$0")/.." && pwd)
install -D -m 755 "$build/perennial" "$prefix/bin/perennial"
install -D -m 755 "$build/reserve" "$prefix/bin/reserve"
install -D -m 644 "$build/perennial.elf" "$prefix/lib/perennial/perennial.elf"
install -D -m 644 "$here/host/perennial.1" "$prefix/share/man/man1/perennial.1"
install -D -m 644 "$here/host/guest/reserve.1" "$prefix/share/man/man1/reserve.1"
