# SPDX-License-Identifier: GPL-2.0-only
srcs :=
deps := lib arch/x86 sync
public_deps := lib arch/x86 sync
