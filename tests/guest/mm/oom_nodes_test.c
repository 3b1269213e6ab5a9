/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * oom_nodes_test.c - the memory of some nodes is used up: who pays, and what the log says.
 *
 * WHAT      A hog that is bound to the last node, or whose memory is, touches pages until it is killed, while the first node has memory left.
 *           Beside it a bystander offers more (oom_score_adj): bound to the first node it is left alone, and not in the table; bound to
 *           nothing it pays first. vm.panic_on_oom 1 is not about such a shortage. Who is bound to all nodes is not bound at all.
 *           A victim that frees nothing on the hog's node holds it up no longer than vm.oom_victim_timeout_ms (ours).
 * NEEDS     Two nodes with memory. On a machine with one the cases say so and end.
 */
#define _GNU_SOURCE
#include <sys/prctl.h>

/* All of a node's memory is touched. */
#define CASE_SECONDS 100
#include "figures.h"
#include "holder.h"

#define MIB (1ul << 20)
#define LOG_SIZE (512 * 1024)

typedef unsigned long mask_t;

static mask_t all_nodes(void)
{
	mask_t nodes[16] = { 0 };

	CHECK_EQ(syscall(SYS_get_mempolicy, NULL, nodes, 1024, NULL, MPOL_F_MEMS_ALLOWED), 0);
	return nodes[0];
}

static mask_t last_node(void)
{
	return 1ul << (63 - __builtin_clzl(all_nodes()));
}

static int has_two_nodes(void)
{
	if (all_nodes() & (all_nodes() - 1))
		return 1;
	printf("  skipped: the machine has one node\n");
	return 0;
}

/* A child that touches memory until it is killed; bound to @task_nodes, its memory to @nodes. */
static pid_t start_hog(mask_t task_nodes, mask_t nodes)
{
	pid_t pid = fork();

	if (!pid) {
		offer("0");
		bind_self(task_nodes);
		for (;;)
			take(MIB, MAP_PRIVATE, nodes);
	}
	CHECK(pid > 0);
	return pid;
}

static void check_killed(pid_t pid)
{
	int status;

	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void check_lives_on(pid_t pid)
{
	CHECK_EQ(waitpid(pid, NULL, WNOHANG), 0);
	kill(pid, SIGKILL);
	CHECK_EQ(waitpid(pid, NULL, 0), pid);
}

/* Node @node's free bytes. */
static size_t free_on(int node)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/devices/system/node/node%d/meminfo", node);
	return (size_t)sum_of(path, "MemFree:") * 1024;
}

/* Ten reports in five seconds are all that are printed: those of others before do not count once as much has passed. */
static void let_reports_come(void)
{
	sleep(6);
}

/* What the log says from here on. */
static int open_log(void)
{
	let_reports_come();
	int log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK);

	CHECK(log >= 0);
	CHECK_EQ(lseek(log, 0, SEEK_END), 0);
	return log;
}

static const char *read_log(int log)
{
	static char text[LOG_SIZE];
	size_t len = 0;
	ssize_t n;

	while (len < sizeof(text) - 1 && ((n = read(log, text + len, sizeof(text) - 1 - len)) > 0 || (n < 0 && errno == EPIPE)))
		len += n > 0 ? (size_t)n : 0;
	text[len] = 0;
	close(log);
	return text;
}

/* The line that says who was chosen and why: @nodes as a list, NULL where there was no constraint. */
static int log_has_choice(const char *log, const char *nodes, pid_t pid)
{
	char line[256], name[16];

	CHECK_EQ(prctl(PR_GET_NAME, name), 0);
	snprintf(line, sizeof(line), "oom-kill:constraint=%s,nodemask=%s,cpuset=/,mems_allowed=0-1,global_oom,task_memcg=/,task=%s,"
		 "pid=%d,uid=0\n", nodes ? "CONSTRAINT_MEMORY_POLICY" : "CONSTRAINT_NONE", nodes ? nodes : "(null)", name, pid);
	return strstr(log, line) != NULL;
}

/* Has the table of the report a line for @pid? */
static int log_lists(const char *log, pid_t pid)
{
	char line[32];

	snprintf(line, sizeof(line), ";[%7d] ", pid);
	return strstr(log, line) != NULL;
}

/* Hogs on the last node do not touch who is bound to the first. @log is judged. */
static void fill_the_last_node(mask_t task_nodes, mask_t nodes)
{
	int fd = open_log();
	pid_t bystander = start_holder("1000", (struct holding){ .size = 16 * MIB, .flags = MAP_PRIVATE, .nodes = 1 });
	pid_t hog = start_hog(task_nodes, nodes);

	check_killed(hog);
	CHECK(free_on(0) > 16 * MIB);
	check_lives_on(bystander);

	const char *log = read_log(fd);
	CHECK(log_has_choice(log, "1", hog));
	CHECK(log_lists(log, hog));
	CHECK(!log_lists(log, bystander));
	CHECK(strstr(log, "Node 1 DMA32 free:"));
	CHECK(!strstr(log, "Node 0 DMA32 free:"));
}

static void fill_by_the_tasks_policy(void)
{
	fill_the_last_node(last_node(), 0);
}

/* The hog itself is bound to nothing, so it is one of those that count. */
static void fill_by_the_memorys_policy(void)
{
	fill_the_last_node(0, last_node());
}

/* A panic would end the machine, and the run. */
static const struct setting no_panic_for_nodes = { "/proc/sys/vm/panic_on_oom", "1" };

CASE(who_is_bound_to_other_nodes_is_not_killed)
{
	if (has_two_nodes())
		run_with_settings(&no_panic_for_nodes, 1, fill_by_the_tasks_policy);
}

CASE(memory_that_is_bound_does_the_same)
{
	if (has_two_nodes())
		run_with_settings(&no_panic_for_nodes, 1, fill_by_the_memorys_policy);
}

/* A child that is bound to the first node and touches memory of the last one until somebody is killed: then there is some again. */
static pid_t start_asker(void)
{
	long kills = vmstat("oom_kill");
	pid_t pid = fork();

	if (!pid) {
		offer("0");
		bind_self(1);
		while (vmstat("oom_kill") == kills)
			take(MIB, MAP_PRIVATE, last_node());
		for (;;)
			pause();
	}
	CHECK(pid > 0);
	return pid;
}

/*
 * It asks, but what it lacks is not where it may have memory itself: the search decides. On Linux a victim counts as gone a moment before all
 * of its memory is back, so more than one may be killed: there are enough of them.
 */
static void ask_from_another_node(void)
{
	static const char *const adj[] = { "1000", "900", "800", "700" };
	enum { NR = sizeof(adj) / sizeof(adj[0]) };
	pid_t bystanders[NR], asker;
	int fd = open_log();

	for (int i = 0; i < NR; i++)
		bystanders[i] = start_holder(adj[i], (struct holding){ .size = 16 * MIB, .flags = MAP_PRIVATE, .nodes = last_node() });
	asker = start_asker();
	check_killed(bystanders[0]);
	CHECK(log_has_choice(read_log(fd), "1", bystanders[0]));
	check_lives_on(asker);
	for (int i = 1; i < NR; i++) {
		kill(bystanders[i], SIGKILL);
		CHECK_EQ(waitpid(bystanders[i], NULL, 0), bystanders[i]);
	}
}

CASE(who_asks_pays_only_for_its_own_nodes)
{
	static const struct setting asker_pays = { "/proc/sys/vm/oom_kill_allocating_task", "1" };

	if (has_two_nodes())
		run_with_settings(&asker_pays, 1, ask_from_another_node);
}

CASE(who_is_bound_to_nothing_pays_anywhere)
{
	if (!has_two_nodes())
		return;

	int fd = open_log();
	pid_t bystander = start_holder("1000", (struct holding){ .size = MIB, .flags = MAP_PRIVATE });
	pid_t hog = start_hog(last_node(), 0);
	check_killed(bystander);
	check_killed(hog);
	const char *log = read_log(fd);
	CHECK(log_has_choice(log, "1", bystander));
	CHECK(log_has_choice(log, "1", hog));
}

CASE(who_is_bound_to_all_nodes_is_not_bound)
{
	if (!has_two_nodes())
		return;

	int fd = open_log();
	pid_t bystander = start_holder("1000", (struct holding){ .size = 16 * MIB, .flags = MAP_PRIVATE, .nodes = 1 });
	pid_t hog = start_hog(all_nodes(), 0);
	check_killed(bystander);
	check_killed(hog);
	CHECK(log_has_choice(read_log(fd), NULL, bystander));
}

/* A victim that gets no processor, with memory on the first node that cannot be taken from it. */
static void hog_behind_a_victim_elsewhere(void)
{
	pid_t victim = start_holder("1000", (struct holding){ .size = 16 * MIB, .flags = MAP_SHARED, .nodes = 1 });
	pid_t spinner = fork();

	if (!spinner) {
		offer("-1000");
		pin(1);
		if (sched_setscheduler(0, SCHED_FIFO, &(struct sched_param){ .sched_priority = 1 }))
			_exit(94);
		for (;;)
			;
	}
	CHECK(spinner > 0);
	cpu_set_t second;
	CPU_ZERO(&second);
	CPU_SET(1, &second);
	CHECK_EQ(sched_setaffinity(victim, sizeof(second), &second), 0);
	pin(0);
	CHECK_EQ(put_text("/proc/sysrq-trigger", "f"), 0);
	check_killed(start_hog(last_node(), 0));
	CHECK_EQ(waitpid(victim, NULL, WNOHANG), 0);
	kill(spinner, SIGKILL);
	CHECK_EQ(waitpid(spinner, NULL, 0), spinner);
	check_killed(victim);
}

CASE(ours_victim_on_another_node_is_not_waited_for)
{
	static const struct setting settings[] = {
		{ "/proc/sys/kernel/sched_rt_runtime_us", "-1" },
		{ "/proc/sys/vm/oom_victim_timeout_ms", "300" },
	};

	if (has_two_nodes())
		run_with_settings(settings, 2, hog_behind_a_victim_elsewhere);
}

TEST_MAIN()
