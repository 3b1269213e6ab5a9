# SPDX-License-Identifier: GPL-2.0-only
# The floors of the house, low to high: a folder depends only on folders before it.
FLOORS := lib arch/x86 sync time log probe paravirt pages sched security mm crypto vfs process security/landlock net \
	net/unix fs/tmpfs fs/devtmpfs fs/proc fs/sys fs/p9 fs/fuse fs/overlay \
	drivers/pci drivers/serial drivers/virtio drivers/rtc drivers/tty fs/devpts drivers/mem syscall boot
