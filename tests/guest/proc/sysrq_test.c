/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sysrq_test.c - /proc/sysrq-trigger: what letters do that leave the machine running.
 *
 * WHAT      The log is read from /dev/kmsg, from where it is when the letter is written. tests/suites/oom.py has what `f` says.
 */
#include <sys/stat.h>
#include <sys/syscall.h>
#include "kmsg.h"
#include "text.h"

#define TRIGGER "/proc/sysrq-trigger"

CASE(only_root_may_write_and_nobody_reads)
{
	struct stat st;

	CHECK_EQ(stat(TRIGGER, &st), 0);
	CHECK_EQ(st.st_mode, S_IFREG | 0200);
	IN_CHILD(CHECK_EQ(setuid(1000), 0); CHECK_EQ(put_text(TRIGGER, "h"), EACCES));
}

CASE(unknown_letter_prints_the_list)
{
	char text[2048];
	int log = open_log();

	CHECK_EQ(put_text(TRIGGER, "?"), 0);
	CHECK(log_has(log, "sysrq: HELP : ", text, sizeof(text)));
	CHECK(strstr(text, "loglevel(0-9) reboot(b) crash(c) "));
	CHECK(strstr(text, " memory-full-oom-kill(f) "));
	CHECK(strstr(text, " show-memory-usage(m) "));
	CHECK(strstr(text, " sync(s) "));
	close(log);
}

/* After the letter the log has the words, in this order. */
static void check_log_after(const char *letter, const char *const *words, int nr)
{
	char text[2048];
	int log = open_log();

	CHECK_EQ(put_text(TRIGGER, letter), 0);
	for (int i = 0; i < nr; i++)
		CHECK(log_has(log, words[i], text, sizeof(text)));
	close(log);
}

CASE(m_shows_memory)
{
	static const char *const words[] = { "sysrq: Show Memory", "Mem-Info:", "pages RAM" };

	check_log_after("m\n", words, 3);
}

CASE(s_syncs)
{
	static const char *const words[] = { "sysrq: Emergency Sync", "Emergency Sync complete" };

	check_log_after("s", words, 2);
}

CASE(digit_sets_the_consoles_level)
{
	char text[64];
	int level;

	keep_setting("/proc/sys/kernel/printk");
	CHECK_EQ(put_text(TRIGGER, "3"), 0);
	CHECK_EQ(sscanf(get_text("/proc/sys/kernel/printk", text, sizeof(text)), "%d", &level), 1);
	CHECK_EQ(level, 3);
}

static long number_in(const char *path, const char *name)
{
	static char text[65536];
	char *at = strstr(get_text(path, text, sizeof(text)), name);

	CHECK(at);
	return atol(at + strlen(name));
}

CASE(f_kills_who_offers_itself)
{
	long kills = number_in("/proc/vmstat", "\noom_kill ");
	pid_t child = fork();
	int status;

	if (!child)
		for (;;)
			pause();
	char path[64];
	snprintf(path, sizeof(path), "/proc/%d/oom_score_adj", child);
	CHECK_EQ(put_text(path, "1000"), 0);
	CHECK_EQ(put_text(TRIGGER, "f"), 0);
	CHECK_EQ(waitpid(child, &status, 0), child);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	CHECK_EQ(number_in("/proc/vmstat", "\noom_kill "), kills + 1);
}

TEST_MAIN()
