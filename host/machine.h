/* SPDX-License-Identifier: GPL-2.0-only */
/* machine.h - the virtual machine: QEMU, its arguments and its process. */
#ifndef HOST_MACHINE_H
#define HOST_MACHINE_H

#include <sys/types.h>
#include "kernel_image.h"
#include "options.h"
#include "protocol.h"
#include "share.h"

struct machine {
	pid_t pid;
	int pid_fd;            /* readable when QEMU has ended */
	int port_fd[NR_PORTS]; /* our ends of the ports, by enum port_number; [0] is unused */
	int log_fd;            /* the kernel's log */
	int qemu_fd;           /* what QEMU itself says */
};

/* Start QEMU. @initramfs_fd: the archive. Dies with one line when it cannot be started. */
void machine_start(struct machine *machine, const struct options *options,
		   const struct kernel_image *kernel, const struct share_set *shares,
		   int initramfs_fd);
/* End it, if it has not ended, and release everything. Returns its status, as wait() has it, or -1
 * when it had to be ended. */
int machine_stop(struct machine *machine);

/* May KVM be used here? */
bool machine_can_use_kvm(void);

#endif
