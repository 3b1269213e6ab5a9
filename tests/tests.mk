# SPDX-License-Identifier: GPL-2.0-only
# The tests by tier; every tier ends with one line `N passed, N failed, N skipped`.
-include tests/unit.mk
include tests/bench.mk

TCC := gcc
TEST_SRCS := $(sort $(wildcard tests/guest/*/*_test.c))
TEST_BINS := $(patsubst tests/guest/%.c,$(B)/tests/guest/%,$(TEST_SRCS))
TCFLAGS := -O2 -g -static -pthread -Wall -Wextra -Werror -Wno-unused-parameter -Itests/guest/lib

$(B)/tests/guest/%: tests/guest/%.c tests/guest/lib/check.c $(wildcard tests/guest/lib/*.h)
	@mkdir -p $(@D)
	$(call say,TESTCC,$<)
	$(Q)$(TCC) $(TCFLAGS) -o $@ $< tests/guest/lib/check.c

# What the tests of a folder share.
$(foreach bin,$(TEST_BINS),$(eval $(bin): $(wildcard $(patsubst $(B)/%,%,$(dir $(bin)))*.h)))

# Tests that make every call of table.def.
$(B)/tests/gen/call_list.h: kernel/syscall/table.def tools/gen/syscalls.py
	@mkdir -p $(@D)
	$(call say,GEN,$@)
	$(Q)python3 tools/gen/syscalls.py list $@

$(filter $(B)/tests/guest/still/%,$(TEST_BINS)): TCFLAGS += -I$(B)/tests/gen
$(filter $(B)/tests/guest/still/%,$(TEST_BINS)): $(B)/tests/gen/call_list.h
$(filter $(B)/tests/guest/bad/%,$(TEST_BINS)): TCFLAGS += -I$(B)/tests/gen
$(filter $(B)/tests/guest/bad/%,$(TEST_BINS)): $(B)/tests/gen/call_list.h

$(B)/tests/init: tests/guest/lib/init.c tests/guest/lib/leaks.c tests/guest/lib/leaks.h
	@mkdir -p $(@D)
	$(call say,TESTCC,$<)
	$(Q)$(TCC) $(TCFLAGS) -o $@ $(filter %.c,$^)

# One initramfs holds every guest test: /init runs /tests/* (tests/guest/lib/init.c).
$(B)/tests/guest.cpio: $(B)/tests/init $(TEST_BINS) $(B)/reserve
	$(call say,CPIO,$@)
	$(Q)rm -rf $(B)/tests/root && mkdir -p $(B)/tests/root/tests $(B)/tests/root/dev $(B)/tests/root/bin
	$(Q)cp $(B)/tests/init $(B)/tests/root/init
	$(Q)for t in $(TEST_BINS); do d=$$(basename $$(dirname $$t)); cp $$t $(B)/tests/root/tests/$$d.$$(basename $$t _test); done
	$(Q)cp /bin/busybox $(B)/tests/root/bin/busybox
	$(Q)cp $(B)/reserve $(B)/tests/root/bin/reserve
	$(Q)strip $(B)/tests/root/tests/* $(B)/tests/root/init
	$(Q)cd $(B)/tests/root && find . | LC_ALL=C sort | cpio -o -H newc -R 0:0 --quiet > ../guest.cpio

# Everything that a tier needs before its first step.
test-build: test-deps build
	+$(Q)$(submake) test-image

test-image: $(B)/tests/guest.cpio ## build the guest tests' initramfs

test-guest: build test-image ## the guest tests on our kernel (microvm, 2 CPUs)
	$(Q)python3 tests/harness/guest.py --cpus 2

test: test-build ## the tier for every change (about half an hour)
	$(Q)python3 tests/harness/tiers.py test

stress: test-build ## an hour: long loops, stress mixes, the guest tests over CPUs and machines
	$(Q)python3 tests/harness/tiers.py stress

full: test-build ## hours: every variant over everything, Linux's side anew; writes docs/status.md (RESUME=1: only what it lacks)
	$(Q)python3 tests/harness/tiers.py --status docs/status.md $(if $(RESUME),--resume) full

torture: test-build ## an hour or two: the promises of memory at full length; writes docs/torture.md (RESUME=1: only what it lacks)
	$(Q)python3 tests/harness/tiers.py --status docs/torture.md $(if $(RESUME),--resume) torture

.PHONY: torture test stress full test-build test-guest test-image
