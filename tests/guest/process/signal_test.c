/* SPDX-License-Identifier: GPL-2.0-only */
/* signal_test.c - proves masks, queues, siginfo, alternate stacks, restart, waits for signals and job control, by using them. */
#include "check.h"
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <ucontext.h>

static volatile sig_atomic_t count, last;
static volatile siginfo_t last_info;

static void on_signal(int sig)
{
	count++;
	last = sig;
}

static void on_info(int sig, siginfo_t *info, void *context)
{
	count++;
	last = sig;
	last_info = *info;
}

static void install(int sig, void (*handler)(int), int flags)
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = flags };

	CHECK_EQ(sigaction(sig, &action, NULL), 0);
}

static void install_info(int sig, int flags)
{
	struct sigaction action = { .sa_sigaction = on_info, .sa_flags = SA_SIGINFO | flags };

	CHECK_EQ(sigaction(sig, &action, NULL), 0);
}

static sigset_t set_of(int sig)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, sig);
	return set;
}

CASE(blocked_signal_waits_and_comes_once)
{
	sigset_t set = set_of(SIGUSR1), pending;

	install(SIGUSR1, on_signal, 0);
	CHECK_EQ(sigprocmask(SIG_BLOCK, &set, NULL), 0);
	for (int i = 0; i < 3; i++)
		kill(getpid(), SIGUSR1);
	CHECK_EQ(count, 0);
	CHECK_EQ(sigpending(&pending), 0);
	CHECK_EQ(sigismember(&pending, SIGUSR1), 1);
	CHECK_EQ(sigprocmask(SIG_UNBLOCK, &set, NULL), 0);
	CHECK_EQ(count, 1);
}

CASE(realtime_signals_queue_in_order_with_values)
{
	sigset_t set = set_of(SIGRTMIN);
	siginfo_t info;

	CHECK_EQ(sigprocmask(SIG_BLOCK, &set, NULL), 0);
	for (int i = 0; i < 5; i++)
		CHECK_EQ(sigqueue(getpid(), SIGRTMIN, (union sigval){ .sival_int = i }), 0);
	for (int i = 0; i < 5; i++) {
		CHECK_EQ(sigwaitinfo(&set, &info), SIGRTMIN);
		CHECK_EQ(info.si_value.sival_int, i);
		CHECK_EQ(info.si_code, SI_QUEUE);
		CHECK_EQ(info.si_pid, getpid());
	}
}

CASE(kill_siginfo_names_the_sender)
{
	install_info(SIGUSR1, 0);
	CHECK_EQ(kill(getpid(), SIGUSR1), 0);
	CHECK_EQ(last_info.si_signo, SIGUSR1);
	CHECK_EQ(last_info.si_code, SI_USER);
	CHECK_EQ(last_info.si_pid, getpid());
	CHECK_EQ(last_info.si_uid, getuid());
	raise(SIGUSR1);
	CHECK_EQ(last_info.si_code, SI_TKILL);
}

CASE(handler_blocks_itself_unless_nodefer)
{
	sigset_t now;

	install(SIGUSR1, on_signal, SA_RESETHAND);
	raise(SIGUSR1);
	struct sigaction old;
	CHECK_EQ(sigaction(SIGUSR1, NULL, &old), 0);
	CHECK(old.sa_handler == SIG_DFL);
	CHECK_EQ(sigprocmask(SIG_BLOCK, NULL, &now), 0);
	CHECK_EQ(sigismember(&now, SIGUSR1), 0);
}

static char *stack_low;
static volatile int was_on_stack;

static void on_altstack(int sig)
{
	char here;

	was_on_stack = &here >= stack_low && &here < stack_low + 65536;
}

CASE(alternate_stack_is_used_and_reported)
{
	stack_t ss = { .ss_sp = malloc(65536), .ss_size = 65536 }, old;

	stack_low = ss.ss_sp;
	CHECK_EQ(sigaltstack(&ss, NULL), 0);
	install(SIGUSR1, on_altstack, SA_ONSTACK);
	raise(SIGUSR1);
	CHECK_EQ(was_on_stack, 1);
	CHECK_EQ(sigaltstack(NULL, &old), 0);
	CHECK_EQ(old.ss_flags, 0);
	CHECK(old.ss_sp == ss.ss_sp);
	ss.ss_size = 100;
	CHECK_ERRNO(sigaltstack(&ss, NULL), ENOMEM);
}

static volatile double sink;

static void on_float(int sig)
{
	for (int i = 0; i < 100; i++)
		sink = sink * 1.5 + 0.25;
	count++;
}

CASE(vector_registers_survive_a_handler)
{
	double a = 1.0, b = 3.0;

	install(SIGUSR1, on_float, 0);
	for (int i = 0; i < 1000; i++) {
		a = a * 1.0000001 + b / 7;
		if (i % 10 == 0)
			raise(SIGUSR1);
	}
	double c = 1.0;
	for (int i = 0; i < 1000; i++)
		c = c * 1.0000001 + b / 7;
	CHECK(a == c);
	CHECK_EQ(count, 100);
}

static void on_segv(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	last_info = *info;
	uc->uc_mcontext.gregs[REG_RIP] = uc->uc_mcontext.gregs[REG_RBX];
	count++;
}

CASE(fault_siginfo_and_changed_context)
{
	struct sigaction action = { .sa_sigaction = on_segv, .sa_flags = SA_SIGINFO };

	sigaction(SIGSEGV, &action, NULL);
	__asm__ volatile("lea 1f(%%rip), %%rbx\n\tmovq $0x3000, %%rax\n\tmovl (%%rax), %%eax\n1:" ::: "rax", "rbx",
			 "memory");
	CHECK_EQ(count, 1);
	CHECK_EQ(last_info.si_signo, SIGSEGV);
	CHECK_EQ(last_info.si_code, SEGV_MAPERR);
	CHECK(last_info.si_addr == (void *)0x3000);
}

CASE(divide_error_is_sigfpe)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		volatile int zero = 0;

		_exit(10 / zero);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(WIFSIGNALED(status) && WTERMSIG(status) == SIGFPE, 1);
}

static int release[2]; /* a pipe: a byte in it ends what the case waits for */

/* The third of a row of alarms gives what is waited for; the earlier ones only disturb. */
static void release_at_third(int sig)
{
	if (++count == 3 && write(release[1], "x", 1) != 1)
		_exit(1);
}

CASE(read_restarts_with_sa_restart)
{
	char c;

	CHECK_EQ(pipe(release), 0);
	install(SIGALRM, release_at_third, SA_RESTART);
	ualarm(30000, 30000);
	CHECK_EQ(read(release[0], &c, 1), 1);
	CHECK(count >= 3);
	install(SIGALRM, on_signal, 0);
	CHECK_ERRNO(read(release[0], &c, 1), EINTR);
}

CASE(wait_is_interrupted_and_restarts)
{
	int status;
	char c;

	CHECK_EQ(pipe(release), 0);
	install(SIGALRM, release_at_third, SA_RESTART);
	pid_t pid = fork();
	if (!pid)
		_exit(read(release[0], &c, 1) == 1 ? 3 : 4);
	ualarm(30000, 30000);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK(count >= 3);
	CHECK_EQ(WEXITSTATUS(status), 3);
}

CASE(sigtimedwait_times_out_and_takes)
{
	sigset_t set = set_of(SIGUSR2);
	struct timespec limit = { 0, 30000000 }, zero = { 0, 0 };
	siginfo_t info;

	sigprocmask(SIG_BLOCK, &set, NULL);
	CHECK_ERRNO(sigtimedwait(&set, &info, &zero), EAGAIN);
	CHECK_ERRNO(sigtimedwait(&set, &info, &limit), EAGAIN);
	pid_t parent = getpid(), pid = fork();
	if (!pid) {
		usleep(50000);
		kill(parent, SIGUSR2);
		_exit(0);
	}
	limit.tv_sec = 5;
	CHECK_EQ(sigtimedwait(&set, &info, &limit), SIGUSR2);
	CHECK_EQ(info.si_pid, pid);
}

/* The time is over as the signal comes: what is waited for or blocked never meets its default action, which is to kill. */
CASE(signals_come_as_the_time_for_them_ends)
{
	sigset_t set = set_of(SIGRTMIN + 1);
	struct timespec limit = { 0, 20000 };
	time_t end = time(NULL) + 2;
	int late = 0, taken = 0;

	sigprocmask(SIG_BLOCK, &set, NULL);
	pid_t parent = getpid(), pid = fork();
	CHECK(pid >= 0);
	for (unsigned n = 0; !pid; n++) {
		if (kill(parent, SIGRTMIN + 1) && errno != EAGAIN)
			_exit(1);
		for (volatile unsigned spin = 0; spin < 5000 + n % 97 * 100; spin++)
			;
	}
	while (time(NULL) < end || !late || !taken) {
		if (sigtimedwait(&set, NULL, &limit) < 0)
			late++;
		else
			taken++;
	}
	CHECK_EQ(kill(pid, SIGKILL), 0);
	CHECK_EQ(waitpid(pid, NULL, 0), pid);
}

CASE(sigsuspend_restores_the_mask)
{
	sigset_t set = set_of(SIGUSR1), none, now;

	install(SIGUSR1, on_signal, 0);
	sigemptyset(&none);
	sigprocmask(SIG_BLOCK, &set, NULL);
	raise(SIGUSR1);
	CHECK_ERRNO(sigsuspend(&none), EINTR);
	CHECK_EQ(count, 1);
	sigprocmask(SIG_BLOCK, NULL, &now);
	CHECK_EQ(sigismember(&now, SIGUSR1), 1);
}

CASE(stop_and_continue_are_reported)
{
	int status;
	pid_t pid = fork();

	if (!pid)
		for (;;)
			pause();
	CHECK_EQ(kill(pid, SIGSTOP), 0);
	CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
	CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
	CHECK_EQ(waitpid(pid, &status, WUNTRACED | WNOHANG), 0);
	CHECK_EQ(kill(pid, SIGCONT), 0);
	CHECK_EQ(waitpid(pid, &status, WCONTINUED), pid);
	CHECK(WIFCONTINUED(status));
	CHECK_EQ(kill(pid, SIGSTOP), 0);
	CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
	CHECK_EQ(kill(pid, SIGKILL), 0);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(WTERMSIG(status), SIGKILL);
}

CASE(sigchld_tells_what_happened)
{
	sigset_t set = set_of(SIGCHLD);
	siginfo_t info;

	sigprocmask(SIG_BLOCK, &set, NULL);
	pid_t pid = fork();
	if (!pid)
		_exit(7);
	CHECK_EQ(sigwaitinfo(&set, &info), SIGCHLD);
	CHECK_EQ(info.si_code, CLD_EXITED);
	CHECK_EQ(info.si_status, 7);
	CHECK_EQ(info.si_pid, pid);
	CHECK_EQ(waitpid(pid, NULL, 0), pid);
	pid = fork();
	if (!pid) {
		signal(SIGTERM, SIG_DFL);
		for (;;)
			pause();
	}
	kill(pid, SIGTERM);
	CHECK_EQ(sigwaitinfo(&set, &info), SIGCHLD);
	CHECK_EQ(info.si_code, CLD_KILLED);
	CHECK_EQ(info.si_status, SIGTERM);
}

CASE(ignored_sigchld_leaves_no_zombie)
{
	signal(SIGCHLD, SIG_IGN);
	pid_t pid = fork();
	if (!pid)
		_exit(0);
	CHECK_ERRNO(waitpid(pid, NULL, 0), ECHILD);
}

CASE(kill_errors)
{
	CHECK_ERRNO(kill(getpid(), 65), EINVAL);
	CHECK_ERRNO(kill(getpid(), -1), EINVAL);
	CHECK_ERRNO(kill(999999, 0), ESRCH);
	CHECK_EQ(kill(getpid(), 0), 0);
	CHECK_ERRNO(syscall(SYS_tgkill, getpid(), 999999, 0), ESRCH);
	CHECK_ERRNO(syscall(SYS_tgkill, 0, getpid(), 0), EINVAL);
	struct sigaction action = { .sa_handler = SIG_IGN };
	CHECK_ERRNO(sigaction(SIGKILL, &action, NULL), EINVAL);
	CHECK_ERRNO(syscall(SYS_rt_sigaction, SIGUSR1, NULL, NULL, 4), EINVAL);
	CHECK_ERRNO(syscall(SYS_rt_sigprocmask, 77, &action, NULL, 8), EINVAL);
	CHECK_ERRNO(syscall(SYS_rt_sigprocmask, SIG_BLOCK, (void *)-1, NULL, 8), EFAULT);
}

CASE(bad_frame_kills_with_segv)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		__asm__ volatile("movq $64, %%rsp\n\tmovl $15, %%eax\n\tsyscall" ::: "memory");
		_exit(1);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
}

CASE(handler_without_stack_kills_with_segv)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		install(SIGUSR1, on_signal, 0);
		__asm__ volatile("movq $8, %%rsp\n\tmovl $39, %%eax\n\tsyscall\n\tmovl %%eax, %%edi\n\tmovl $10, %%esi\n\t"
				 "movl $62, %%eax\n\tsyscall" ::: "memory");
		_exit(1);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
}

CASE(group_kill_reaches_all_members)
{
	pid_t pids[3];
	int status;

	setpgid(0, 0);
	for (int i = 0; i < 3; i++) {
		pids[i] = fork();
		if (!pids[i])
			for (;;)
				pause();
	}
	signal(SIGTERM, SIG_IGN);
	CHECK_EQ(kill(0, SIGTERM), 0);
	for (int i = 0; i < 3; i++) {
		CHECK_EQ(waitpid(pids[i], &status, 0), pids[i]);
		CHECK_EQ(WTERMSIG(status), SIGTERM);
	}
}

TEST_MAIN()
