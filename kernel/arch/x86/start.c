/* SPDX-License-Identifier: GPL-2.0-only */
/* start.c - the first C code at the final address: just enough to hand over to kernel_main(). */
#include <arch/arch_port.h>
#include <arch/bootinfo.h>
#include <arch/thread.h>
#include "cpu_impl.h"
#include "start_impl.h"

void arch_start(phys_addr_t start_info, unsigned long load_delta)
{
	this_cpu_write(current_thread_ptr, boot_thread_ptr);
	arch_thread_set_stack(boot_thread_ptr, boot_stack);
	bootinfo_init(start_info);
	kernel_main();
}
