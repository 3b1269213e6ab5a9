#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Install what packages.list names and the machine lacks; says what it does first.
set -eu
cd "$(dirname "$0")"
missing=
for p in $(sed 's/#.*//' packages.list "$@"); do
	dpkg-query -W -f '${Status}' "$p" 2>/dev/null | grep -q 'ok installed' || missing="$missing $p"
done
[ -n "$missing" ] || exit 0
sudo=
if [ "$(id -u)" != 0 ]; then
	command -v sudo >/dev/null || { echo "perennial: these Debian packages are missing, and you are neither root nor have sudo:$missing" >&2; exit 1; }
	sudo=sudo
fi
echo "perennial: installing Debian packages:$missing"
$sudo apt-get update -qq
$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
