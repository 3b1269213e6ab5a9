# SPDX-License-Identifier: GPL-2.0-only
# Tasks as programs know them: names, fork, exec, exit, signals, credentials, futexes, timers of programs.
# The bodies join the image when the VFS they call has landed: $(notdir $(wildcard kernel/process/*.c))
srcs :=
deps := lib arch/x86 sync time log probe pages sched security mm crypto vfs
public_deps := lib arch/x86 sync time pages sched
