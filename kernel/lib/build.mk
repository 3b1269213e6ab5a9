# SPDX-License-Identifier: GPL-2.0-only
# lib: pure data structures, strings, assert. No kernel state; the same sources are compiled for the host.
srcs :=
deps :=
public_deps :=
