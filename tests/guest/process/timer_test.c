/* SPDX-License-Identifier: GPL-2.0-only */
/* timer_test.c - proves clocks, sleeps, interval and POSIX timers, CPU clocks and limits, by using them. */
#include "check.h"
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/times.h>
#include <time.h>

static volatile sig_atomic_t count, last_value, last_code, last_overrun;

static void on_signal(int sig)
{
	count++;
}

static void on_info(int sig, siginfo_t *info, void *context)
{
	count++;
	last_value = info->si_value.sival_int;
	last_code = info->si_code;
	last_overrun = info->si_overrun;
}

static long long now_ns(clockid_t clock)
{
	struct timespec ts;

	CHECK_EQ(clock_gettime(clock, &ts), 0);
	return ts.tv_sec * 1000000000ll + ts.tv_nsec;
}

static void burn(long long ns)
{
	long long start = now_ns(CLOCK_THREAD_CPUTIME_ID);

	while (now_ns(CLOCK_THREAD_CPUTIME_ID) - start < ns)
		;
}

CASE(clocks_run_forward)
{
	static const clockid_t clocks[] = { CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME, CLOCK_MONOTONIC_RAW,
					    CLOCK_REALTIME_COARSE, CLOCK_MONOTONIC_COARSE, CLOCK_TAI,
					    CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID };

	for (unsigned i = 0; i < sizeof clocks / sizeof *clocks; i++) {
		struct timespec a, b, res;

		CHECK_EQ(syscall(SYS_clock_gettime, clocks[i], &a), 0);
		CHECK_EQ(clock_gettime(clocks[i], &b), 0);
		CHECK(b.tv_sec > a.tv_sec || (b.tv_sec == a.tv_sec && b.tv_nsec >= a.tv_nsec));
		CHECK_EQ(clock_getres(clocks[i], &res), 0);
		CHECK_EQ(res.tv_sec, 0);
	}
	CHECK_ERRNO(syscall(SYS_clock_gettime, 10, NULL), EINVAL);
	CHECK_ERRNO(syscall(SYS_clock_gettime, 77, NULL), EINVAL);
	CHECK_ERRNO(syscall(SYS_clock_gettime, CLOCK_MONOTONIC, (void *)8), EFAULT);
}

CASE(nanosleep_sleeps_long_enough)
{
	struct timespec ts = { 0, 30000000 };
	long long start = now_ns(CLOCK_MONOTONIC);

	CHECK_EQ(nanosleep(&ts, NULL), 0);
	CHECK(now_ns(CLOCK_MONOTONIC) - start >= 30000000);
	ts.tv_nsec = 1000000000;
	CHECK_ERRNO(nanosleep(&ts, NULL), EINVAL);
	ts.tv_nsec = -1;
	CHECK_ERRNO(nanosleep(&ts, NULL), EINVAL);
	clock_gettime(CLOCK_MONOTONIC, &ts);
	ts.tv_nsec += 20000000;
	if (ts.tv_nsec >= 1000000000)
		ts.tv_sec++, ts.tv_nsec -= 1000000000;
	CHECK_EQ(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL), 0);
	struct timespec end;
	clock_gettime(CLOCK_MONOTONIC, &end);
	CHECK(end.tv_sec > ts.tv_sec || (end.tv_sec == ts.tv_sec && end.tv_nsec >= ts.tv_nsec));
}

CASE(interrupted_nanosleep_gives_the_rest)
{
	struct timespec ts = { 5, 0 }, rest = { 0, 0 };
	struct sigaction action = { .sa_handler = on_signal };

	sigaction(SIGALRM, &action, NULL);
	ualarm(50000, 0);
	CHECK_ERRNO(nanosleep(&ts, &rest), EINTR);
	CHECK_EQ(count, 1);
	CHECK(rest.tv_sec == 4);
}

CASE(stopped_nanosleep_goes_on)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		struct timespec ts = { 0, 300000000 };
		long long start = now_ns(CLOCK_MONOTONIC);

		CHECK_EQ(nanosleep(&ts, NULL), 0);
		CHECK(now_ns(CLOCK_MONOTONIC) - start >= 300000000);
		_exit(0);
	}
	usleep(50000);
	kill(pid, SIGSTOP);
	CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
	kill(pid, SIGCONT);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0);
}

CASE(alarm_and_itimer_real)
{
	struct itimerval set = { { 0, 10000 }, { 0, 10000 } }, old;
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART };

	sigaction(SIGALRM, &action, NULL);
	CHECK_EQ(alarm(100), CASE_SECONDS);
	CHECK(alarm(0) >= 99);
	CHECK_EQ(setitimer(ITIMER_REAL, &set, NULL), 0);
	while (count < 5)
		pause();
	memset(&set, 0, sizeof set);
	CHECK_EQ(setitimer(ITIMER_REAL, &set, &old), 0);
	CHECK_EQ(old.it_interval.tv_usec, 10000);
	CHECK_ERRNO(setitimer(9, &set, NULL), EINVAL);
	set.it_value.tv_usec = 1000000;
	CHECK_ERRNO(setitimer(ITIMER_REAL, &set, NULL), EINVAL);
}

CASE(itimer_prof_counts_cpu_time)
{
	struct itimerval set = { { 0, 0 }, { 0, 20000 } };
	struct sigaction action = { .sa_handler = on_signal };

	sigaction(SIGPROF, &action, NULL);
	CHECK_EQ(setitimer(ITIMER_PROF, &set, NULL), 0);
	usleep(60000);
	CHECK_EQ(count, 0);
	for (int i = 0; !count && i < 1000; i++) /* Linux counts ticks, and loses some on a busy host */
		burn(20000000);
	burn(60000000);
	CHECK_EQ(count, 1);
	sigaction(SIGVTALRM, &action, NULL);
	CHECK_EQ(setitimer(ITIMER_VIRTUAL, &set, NULL), 0);
	for (volatile long i = 0; count < 2 && i < 2000000000; i++)
		;
	CHECK_EQ(count, 2);
}

CASE(posix_timer_signals_with_its_value)
{
	struct sigaction action = { .sa_sigaction = on_info, .sa_flags = SA_SIGINFO };
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1, .sigev_value.sival_int = 77 };
	struct itimerspec set = { { 0, 0 }, { 0, 20000000 } }, now;
	sigset_t mask, before;
	timer_t timer;

	sigaction(SIGUSR1, &action, NULL);
	sigemptyset(&mask);
	sigaddset(&mask, SIGUSR1);
	CHECK_EQ(sigprocmask(SIG_BLOCK, &mask, &before), 0); /* on a busy host it may be due before we wait for it */
	CHECK_EQ(timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
	CHECK_EQ(timer_settime(timer, 0, &set, NULL), 0);
	CHECK_EQ(timer_gettime(timer, &now), 0);
	CHECK(now.it_value.tv_nsec <= 20000000);
	sigsuspend(&before);
	CHECK_EQ(count, 1);
	CHECK_EQ(last_value, 77);
	CHECK_EQ(last_code, SI_TIMER);
	CHECK_EQ(timer_gettime(timer, &now), 0);
	CHECK_EQ(now.it_value.tv_nsec, 0);
	CHECK_EQ(timer_delete(timer), 0);
	CHECK_ERRNO(syscall(SYS_timer_delete, 12345), EINVAL);
	CHECK_ERRNO(syscall(SYS_timer_create, 99, NULL, &timer), EINVAL);
}

CASE(periodic_timer_counts_overruns)
{
	struct sigaction action = { .sa_sigaction = on_info, .sa_flags = SA_SIGINFO };
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN };
	struct itimerspec set = { { 0, 5000000 }, { 0, 5000000 } };
	sigset_t mask;
	timer_t timer;

	sigaction(SIGRTMIN, &action, NULL);
	sigemptyset(&mask);
	sigaddset(&mask, SIGRTMIN);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	CHECK_EQ(timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
	CHECK_EQ(timer_settime(timer, 0, &set, NULL), 0);
	usleep(100000);
	sigprocmask(SIG_UNBLOCK, &mask, NULL);
	CHECK_EQ(count >= 1, 1);
	CHECK(last_overrun >= 5 || timer_getoverrun(timer) >= 0);
	CHECK_EQ(timer_delete(timer), 0);
}

CASE(cpu_clock_timer_fires)
{
	struct sigaction action = { .sa_sigaction = on_info, .sa_flags = SA_SIGINFO };
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR2 };
	struct itimerspec set = { { 0, 0 }, { 0, 20000000 } };
	timer_t timer;

	sigaction(SIGUSR2, &action, NULL);
	CHECK_EQ(timer_create(CLOCK_PROCESS_CPUTIME_ID, &event, &timer), 0);
	CHECK_EQ(timer_settime(timer, 0, &set, NULL), 0);
	burn(80000000);
	CHECK_EQ(count, 1);
}

/* Two seconds of processor time: the one who inherits the limit and does not look, and the one who will not hear, run together. */
CASE(cpu_limit_is_inherited_sends_sigxcpu_then_kills)
{
	struct rlimit limit = { 1, 2 };
	int status;
	pid_t stubborn = fork(), heir;

	if (!stubborn) {
		signal(SIGXCPU, SIG_IGN);
		setrlimit(RLIMIT_CPU, &limit);
		alarm(0);
		for (;;)
			;
	}
	CHECK_EQ(setrlimit(RLIMIT_CPU, &limit), 0);
	heir = fork();
	if (!heir)
		for (;;)
			;
	CHECK_EQ(waitpid(heir, &status, 0), heir);
	CHECK(WIFSIGNALED(status));
	CHECK_EQ(WTERMSIG(status), SIGXCPU);
	CHECK_EQ(waitpid(stubborn, &status, 0), stubborn);
	CHECK(WIFSIGNALED(status));
	CHECK_EQ(WTERMSIG(status), SIGKILL);
}

CASE(usage_grows_with_work)
{
	struct rusage before, after;
	struct tms tms;

	CHECK_EQ(getrusage(RUSAGE_SELF, &before), 0);
	burn(50000000);
	CHECK_EQ(getrusage(RUSAGE_SELF, &after), 0);
	long long used = (after.ru_utime.tv_sec - before.ru_utime.tv_sec + after.ru_stime.tv_sec - before.ru_stime.tv_sec) *
			 1000000ll + after.ru_utime.tv_usec - before.ru_utime.tv_usec + after.ru_stime.tv_usec -
			 before.ru_stime.tv_usec;
	CHECK(used >= 45000);
	CHECK(times(&tms) != -1);
	CHECK_ERRNO(getrusage(7, &after), EINVAL);
	pid_t pid = fork();
	if (!pid) {
		burn(50000000);
		_exit(0);
	}
	CHECK_EQ(wait4(pid, NULL, 0, &after), pid);
	CHECK(after.ru_utime.tv_usec + after.ru_stime.tv_usec >= 45000);
	CHECK_EQ(getrusage(RUSAGE_CHILDREN, &after), 0);
	CHECK(after.ru_utime.tv_usec + after.ru_stime.tv_usec >= 45000);
}

TEST_MAIN()
