/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fallback.c - the version, and what the boot thread is until the scheduler brings its own.
 *
 * WHAT        boot_thread_ptr is weak here: the scheduler's definition, a whole task, wins when it is linked.
 */
#include <arch/arch_port.h>
#include <sync/thread.h>

const char boot_version[] = "0.1.0";

static struct thread early_boot_thread = { .flags = THREAD_KERNEL | THREAD_IDLE, .name = "swapper/0" };
struct thread *const boot_thread_ptr __weak = &early_boot_thread;
