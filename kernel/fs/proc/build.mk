# SPDX-License-Identifier: GPL-2.0-only
# proc: the kernel's state as files, by process and for the machine.
srcs := super.c tree.c system.c memory.c sysctl.c sysctl_fs.c sysctl_kernel.c sysctl_log.c sysctl_vm.c vmstat.c sysrq.c task_dir.c task_status.c task_maps.c task_fault.c task_fd.c task_files.c task_idmap.c
deps := lib arch/x86 sync time log probe pages sched security mm crypto vfs process net net/unix
public_deps :=
