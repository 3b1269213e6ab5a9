# SPDX-License-Identifier: GPL-2.0-only
# syscall: from a number to a handler. table.def is the source; tools/gen/syscalls.py makes the table and its stubs.
srcs := dispatch.c call_table.c
deps := lib arch/x86 sync time log sched security mm crypto vfs fs/tmpfs process security/landlock net net/unix drivers/tty
public_deps := lib

$(B)/gen/call_table.c: kernel/syscall/table.def tools/gen/syscalls.py $(wildcard kernel/*/include/*/*_calls.h kernel/*/*/include/*/*_calls.h)
	@mkdir -p $(@D)
	$(call say,GEN,$@)
	$(Q)python3 tools/gen/syscalls.py table $@

$(KB)/kernel/syscall/call_table.o: $(B)/gen/call_table.c kernel/flags.mk | $(GEN_HEADERS)
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CCACHE) $(CC_KERNEL) $(KCFLAGS) $(KINC) -MMD -MP -c -o $@ $<
