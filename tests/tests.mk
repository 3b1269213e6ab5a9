# SPDX-License-Identifier: GPL-2.0-only
test:
.PHONY: test
