/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * reboot.c - reboot(2): switching the machine off or starting it again; inside a pid namespace, ending it.
 *
 * ERRORS      -EPERM without CAP_SYS_BOOT in the namespace's user namespace; -EINVAL for wrong magic numbers or an unknown command;
 *             -ENOSYS for kexec and software suspend.
 */
#include "process_impl.h"
#include <arch/power.h>
#include <linux/reboot.h>
#include <log/printk.h>
#include <process/exit.h>
#include <process/process_calls.h>
#include <vfs/super.h>

static bool magic_is_right(int magic1, int magic2)
{
	return (u32)magic1 == LINUX_REBOOT_MAGIC1 && (magic2 == LINUX_REBOOT_MAGIC2 || magic2 == LINUX_REBOOT_MAGIC2A ||
						      magic2 == LINUX_REBOOT_MAGIC2B || magic2 == LINUX_REBOOT_MAGIC2C);
}

/* Inside a container: the init of the namespace dies of a signal that tells its parent what was asked. */
static long reboot_pid_namespace(struct pid_namespace *ns, u32 cmd)
{
	int sig;

	switch (cmd) {
	case LINUX_REBOOT_CMD_RESTART:
	case LINUX_REBOOT_CMD_RESTART2:
		sig = SIGHUP;
		break;
	case LINUX_REBOOT_CMD_HALT:
	case LINUX_REBOOT_CMD_POWER_OFF:
		sig = SIGINT;
		break;
	default:
		return -EINVAL;
	}
	ns->reboot = sig;
	send_sig(SIGKILL, ns->child_reaper, 1);
	do_exit(0);
}

long sys_reboot(int magic1, int magic2, u32 cmd, uaddr_t arg)
{
	struct pid_namespace *ns = task_active_pid_ns(current);

	if (!ns_capable(ns->user_ns, CAP_SYS_BOOT))
		return -EPERM;
	if (!magic_is_right(magic1, magic2))
		return -EINVAL;
	if (ns != &init_pid_ns)
		return reboot_pid_namespace(ns, cmd);
	switch (cmd) {
	case LINUX_REBOOT_CMD_CAD_ON: /* no keyboard: Ctrl-Alt-Del cannot come */
	case LINUX_REBOOT_CMD_CAD_OFF:
		return 0;
	case LINUX_REBOOT_CMD_RESTART:
	case LINUX_REBOOT_CMD_RESTART2:
		final_sync();
		pr_notice("reboot: restarting\n");
		machine_restart();
	case LINUX_REBOOT_CMD_HALT:
	case LINUX_REBOOT_CMD_POWER_OFF:
		final_sync();
		pr_notice("reboot: power down\n");
		machine_power_off();
	case LINUX_REBOOT_CMD_KEXEC:
	case LINUX_REBOOT_CMD_SW_SUSPEND:
		return -ENOSYS;
	default:
		return -EINVAL;
	}
}
