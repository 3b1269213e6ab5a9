# SPDX-License-Identifier: GPL-2.0-only
srcs := alloc_fault.c alloc_stall.c buddy.c init.c kmalloc.c magazine.c mempool.c object.c page_alloc.c gfp_names.c page_stack.c slab.c stack.c stats.c vmalloc.c zone.c \
	leaks.c tests/pages_selftest.c tests/selftest.c
srcs += reserve.c reserve_zone.c reserve_queue.c reserve_class.c reserve_standing.c reserve_kernel.c tests/reserve_selftest.c tests/costs.c
ifeq ($(VARIANT),debug)
srcs += page_debug.c
endif
deps := lib arch/x86 sync time log probe paravirt
public_deps := lib arch/x86 sync probe log
