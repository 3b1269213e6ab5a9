/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * oom_files_test.c - /proc/PID/oom_score_adj, oom_adj and oom_score: who may write what, who shares what, and the formula.
 */
#define _GNU_SOURCE
#include <sched.h>
#include <linux/capability.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include "text.h"

#define MIB (1ul << 20)
#define ADJ "/proc/self/oom_score_adj"
#define OLD_ADJ "/proc/self/oom_adj"

static long number_in(const char *path)
{
	char text[64];

	return atol(get_text(path, text, sizeof(text)));
}

static long of_pid(pid_t pid, const char *file)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, file);
	return number_in(path);
}

static int set_of_pid(pid_t pid, const char *file, const char *value)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, file);
	return put_text(path, value);
}

/* Without CAP_SYS_RESOURCE, but still able to write to its own files. */
static void drop_resource_capability(void)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2];

	CHECK_EQ(syscall(SYS_capget, &head, data), 0);
	data[0].effective &= ~(1u << CAP_SYS_RESOURCE);
	CHECK_EQ(syscall(SYS_capset, &head, data), 0);
}

CASE(adj_is_kept_and_inherited)
{
	CHECK_EQ(number_in(ADJ), 0);
	CHECK_EQ(put_text(ADJ, "321\n"), 0);
	CHECK_EQ(number_in(ADJ), 321);
	IN_CHILD(CHECK_EQ(number_in(ADJ), 321));
	CHECK_EQ(put_text(ADJ, " -1000"), 0);
	CHECK_EQ(number_in(ADJ), -1000);
	CHECK_EQ(put_text(ADJ, "0"), 0);
}

CASE(adj_has_bounds)
{
	CHECK_EQ(put_text(ADJ, "1001"), EINVAL);
	CHECK_EQ(put_text(ADJ, "-1001"), EINVAL);
	CHECK_EQ(put_text(ADJ, "much"), EINVAL);
	CHECK_EQ(put_text(ADJ, ""), EINVAL);
	CHECK_EQ(put_text(OLD_ADJ, "16"), EINVAL);
	CHECK_EQ(put_text(OLD_ADJ, "-18"), EINVAL);
	CHECK_EQ(number_in(ADJ), 0);
}

CASE(who_was_lowered_with_the_capability_may_come_back_to_that_without)
{
	CHECK_EQ(put_text(ADJ, "100"), 0);
	drop_resource_capability();
	CHECK_EQ(put_text(ADJ, "99"), EACCES);
	CHECK_EQ(number_in(ADJ), 100);
	CHECK_EQ(put_text(ADJ, "900"), 0);
	CHECK_EQ(put_text(ADJ, "100"), 0);
	CHECK_EQ(put_text(ADJ, "0"), EACCES);
}

CASE(old_scale_is_lowered_only_with_the_capability)
{
	CHECK_EQ(put_text(OLD_ADJ, "8"), 0);
	CHECK_EQ(number_in(ADJ), 470);
	drop_resource_capability();
	CHECK_EQ(put_text(OLD_ADJ, "9"), 0);
	CHECK_EQ(put_text(OLD_ADJ, "8"), EACCES);
	CHECK_EQ(put_text(ADJ, "0"), 0); /* the least of the new scale was not moved by the old one */
}

CASE(old_scale_reads_as_the_new_one_says)
{
	static const struct { const char *adj; int old; } rows[] = {
		{ "0", 0 }, { "500", 8 }, { "999", 15 }, { "1000", 15 }, { "-1000", -17 }, { "-500", -8 }, { "58", 0 }, { "59", 1 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CHECK_EQ(put_text(ADJ, rows[i].adj), 0);
		CHECK_EQ(number_in(OLD_ADJ), rows[i].old < 15 ? rows[i].old : 15);
	}
	CHECK_EQ(put_text(OLD_ADJ, "15"), 0);
	CHECK_EQ(number_in(ADJ), 1000);
	CHECK_EQ(put_text(OLD_ADJ, "-17"), 0);
	CHECK_EQ(number_in(ADJ), -1000);
}

static int pause_for_ever(void *unused)
{
	for (;;)
		pause();
	return 0;
}

CASE(processes_that_share_memory_offer_the_same)
{
	static char stack[65536] __attribute__((aligned(16)));
	pid_t child, other;

	CHECK_EQ(put_text(ADJ, "10"), 0);
	child = clone(pause_for_ever, stack + sizeof(stack), CLONE_VM | SIGCHLD, NULL);
	CHECK(child > 0);
	other = fork();
	if (!other)
		pause_for_ever(NULL);
	CHECK_EQ(of_pid(child, "oom_score_adj"), 10);
	CHECK_EQ(put_text(ADJ, "20"), 0);
	CHECK_EQ(of_pid(child, "oom_score_adj"), 20);
	CHECK_EQ(of_pid(other, "oom_score_adj"), 10);
	CHECK_EQ(set_of_pid(child, "oom_score_adj", "30"), 0);
	CHECK_EQ(number_in(ADJ), 30);
	CHECK_EQ(set_of_pid(child, "oom_adj", "0"), 0);
	CHECK_EQ(number_in(ADJ), 0);
	kill(child, SIGKILL);
	kill(other, SIGKILL);
	CHECK_EQ(waitpid(child, NULL, 0), child);
	CHECK_EQ(waitpid(other, NULL, 0), other);
}

static volatile int vfork_result;

CASE(child_in_vfork_offers_its_own)
{
	CHECK_EQ(put_text(ADJ, "10"), 0);
	pid_t child = vfork();

	if (!child) {
		vfork_result = put_text(ADJ, "500") ? 1 : number_in(ADJ) != 500 ? 2 : 0;
		_exit(0);
	}
	CHECK(child > 0);
	CHECK_EQ(waitpid(child, NULL, 0), child);
	CHECK_EQ(vfork_result, 0);
	CHECK_EQ(number_in(ADJ), 10);
}

/* The score of somebody with @adj and @pages of memory, as Linux computes it. */
static long formula(long adj, long pages)
{
	char text[4096];
	long total;

	get_text("/proc/meminfo", text, sizeof(text));
	total = atol(text + strlen("MemTotal:")) / 4;
	return (1000 + (pages + adj * (total / 1000)) * 1000 / total) * 2 / 3;
}

static int is_near(long got, long want)
{
	if (got >= want - 2 && got <= want + 6)
		return 1;
	printf("got %ld, expected about %ld\n", got, want);
	return 0;
}

CASE(score_follows_memory_and_offer)
{
	char *p;

	CHECK(is_near(number_in("/proc/self/oom_score"), formula(0, 100)));
	p = mmap(NULL, 64 * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(p != MAP_FAILED);
	for (size_t at = 0; at < 64 * MIB; at += 4096)
		p[at] = 1;
	CHECK(is_near(number_in("/proc/self/oom_score"), formula(0, 64 * 256 + 130)));
	CHECK_EQ(put_text(ADJ, "500"), 0);
	CHECK(is_near(number_in("/proc/self/oom_score"), formula(500, 64 * 256 + 130)));
	CHECK_EQ(put_text(ADJ, "-900"), 0);
	CHECK(is_near(number_in("/proc/self/oom_score"), formula(-900, 64 * 256 + 130)));
	CHECK_EQ(put_text(ADJ, "-1000"), 0);
	CHECK_EQ(number_in("/proc/self/oom_score"), 0);
}

CASE(init_and_who_is_gone_have_no_score)
{
	pid_t child = fork();

	if (!child)
		_exit(0);
	CHECK_EQ(waitid(P_PID, child, &(siginfo_t){ 0 }, WEXITED | WNOWAIT), 0);
	CHECK_EQ(of_pid(child, "oom_score"), 0);
	CHECK_EQ(of_pid(1, "oom_score"), 0);
	CHECK_EQ(waitpid(child, NULL, 0), child);
}

TEST_MAIN()
