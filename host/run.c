/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * run.c - `perennial run`: from options to an exit status.
 *
 * WHAT        Get the kernel ready, choose how to share, build the initramfs, start the machine,
 *             relay, and say what went wrong if something did. With --share auto a kind that
 *             turns out to be of no use (nothing can be executed through it) is followed by the
 *             other one, in a new machine.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "bytes.h"
#include "clock.h"
#include "console.h"
#include "guest_config.h"
#include "initramfs.h"
#include "kernel_image.h"
#include "kernel_log.h"
#include "machine.h"
#include "modules.h"
#include "report.h"
#include "run.h"
#include "share.h"
#include "terminal.h"

#define LOG_LINES_SHOWN 10

/*
 * Linux on an emulated machine now and then hangs while it brings up its other CPUs, when the host
 * is overloaded: seen once in about fifty starts with twenty runnable processes on two CPUs. A
 * kernel with modules of its own is such a guest, and gets a few tries. Ours gets one.
 */
#define FOREIGN_BOOT_SECONDS 40
#define FOREIGN_BOOT_TRIES   3

struct job {
	struct options *options;
	struct kernel_image kernel;
	struct module_set modules;
	struct terminal terminal;
	int64_t deadline_ns;
};

/* ---- what the kernel needs ---- */

static bool kernel_offers(const struct job *job, enum share_kind kind)
{
	if (!job->kernel.modules || kind == SHARE_NONE)
		return true;
	return module_set_offers(&job->modules, kind == SHARE_9P ? "9p" : "virtiofs");
}

static void choose_modules(struct job *job, enum share_kind kind)
{
	struct module_set *set = &job->modules;

	if (!job->kernel.modules)
		return;
	module_set_fini(set);
	module_set_init(set, job->kernel.modules);
	module_set_add(set, job->options->machine == MACHINE_Q35 ? "virtio_pci" : "virtio_mmio");
	module_set_add(set, "virtio_console");
	module_set_add(set, "virtio-rng");
	if (kind == SHARE_NONE)
		return;
	if (kind == SHARE_9P) {
		module_set_add(set, "9pnet_virtio");
		module_set_add(set, "9p");
	} else {
		module_set_add(set, "virtiofs");
	}
	module_set_add(set, "overlay");
}

/* ---- one machine ---- */

static int build_initramfs(struct job *job, const struct share_set *shares)
{
	const struct module_set *modules = job->kernel.modules ? &job->modules : NULL;
	struct bytes config = { 0 }, archive = { 0 };
	int fd;

	guest_config_build(&config, job->options, shares, modules, &job->terminal);
	initramfs_build(&archive, job->options, &config, modules);
	fd = bytes_to_memfd(&archive, "initramfs");
	bytes_fini(&archive);
	bytes_fini(&config);
	return fd;
}

static void run_machine(struct job *job, enum share_kind kind, struct kernel_log *log,
			const struct limits *limits, struct result *result)
{
	struct share_set shares;
	struct machine machine;

	choose_modules(job, kind);
	share_set_start(&shares, kind, job->options);
	detail("shared: %d directories", shares.nr_exports);
	machine_start(&machine, job->options, &job->kernel, &shares, build_initramfs(job, &shares));
	console_run(result, &machine, &job->terminal, log, limits);
	result->qemu_status = machine_stop(&machine);
	share_set_stop(&shares);
	detail("the machine is off");
}

/* ---- what became of it ---- */

/* QEMU's last line, which says most, or NULL; with --verbose all of them are shown. The caller
 * frees it. */
static char *last_word_of_qemu(const struct result *result)
{
	char *text, *line, *rest, *last = NULL;

	if (!result->qemu.len)
		return NULL;
	text = strndup((const char *)result->qemu.at, result->qemu.len);
	for (rest = text; (line = strsep(&rest, "\n"));) {
		if (!*line)
			continue;
		if (detail_is_enabled())
			report("qemu: %s", line);
		last = line;
	}
	last = last ? strdup(last) : NULL;
	free(text);
	return last;
}

/* A guest that powers off or resets (that is also what a triple fault does) ends QEMU with 0. */
static char *end_of_qemu(int status)
{
	if (status >= 0 && WIFSIGNALED(status))
		return must_format("QEMU was killed by signal %d, %s", WTERMSIG(status),
				   strsignal(WTERMSIG(status)));
	if (status > 0)
		return must_format("QEMU ended with status %d", WEXITSTATUS(status));
	return must_format("%s", status ? "it hung" : "it reset or powered itself off");
}

static int explain_stop(struct kernel_log *log, const struct result *result)
{
	int status = kernel_log_exit_status(log);
	char *how, *word;

	if (kernel_log_print_panic(log)) {
		report("the guest's kernel panicked");
		return EXIT_LAUNCHER;
	}
	if (status >= 0) { /* a kernel without virtio-serial: all there is, is its console */
		kernel_log_print_tail(log, -1);
		return status;
	}
	word = last_word_of_qemu(result);
	kernel_log_print_tail(log, LOG_LINES_SHOWN);
	how = end_of_qemu(result->qemu_status);
	report("the machine stopped before %s: %s%s%s", result->next_step, how,
	       word ? ", after saying: " : "", word ? word : "");
	free(how);
	free(word);
	return EXIT_LAUNCHER;
}

static int explain_exit(const struct job *job, const struct result *result)
{
	if (!result->exec_errno)
		return result->status;
	report("cannot execute %s: %s", job->options->command[0], strerror(result->exec_errno));
	return result->exec_errno == 2 ? EXIT_NOT_FOUND : EXIT_CANNOT_EXECUTE;
}

static int explain(const struct job *job, struct kernel_log *log, const struct result *result)
{
	if (detail_is_enabled())
		free(last_word_of_qemu(result));
	switch (result->outcome) {
	case OUTCOME_EXITED:
		return explain_exit(job, result);
	case OUTCOME_TIME_LIMIT:
		report("the time limit is reached%s%s", result->is_started ? "" : " before ",
		       result->is_started ? "" : result->next_step);
		return EXIT_TIME_LIMIT;
	case OUTCOME_SIGNALLED:
		return result->status;
	case OUTCOME_NO_SHARE:
	case OUTCOME_FAILED:
		report("guest: %s", result->text);
		return EXIT_LAUNCHER;
	default:
		return explain_stop(log, result);
	}
}

/* ---- kinds of share ---- */

static const enum share_kind by_preference[] = { SHARE_9P, SHARE_VIRTIOFS };

/* The kinds to try, best first; returns how many. */
static int choose_kinds(const struct job *job, enum share_kind *kinds)
{
	int n = 0;

	if (job->options->share != SHARE_AUTO) {
		kinds[0] = job->options->share;
		if (!kernel_offers(job, kinds[0]))
			die("--share %s: this kernel has no module for it",
			    kinds[0] == SHARE_9P ? "9p" : "virtiofs");
		if (share_kind_obstacle(kinds[0]))
			die("--share virtiofs: %s", share_kind_obstacle(kinds[0]));
		return 1;
	}
	for (int i = 0; i < 2; i++)
		if (kernel_offers(job, by_preference[i]) && !share_kind_obstacle(by_preference[i]))
			kinds[n++] = by_preference[i];
	if (!n)
		die("this kernel can use none of the kinds of share that can be served here");
	return n;
}

static int64_t after_ms(uint64_t ms)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000l + t.tv_nsec + (int64_t)ms * 1000000;
}

/* One kind of share, in as many machines as it takes. */
static void run_kind(struct job *job, enum share_kind kind, struct kernel_log *log,
		     struct result *result)
{
	int nr_tries = job->kernel.modules ? FOREIGN_BOOT_TRIES : 1;

	for (int i = 1; i <= nr_tries; i++) {
		struct limits limits = { .run_ns = job->deadline_ns };

		if (i < nr_tries)
			limits.boot_ns = after_ms(FOREIGN_BOOT_SECONDS * 1000);
		kernel_log_init(log, job->options->log);
		run_machine(job, kind, log, &limits, result);
		if (result->outcome != OUTCOME_NOT_BOOTED)
			return;
		detail("the guest did not boot in %d s; starting it again", FOREIGN_BOOT_SECONDS);
		kernel_log_fini(log);
		bytes_fini(&result->qemu);
	}
}

int run(struct options *options)
{
	struct job job = { .options = options };
	enum share_kind kinds[2];
	int nr_kinds, status = EXIT_LAUNCHER;

	clock_start();
	if (options->timeout_ms)
		job.deadline_ns = after_ms(options->timeout_ms);
	signal(SIGPIPE, SIG_IGN);
	terminal_init(&job.terminal);
	kernel_image_init(&job.kernel, options->kernel ? options->kernel : kernel_image_default());
	if (job.kernel.modules)
		module_set_init(&job.modules, job.kernel.modules);
	nr_kinds = choose_kinds(&job, kinds);
	for (int i = 0; i < nr_kinds; i++) {
		struct kernel_log log;
		struct result result;
		bool is_last = i == nr_kinds - 1;

		run_kind(&job, kinds[i], &log, &result);
		if (result.outcome != OUTCOME_NO_SHARE || is_last) {
			status = explain(&job, &log, &result);
			i = nr_kinds;
		} else {
			detail("guest: %s; trying the other kind of share", result.text);
		}
		kernel_log_fini(&log);
		bytes_fini(&result.qemu);
	}
	return status;
}
