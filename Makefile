# SPDX-License-Identifier: GPL-2.0-only
# Perennial. `make help` prints every target; each room keeps its own rules in its *.mk.

VARIANT ?= release
CC_KERNEL ?= clang-22
B := build
KB := $(B)/$(VARIANT)
CCACHE := $(shell command -v ccache 2>/dev/null)
V ?= 0
Q := $(if $(filter 1,$(V)),,@)
say = $(if $(filter 1,$(V)),,@printf '  %-7s %s\n' $(1) $(2);)

.DEFAULT_GOAL := build
.DELETE_ON_ERROR:
.SECONDARY:
MAKEFLAGS += --no-builtin-rules

include packaging/packaging.mk
include kernel/kernel.mk
include host/host.mk
include tests/tests.mk

# A make of its own: what deps has installed is seen, and whoever says no -j gets all processors.
submake = $(MAKE) --no-print-directory $(if $(filter -j% --jobs%,$(MAKEFLAGS)),,-j$(shell nproc))

build: deps ## build the kernel and the perennial command
	+$(Q)$(submake) kernel host

run: build ## boot a VM with a shell on this machine's own files (a short tour without a terminal)
	$(Q)host/tour.sh

check: $(B)/uapi/.stamp ## the tree's own rules: folder order, headers alone, theory statements
	$(Q)python3 tools/check/tree.py

format: ## clang-format every C file in place
	$(Q)git ls-files '*.c' '*.h' | grep -v '^shared/' | xargs clang-format-22 -i

clean: ## remove everything that was built
	$(Q)rm -rf $(B)

help: ## print this list
	@grep -hE '^[a-z][a-z-]*:.*## ' $(MAKEFILE_LIST) | sort -u | \
		awk -F ':.*## ' '{printf "  make %-15s %s\n", $$1, $$2}'

.PHONY: build run check format clean help
