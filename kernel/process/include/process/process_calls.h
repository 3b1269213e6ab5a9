/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * process_calls.h - handlers of the system calls that this folder owns; kernel/syscall/table.def names them and
 * generates their decoding stubs. Each returns a value or -errno; a -EPARK return means: call again.
 */
#pragma once

#include <lib/types.h>

/* making, replacing and ending tasks */
long sys_fork(void);
long sys_vfork(void);
long sys_clone(unsigned long flags, unsigned long stack, uaddr_t parent_tid, uaddr_t child_tid,
	       unsigned long tls);
long sys_clone3(uaddr_t args, size_t size);
long sys_execve(uaddr_t path, uaddr_t argv, uaddr_t envp);
long sys_execveat(int dfd, uaddr_t path, uaddr_t argv, uaddr_t envp, int flags);
long sys_exit(int status);
long sys_exit_group(int status);
long sys_wait4(pid_t pid, uaddr_t status, int options, uaddr_t rusage);
long sys_waitid(int idtype, pid_t id, uaddr_t infop, int options, uaddr_t rusage);
long sys_set_tid_address(uaddr_t tidptr);

/* names of tasks */
long sys_getpid(void);
long sys_gettid(void);
long sys_getppid(void);
long sys_getpgid(pid_t pid);
long sys_getpgrp(void);
long sys_setpgid(pid_t pid, pid_t pgid);
long sys_getsid(pid_t pid);
long sys_setsid(void);
long sys_pidfd_open(pid_t pid, u32 flags);
long sys_pidfd_getfd(int pidfd, int fd, u32 flags);
long sys_process_mrelease(int pidfd, u32 flags);
long sys_kcmp(pid_t pid1, pid_t pid2, int type, unsigned long idx1, unsigned long idx2);

/* signals */
long sys_kill(pid_t pid, int sig);
long sys_tkill(pid_t tid, int sig);
long sys_tgkill(pid_t tgid, pid_t tid, int sig);
long sys_rt_sigqueueinfo(pid_t pid, int sig, uaddr_t info);
long sys_rt_tgsigqueueinfo(pid_t tgid, pid_t tid, int sig, uaddr_t info);
long sys_pidfd_send_signal(int pidfd, int sig, uaddr_t info, u32 flags);
long sys_rt_sigaction(int sig, uaddr_t act, uaddr_t oldact, size_t sigsetsize);
long sys_rt_sigprocmask(int how, uaddr_t set, uaddr_t oldset, size_t sigsetsize);
long sys_rt_sigpending(uaddr_t set, size_t sigsetsize);
long sys_rt_sigsuspend(uaddr_t set, size_t sigsetsize);
long sys_rt_sigtimedwait(uaddr_t set, uaddr_t info, uaddr_t timeout, size_t sigsetsize);
long sys_rt_sigreturn(void);
long sys_sigaltstack(uaddr_t ss, uaddr_t old_ss);
long sys_restart_syscall(void);
long sys_pause(void);
long sys_signalfd(int fd, uaddr_t mask, size_t sizemask);
long sys_signalfd4(int fd, uaddr_t mask, size_t sizemask, int flags);

/* credentials */
long sys_getuid(void);
long sys_geteuid(void);
long sys_getgid(void);
long sys_getegid(void);
long sys_setuid(u32 uid);
long sys_setgid(u32 gid);
long sys_setreuid(u32 ruid, u32 euid);
long sys_setregid(u32 rgid, u32 egid);
long sys_setresuid(u32 ruid, u32 euid, u32 suid);
long sys_getresuid(uaddr_t ruid, uaddr_t euid, uaddr_t suid);
long sys_setresgid(u32 rgid, u32 egid, u32 sgid);
long sys_getresgid(uaddr_t rgid, uaddr_t egid, uaddr_t sgid);
long sys_setfsuid(u32 uid);
long sys_setfsgid(u32 gid);
long sys_getgroups(int size, uaddr_t list);
long sys_setgroups(int size, uaddr_t list);
long sys_capget(uaddr_t header, uaddr_t data);
long sys_capset(uaddr_t header, uaddr_t data);
long sys_prctl(int option, unsigned long arg2, unsigned long arg3, unsigned long arg4,
	       unsigned long arg5);
long sys_arch_prctl(int option, unsigned long addr);
long sys_personality(u32 persona);

/* limits and accounts */
long sys_getrlimit(u32 resource, uaddr_t rlim);
long sys_setrlimit(u32 resource, uaddr_t rlim);
long sys_prlimit64(pid_t pid, u32 resource, uaddr_t new_rlim, uaddr_t old_rlim);
long sys_getrusage(int who, uaddr_t usage);
long sys_times(uaddr_t buf);
long sys_sysinfo(uaddr_t info);
long sys_uname(uaddr_t buf);
long sys_sethostname(uaddr_t name, int len);
long sys_setdomainname(uaddr_t name, int len);

/* scheduling */
long sys_getpriority(int which, int who);
long sys_setpriority(int which, int who, int prio);
long sys_sched_setscheduler(pid_t pid, int policy, uaddr_t param);
long sys_sched_getscheduler(pid_t pid);
long sys_sched_setparam(pid_t pid, uaddr_t param);
long sys_sched_getparam(pid_t pid, uaddr_t param);
long sys_sched_setattr(pid_t pid, uaddr_t attr, u32 flags);
long sys_sched_getattr(pid_t pid, uaddr_t attr, u32 size, u32 flags);
long sys_sched_setaffinity(pid_t pid, u32 len, uaddr_t mask);
long sys_sched_getaffinity(pid_t pid, u32 len, uaddr_t mask);
long sys_sched_get_priority_max(int policy);
long sys_sched_get_priority_min(int policy);
long sys_sched_rr_get_interval(pid_t pid, uaddr_t interval);
long sys_sched_yield(void);
long sys_getcpu(uaddr_t cpu, uaddr_t node, uaddr_t cache);
long sys_ioprio_set(int which, int who, int ioprio);
long sys_ioprio_get(int which, int who);
long sys_membarrier(int cmd, u32 flags, int cpu_id);
long sys_rseq(uaddr_t rseq, u32 len, int flags, u32 sig);

/* futexes */
long sys_futex(uaddr_t uaddr, int op, u32 val, uaddr_t timeout, uaddr_t uaddr2, u32 val3);
long sys_futex_waitv(uaddr_t waiters, u32 nr, u32 flags, uaddr_t timeout, int clockid);
long sys_set_robust_list(uaddr_t head, size_t len);
long sys_get_robust_list(int pid, uaddr_t head, uaddr_t len);

/* clocks and timers */
long sys_timer_create(int clockid, uaddr_t sevp, uaddr_t timerid);
long sys_timer_settime(int timerid, int flags, uaddr_t new_value, uaddr_t old_value);
long sys_timer_gettime(int timerid, uaddr_t value);
long sys_timer_getoverrun(int timerid);
long sys_timer_delete(int timerid);
long sys_getitimer(int which, uaddr_t value);
long sys_setitimer(int which, uaddr_t value, uaddr_t ovalue);
long sys_alarm(u32 seconds);
long sys_nanosleep(uaddr_t request, uaddr_t remain);
long sys_clock_nanosleep(int clockid, int flags, uaddr_t request, uaddr_t remain);
long sys_clock_gettime(int clockid, uaddr_t tp);
long sys_clock_settime(int clockid, uaddr_t tp);
long sys_clock_getres(int clockid, uaddr_t res);
long sys_clock_adjtime(int clockid, uaddr_t buf);
long sys_adjtimex(uaddr_t buf);
long sys_gettimeofday(uaddr_t tv, uaddr_t tz);
long sys_settimeofday(uaddr_t tv, uaddr_t tz);
long sys_time(uaddr_t tloc);

/* namespaces */
long sys_unshare(unsigned long flags);
long sys_setns(int fd, int nstype);

/* the machine */
long sys_acct(uaddr_t path);
long sys_iopl(u32 level);
long sys_ioperm(unsigned long from, unsigned long nr, int turn_on);
long sys_reboot(int magic1, int magic2, u32 cmd, uaddr_t arg);
long sys_syslog(int type, uaddr_t buf, int len);
