/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * boot_impl.h - init functions of folders that the table of main.c names, and that may be absent from an image
 * while they are being written: weak, so that the row is skipped.
 */
#ifndef BOOT_IMPL_H
#define BOOT_IMPL_H

#include <lib/types.h>

extern const char boot_version[];

#define OPTIONAL_INIT(name) void name(void) __weak
OPTIONAL_INIT(random_init);
OPTIONAL_INIT(security_init);
OPTIONAL_INIT(mm_init);
OPTIONAL_INIT(mm_start);
OPTIONAL_INIT(vfs_init);
OPTIONAL_INIT(process_init);
OPTIONAL_INIT(landlock_init);
OPTIONAL_INIT(net_init);
OPTIONAL_INIT(unix_init);
OPTIONAL_INIT(tmpfs_init);
OPTIONAL_INIT(devtmpfs_init);
OPTIONAL_INIT(proc_init);
OPTIONAL_INIT(sys_init);
OPTIONAL_INIT(p9_init);
OPTIONAL_INIT(fuse_init);
OPTIONAL_INIT(overlay_init);
OPTIONAL_INIT(pci_init);
OPTIONAL_INIT(virtio_init);
OPTIONAL_INIT(serial_init_console);
OPTIONAL_INIT(serial_init);
OPTIONAL_INIT(tty_init);
OPTIONAL_INIT(devpts_init);
OPTIONAL_INIT(rtc_init);
OPTIONAL_INIT(mem_devices_init);
OPTIONAL_INIT(syscall_init);
/* Module 0 into the root file system, if there is one. */
void initramfs_unpack(void);
#undef OPTIONAL_INIT

/* crash_reserve.c: one for each rule. */
void crash_reserve_late(void);
void crash_reserve_lock(void);
void crash_reserve_nest(void);
void crash_reserve_wait(void);
void crash_reserve_user(void);
void crash_reserve_floor(void);

#define OPTIONAL_TEST(name) int name(void) __weak
OPTIONAL_TEST(arch_selftest);
OPTIONAL_TEST(pages_selftest);
OPTIONAL_TEST(reserve_selftest);
OPTIONAL_TEST(costs_selftest);
OPTIONAL_TEST(sync_selftest);
OPTIONAL_TEST(sched_selftest);
OPTIONAL_TEST(mm_selftest);
OPTIONAL_TEST(torture_selftest);
OPTIONAL_TEST(users_selftest);
OPTIONAL_TEST(random_selftest);
OPTIONAL_TEST(virtqueue_selftest);
#undef OPTIONAL_TEST

/* crash=KIND: does not come back if it was asked for. */
void boot_crash(const char *cmdline);
int smp_selftest(void);
/* still_stress=MS: starts the thread. */
void boot_still_stress(const char *cmdline);
/* selftest=NAMES. */
void boot_selftest(void);

int process_start_init(void) __weak;
__noreturn void sched_idle(void) __weak;

#endif
