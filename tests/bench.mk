# SPDX-License-Identifier: GPL-2.0-only
# The bench: kbench (a guest's first process), the shortest first process for boot time, the host's clock rate.
BENCH_SRCS := $(sort $(wildcard tests/bench/kbench/*.c))
BENCH_FLAGS := -O2 -static -pthread -Wall -Wextra -Werror -Wno-unused-parameter

$(B)/bench/kbench: $(BENCH_SRCS) tests/bench/kbench/kbench.h
	@mkdir -p $(@D)
	$(call say,TESTCC,$@)
	$(Q)gcc $(BENCH_FLAGS) -o $@ $(BENCH_SRCS)

$(B)/bench/first-init: tests/bench/first.c
	@mkdir -p $(@D)
	$(call say,TESTCC,$@)
	$(Q)gcc $(BENCH_FLAGS) -o $@ $<

$(B)/bench/tsc: tests/bench/tsc.c
	@mkdir -p $(@D)
	$(call say,HOSTCC,$@)
	$(Q)gcc -O2 -Wall -Wextra -Werror -o $@ $<

$(B)/bench/stalls: tests/bench/stalls.c
	@mkdir -p $(@D)
	$(call say,TESTCC,$@)
	$(Q)gcc $(BENCH_FLAGS) -o $@ $<

bench-programs: $(B)/bench/kbench $(B)/bench/first-init $(B)/bench/tsc $(B)/bench/stalls

bench: build bench-programs debian-kernels ## boot time, instruction counts, seconds beside Linux; writes docs/performance.md
	$(Q)python3 tests/bench/bench.py --write docs/performance.md

.PHONY: bench bench-programs
