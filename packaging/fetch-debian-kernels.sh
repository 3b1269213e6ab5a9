#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Download Debian's kernels and unpack them below DIR (build/debian): the comparison for everything
# we do. Nothing is installed. DIR/generic and DIR/cloud then hold boot/vmlinuz (a link), lib/modules, and
# vmlinux, the ELF image that boots by PVH, which PERENNIAL (the command) unpacks.
set -eu
dir=${1:?usage: fetch-debian-kernels.sh DIR PERENNIAL}
perennial=$(realpath "${2:?}")
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)

package_of() { # the versioned package behind a meta package
	apt-cache depends "$1" | sed -n 's/^ *Depends: \(linux-image-[0-9].*\)$/\1/p' | head -1
}

fetch() { # NAME META
	package=$(package_of "$2")
	[ -n "$package" ] || { echo "perennial: apt knows no $2 (try apt-get update)" >&2; exit 1; }
	version=$(apt-cache policy "$package" | sed -n 's/^ *Candidate: //p')
	if [ "$(cat "$dir/$1/package" 2>/dev/null)" = "$package $version" ]; then
		return
	fi
	echo "perennial: downloading $package $version (not installing it)"
	rm -rf "$dir/$1" "$dir/$1.tmp"
	mkdir -p "$dir/$1.tmp/deb"
	(cd "$dir/$1.tmp/deb" && apt-get download -qq "$package" 2>/dev/null) ||
		{ echo "perennial: cannot download $package" >&2; exit 1; }
	dpkg-deb -x "$dir/$1.tmp/deb/"*.deb "$dir/$1.tmp"
	rm -rf "$dir/$1.tmp/deb" "$dir/$1.tmp/usr"
	ln -s "vmlinuz-${package#linux-image-}" "$dir/$1.tmp/boot/vmlinuz"
	"$perennial" unpack "$dir/$1.tmp/boot/vmlinuz" "$dir/$1.tmp/vmlinux"
	echo "$package $version" > "$dir/$1.tmp/package"
	mv "$dir/$1.tmp" "$dir/$1"
}

fetch generic linux-image-amd64
fetch cloud linux-image-cloud-amd64
