/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kbench.c - small costs of a kernel in the manner of lmbench, one static program.
 *
 * usage: kbench [-t BATCH_MS] [-r BATCHES] [-p PERCENTILE] [-d SCRATCH] [-l] [-n] [TEST...]
 *
 * WHAT      Prints `name value unit` a row: ns an operation (less is better), MB/s and op/s (more
 * is better, MB = 10^6 bytes). -l lists the tests, -n runs them in this process. Many short batches
 * and a low percentile (-t 3 -r 41 -p 10) keep the load of a shared machine out. LIMITS    Each
 * test runs in a child of its own for at most a minute, so a missing call or a hang costs one line
 *           (`name FAIL ...`) and not the run.
 * INIT      As process 1 it mounts what the rows need, runs, says KBENCH-DONE and powers off. Words
 * that name no test may be options of the kernel then, and are ignored.
 */
#include "kbench.h"

struct test {
	const char *name;
	void (*run)(void);
};

#define ENTRY(name, function) { #name, function },
static const struct test tests[] = { TESTS(ENTRY) };
#define NT (int)(sizeof tests / sizeof *tests)

static void say_failure(const char *name, const char *how, int value)
{
	if (dprintf(1, "%s FAIL %s_%d\n", name, how, value) < 0)
		_exit(101);
}

static void run_test(const struct test *test)
{
	int status = 0;

	if (settings.is_in_process)
		return test->run();
	pid_t pid = fork();
	if (pid < 0)
		return say_failure(test->name, "fork_errno", errno);
	if (!pid) {
		setpgid(0, 0);
		alarm(60);
		test->run();
		_exit(0);
	}
	while (waitpid(pid, &status, 0) != pid && errno == EINTR)
		;
	kill(-pid, SIGKILL);
	if (WIFSIGNALED(status))
		say_failure(test->name, "signal", WTERMSIG(status));
	else if (WEXITSTATUS(status))
		say_failure(test->name, "exit", WEXITSTATUS(status));
}

static void lo_up(void)
{
	int s = socket(AF_INET, SOCK_DGRAM, 0);
	struct ifreq r = { 0 };

	if (s < 0)
		return;
	strcpy(r.ifr_name, "lo");
	if (!ioctl(s, SIOCGIFFLAGS, &r)) {
		r.ifr_flags |= IFF_UP;
		ioctl(s, SIOCSIFFLAGS, &r);
	}
	close(s);
}

static void guest_setup(void)
{
	mkdir("/proc", 0755);
	mkdir("/sys", 0755);
	mkdir("/dev", 0755);
	mkdir("/tmp", 01777);
	mount("none", "/dev", "devtmpfs", 0, "");
	int fd = open("/dev/console", O_RDWR);
	for (int i = 0; fd >= 0 && i < 3; i++)
		dup2(fd, i);
	if (fd > 2)
		close(fd);
	mount("none", "/proc", "proc", 0, "");
	mount("none", "/sys", "sysfs", 0, "");
	mount("none", "/tmp", "tmpfs", 0, "");
	lo_up();
}

static void list_tests(void)
{
	for (int i = 0; i < NT; i++)
		puts(tests[i].name);
	exit(0);
}

static void read_options(int argc, char **argv, int is_init)
{
	int c;

	while ((c = getopt(argc, argv, "t:r:p:d:ln")) != -1) {
		switch (c) {
		case 't':
			settings.batch_ms = atoi(optarg);
			break;
		case 'r':
			settings.batches = atoi(optarg);
			break;
		case 'p':
			settings.percentile = atoi(optarg);
			break;
		case 'd':
			settings.dir = optarg;
			break;
		case 'n':
			settings.is_in_process = 1;
			break;
		case 'l':
			list_tests();
			break;
		default:
			if (!is_init) {
				fprintf(stderr, "usage: kbench [-t ms] [-r n] [-p pct] [-d dir] "
						"[-l] [-n] [test...]\n");
				exit(2);
			}
		}
	}
	if (settings.batches < 1)
		settings.batches = 1;
	if (settings.batches > MAXB)
		settings.batches = MAXB;
}

static int is_named(const struct test *test, char **words)
{
	for (; *words; words++)
		if (!strcmp(*words, test->name))
			return 1;
	return 0;
}

static int run_tests(char **words, int is_init)
{
	int named = 0;

	for (int i = 0; i < NT; i++)
		named += is_named(&tests[i], words);
	if (!named && *words && !is_init)
		return 2;
	for (int i = 0; i < NT; i++)
		if (!named || is_named(&tests[i], words))
			run_test(&tests[i]);
	return 0;
}

/* What the rows of exec run: one write and out. */
static int hello(void)
{
	int fd = open("/dev/null", O_WRONLY);

	dprintf(fd, "hello\n");
	return 0;
}

int main(int argc, char **argv, char **envp)
{
	int is_init = getpid() == 1;

	settings.environment = envp;
	if (argc > 1 && !strcmp(argv[1], "--hello"))
		return hello();
	if (is_init)
		guest_setup();
	read_options(argc, argv, is_init);
	signal(SIGPIPE, SIG_IGN);
	memset(buf64k, 'k', sizeof buf64k);
	mkdir(settings.dir, 0755);
	if (access(settings.self, X_OK))
		settings.self = is_init ? "/init" : argv[0];
	dprintf(1, "KBENCH-START cpus=%ld\n", sysconf(_SC_NPROCESSORS_ONLN));
	u64 start = now();
	int status = run_tests(argv + optind, is_init);
	if (status)
		fprintf(stderr, "kbench: no such test\n");
	rmdir(settings.dir);
	dprintf(1, "KBENCH-DONE guest_seconds=%.2f\n", (now() - start) / 1e9);
	if (is_init) {
		sync();
		reboot(RB_POWER_OFF);
		for (;;)
			pause();
	}
	return status;
}
