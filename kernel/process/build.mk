# SPDX-License-Identifier: GPL-2.0-only
# Tasks as programs know them: names, fork, exec, exit, signals, credentials, futexes, timers of programs.
srcs := access.c acct.c binfmt_elf.c binfmt_script.c capability_calls.c clock_calls.c clone_calls.c cpu_timer.c \
	cred_calls.c elf_tables.c file_owner.c exec.c exec_args.c exec_creds.c exec_thread.c exit.c fault_trap.c fork.c futex.c \
	futex_waitv.c group_calls.c init.c io_ports.c itimer.c kcmp.c membarrier.c mrelease.c name_calls.c clock_step.c nanosleep.c ns_ref.c nsfs.c nsproxy.c oom_kill.c oom_score.c \
	pid.c pid_namespace.c pidfd.c posix_timer.c prctl.c prctl_mm.c prctl_task.c syscall_gate.c priority_calls.c reparent.c report.c rlimit.c \
	robust_list.c rseq.c rusage.c sched_calls.c reboot.c syslog.c signal_calls.c signal_frame.c signal_get.c signal_info.c \
	signal_queue.c signal_send.c signal_stop.c signal_struct.c signal_wait.c signalfd.c tty_hooks.c uts.c \
	vdso_map.c vfs_ports.c wait.c
deps := lib arch/x86 sync time log probe pages sched security mm crypto vfs
public_deps := lib arch/x86 sync time pages sched
