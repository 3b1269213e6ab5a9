/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * inject_run_test.c - whole runs of static programs, each with one of its allocations made to fail.
 *
 * WHAT       A child sets its fail-nth to N and starts a program with execve; the count goes on through it to the program's end. N goes up until a
 *            run ends before its Nth allocation: then every page and slab allocation of the run has failed once. inject=full on the
 *            kernel's command line takes every N of a longer run, else one in SAMPLE_STEP; inject_from=N begins there,
 *            inject_program=NAME takes no other one, inject_verbose says where in the kernel each failure was.
 * PROVES     A run ends by itself. It says nothing but documented errors: no memory and its kin; execve may fail with them, or past its point of
 *            no return with SIGSEGV; later no allocation kills (a fault that finds no page is made again). A run that claims success
 *            has written what it always writes. After each program's runs no object type and no kind of memory has grown.
 * ON LINUX   A kernel without fault injection (Debian's) passes with nothing tried: the meaning follows the documentation.
 */
#define CASE_SECONDS 1200
#include "check.h"
#include "counts.h"
#include "inject.h"
#include <ftw.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>

#define PLACE	    "/tmp/run"
#define COMMANDS    "/tmp/run-bin"
#define NTH_MAX	    4000
#define SAMPLE_STEP 7
#define ENDS	    3  /* a sweep ends when so many runs in a row were over before their Nth allocation */
#define FULL_FILES  300 /* more to do: more allocations, up to about 2000 a program */
#define SAMPLE_FILES 6
#define SHARE_LARGE  8 /* a program with this share or more does so much for each file that two are a sample */
#define FILES	    "@"     /* in place of this argument all files of the input */
#define MANY	    "count" /* in place of this argument more blocks for more files */
#define JITTER	    64 /* one run's allocations are not exactly another's: caches are fuller */
#define RUN_SECONDS 60
#define TEXT_MAX    131072

/* What the child could not say by its status. */
struct note {
	int exec_errno; /* execve came back with it */
};
static struct note *note;

struct run {
	int status;
	long left; /* of the count; 0: it was injected */
	size_t out_len, err_len;
	char out[TEXT_MAX], err[4096];
};
static struct run reference, now;
static int nr_files;
/* Where the program writes: all pages are there before, so that a write that needs memory is not among the failures. Many programs do not
 * look whether their last one worked. */
static int out_fd, err_fd;

struct program {
	const char *name;
	const char *const argv[10];
	int skips; /* what it cannot read it leaves out, and says nothing */
	int share; /* it does much for each file: of FULL_FILES only one in so many */
};

/* --- the command line -------------------------------------------------------------------------------------- */

static char command_line[4096];

static void read_command_line(void)
{
	int fd = open("/proc/cmdline", O_RDONLY);

	if (read(fd, command_line, sizeof(command_line) - 1) < 0)
		command_line[0] = 0;
	close(fd);
}

static long word(const char *name, long otherwise)
{
	const char *at = strstr(command_line, name);

	return at ? atol(at + strlen(name)) : otherwise;
}

static int is_full(void)
{
	return strstr(command_line, "inject=full") != NULL;
}

/* inject_program=NAME: no other one. */
static int is_wanted(const char *name)
{
	const char *at = strstr(command_line, "inject_program=");
	size_t len = strlen(name);

	return !at || (!strncmp(at + 15, name, len) && strchr(" \n", at[15 + len]));
}

/* --- one run ----------------------------------------------------------------------------------------------- */

static void make_place(void)
{
	mkdir(PLACE, 0755);
	mkdir(PLACE "/in", 0755);
	mkdir(PLACE "/to", 0755);
	for (int i = 0; i < nr_files; i++) {
		char name[64], text[400];
		int fd;

		snprintf(name, sizeof(name), PLACE "/in/file%d", i);
		for (size_t at = 0; at < sizeof(text); at++)
			text[at] = at % 40 == 39 ? '\n' : (char)('a' + (at * 7 + (size_t)i + at / 40) % 26);
		fd = open(name, O_CREAT | O_TRUNC | O_WRONLY, 0644);
		CHECK_EQ(write(fd, text, sizeof(text)), sizeof(text));
		close(fd);
	}
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	return remove(path);
}

static void clear_place(void)
{
	if (!access(PLACE, F_OK))
		CHECK_EQ(nftw(PLACE, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}

/* Names of busybox for the scripts. */
static void make_commands(void)
{
	static const char *const names[] = { "cat", "wc", "seq", "sort", "head", "sleep", "ln", "readlink", "chmod", "touch",
					     "mkdir", "rmdir", "rm", "echo" };
	char path[64];

	mkdir(COMMANDS, 0755);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), COMMANDS "/%s", names[i]);
		symlink("/bin/busybox", path);
	}
}

/* The program's arguments with the names of the files in their place. */
static char *const *make_arguments(const struct program *program)
{
	static char names[FULL_FILES][16], blocks[16];
	static char *argv[FULL_FILES + 10];
	int n = 0;

	for (const char *const *from = program->argv; *from; from++) {
		for (int i = 0; !strcmp(*from, FILES) && i < nr_files; i++) {
			snprintf(names[i], sizeof(names[i]), "in/file%d", i);
			argv[n++] = names[i];
		}
		snprintf(blocks, sizeof(blocks), "count=%d", nr_files * 6);
		if (strcmp(*from, FILES))
			argv[n++] = !strcmp(*from, MANY) ? blocks : (char *)*from;
	}
	return argv;
}

static void run_child(const struct program *program, int nth)
{
	char *const *arguments = make_arguments(program);
	int fd;

	if (chdir(PLACE) || dup2(open("/dev/null", O_RDONLY), 0) != 0 || dup2(out_fd, 1) != 1 || dup2(err_fd, 2) != 2)
		_exit(125);
	fd = inject_open_nth();
	if (inject_set_nth(fd, nth))
		_exit(125);
	execve("/bin/busybox", arguments, (char *const[]){ "PATH=" COMMANDS, NULL });
	note->exec_errno = errno;
	_exit(126);
}

static int make_output(const char *name)
{
	static const char zeros[TEXT_MAX];
	int fd = memfd_create(name, MFD_CLOEXEC);

	CHECK_EQ(write(fd, zeros, sizeof(zeros)), sizeof(zeros));
	return fd;
}

/* What was written since the last time: the position is the child's as well. */
static size_t take_output(int fd, char *text, size_t size)
{
	off_t len = lseek(fd, 0, SEEK_CUR);

	CHECK(len >= 0 && len <= TEXT_MAX);
	len = len < (off_t)size ? len : (off_t)size - 1;
	CHECK_EQ(pread(fd, text, (size_t)len, 0), len);
	text[len] = 0;
	return (size_t)len;
}

static void run_once(const struct program *program, int nth, struct run *run)
{
	pid_t pid;

	memset(note, 0, sizeof(*note));
	lseek(out_fd, 0, SEEK_SET);
	lseek(err_fd, 0, SEEK_SET);
	pid = fork();
	CHECK(pid >= 0);
	if (!pid)
		run_child(program, nth);
	if (!inject_run_ended(pid, RUN_SECONDS)) {
		kill(pid, SIGKILL);
		check_failed(__FILE__, __LINE__, "%s does not end", program->name);
	}
	run->left = inject_left_of(pid);
	CHECK_EQ(waitpid(pid, &run->status, 0), pid);
	while (waitpid(-1, NULL, 0) > 0) /* children that outlived it became ours; alarm() ends this wait */
		;
	run->out_len = take_output(out_fd, run->out, sizeof(run->out));
	run->err_len = take_output(err_fd, run->err, sizeof(run->err));
	clear_place();
	make_place();
}

/* --- what a run may say ------------------------------------------------------------------------------------ */

static int is_documented(int number)
{
	return number == ENOMEM || number == EAGAIN || number == ENFILE || number == ENOLCK || number == ENOBUFS;
}

/* Every error that the text names is a documented one. */
static int says_only_documented(const char *text)
{
	if (strstr(text, "can't create pipe")) /* busybox has closed -1 before it asks why */
		return 1;
	for (int number = 1; number < 134; number++)
		if (!is_documented(number) && strstr(text, strerror(number)) && !strstr(strerror(ENOMEM), strerror(number)))
			return 0;
	return 1;
}

static void judge(const struct program *program, int nth, int *first_begun)
{
	int signal = WIFSIGNALED(now.status) ? WTERMSIG(now.status) : 0, code = WEXITSTATUS(now.status);

	if (note->exec_errno) {
		if (!is_documented(note->exec_errno))
			check_failed(__FILE__, __LINE__, "%s, allocation %d: execve says %s", program->name, nth, strerror(note->exec_errno));
		return;
	}
	if (signal) {
		if (signal != SIGSEGV || (*first_begun && nth > *first_begun + JITTER))
			check_failed(__FILE__, __LINE__, "%s, allocation %d: killed by %s; %s%s", program->name, nth, strsignal(signal), now.err, now.out);
		return;
	}
	if (!*first_begun)
		*first_begun = nth;
	if (!says_only_documented(now.err))
		check_failed(__FILE__, __LINE__, "%s, allocation %d: status %d, %s", program->name, nth, code, now.err);
	if (code || now.err_len || program->skips)
		return;
	if (now.out_len != reference.out_len || memcmp(now.out, reference.out, now.out_len))
		check_failed(__FILE__, __LINE__, "%s, allocation %d: success with %zu bytes of output, not %zu: %s", program->name, nth,
			     now.out_len, reference.out_len, now.out);
}

/* --- the sweep --------------------------------------------------------------------------------------------- */

static int sweep(const struct program *program, int step, int nth)
{
	int injected = 0, begun = 0;

	for (int ends = 0; ends < ENDS && nth < NTH_MAX; nth += step) {
		run_once(program, nth, &now);
		if (now.left) {
			ends++;
			continue;
		}
		ends = 0;
		injected++;
		judge(program, nth, &begun);
	}
	CHECK(nth < NTH_MAX);
	return injected;
}

/* Of all cases, which run in processes of their own. */
static long *injected_in_all;

__attribute__((constructor)) static void make_the_sum(void)
{
	injected_in_all = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (injected_in_all == MAP_FAILED)
		abort();
}

static int how_many_files(const struct program *program)
{
	if (is_full())
		return FULL_FILES / program->share;
	return program->share >= SHARE_LARGE ? 2 : SAMPLE_FILES;
}

static void try_program(const struct program *program)
{
	struct counts before;
	int step, injected;

	read_command_line();
	if (!is_wanted(program->name) || inject_allow_all())
		return;
	step = is_full() ? 1 : SAMPLE_STEP;
	inject_write(INJECT_DIR "fail_page_alloc/verbose", strstr(command_line, "inject_verbose") ? "2" : "0");
	inject_write(INJECT_DIR "failslab/verbose", strstr(command_line, "inject_verbose") ? "2" : "0");
	nr_files = how_many_files(program);
	note = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(note != MAP_FAILED);
	memset(note, 0, sizeof(*note));
	CHECK_EQ(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	out_fd = make_output("out");
	err_fd = make_output("err");
	clear_place();
	make_commands();
	make_place();
	for (int i = 0; i < 3; i++)
		run_once(program, NTH_MAX * 10, &reference);
	if (reference.status || reference.err_len)
		check_failed(__FILE__, __LINE__, "%s: status %#x, %s", program->name, reference.status, reference.err);
	counts_take(&before);
	injected = sweep(program, step, 1 + (int)word("inject_from=", 0));
	counts_check_back(&before);
	clear_place();
	dprintf(1, "  %s: %ld allocations, %d injected\n", program->name, NTH_MAX * 10 - reference.left, injected);
	*injected_in_all += injected;
}

#define PROGRAM_AS(name_, skips, share, ...)                                                                           \
	CASE(every_allocation_of_##name_)                                                                              \
	{                                                                                                              \
		static const struct program program = { #name_, { __VA_ARGS__, NULL }, skips, share };                \
		try_program(&program);                                                                                 \
	}
#define PROGRAM(name_, ...) PROGRAM_AS(name_, 0, 1, __VA_ARGS__)
#define PROGRAM_LARGE(name_, ...) PROGRAM_AS(name_, 0, 2, __VA_ARGS__)
#define PROGRAM_SKIPS(name_, ...) PROGRAM_AS(name_, 1, 1, __VA_ARGS__)
/*
 * A shell that finds no memory for a file in a word leaves the word as it is: that is no success of the kernel's. The files are its arguments: a
 * pattern for which no directory could be opened would stay what it is as well, and mean something else to the next command.
 */
#define SCRIPT(name_, text) PROGRAM_AS(name_, 1, 37, "sh", "-c", text, "sh", FILES)

PROGRAM(cat, "cat", FILES)
PROGRAM(ls, "ls", "-R", "-s", FILES, "/bin")
PROGRAM_LARGE(cp, "cp", "-r", "in", "copy")
PROGRAM(mv, "mv", FILES, "to")
PROGRAM(rm, "rm", "-r", "in")
PROGRAM(tar, "tar", "cf", "archive", "in")
PROGRAM_LARGE(gzip, "gzip", FILES)
PROGRAM(sort, "sort", FILES)
PROGRAM(awk, "awk", "{ n[substr($0, 1, 2)]++ } END { for (k in n) s += n[k]; print s }", FILES)
PROGRAM_LARGE(sed, "sed", "-i", "s/a/bb/g", FILES)
PROGRAM_SKIPS(find, "find", "/tmp/run", "/proc/sys", "-type", "f", "-name", "*le*")
PROGRAM(md5sum, "md5sum", FILES)
PROGRAM(dd, "dd", "if=/dev/zero", "of=big", "bs=4k", MANY, "status=none")
PROGRAM(touch, "touch", FILES, "-d", "2020-01-01")
PROGRAM(chmod, "chmod", "600", FILES)
PROGRAM(cmp, "cmp", "in/file1", "in/file1")
PROGRAM(xargs, "xargs", "-a", "in/file0", "-n", "1", "echo")
SCRIPT(loop, "for f; do n=$((n + 1)); read a < $f; echo $a; done; cat in/file0 | wc -l; echo $n")
SCRIPT(redirect, "for i; do exec 3>>out; echo text >&3; exec 3>&-; (echo sub; exit 0); done; true && cd in && pwd")
SCRIPT(pipeline, "for i; do seq 20 | sort -r | head -n 3; done; sleep 0 & wait; trap 'echo end' EXIT; kill -0 $$")
PROGRAM_SKIPS(ps, "ps", "-o", "comm")
PROGRAM(stat, "stat", "-c", "%s", FILES, "/", "/proc", "/tmp")
SCRIPT(links, "for i; do ln -s $i a; ln $i b; readlink a; chmod 600 b; mkdir -p x/y/z; rmdir x/y/z; rm a b; done; true")

CASE(a_full_run_is_more_than_20000_injections)
{
	read_command_line();
	dprintf(1, "  in all: %ld injected\n", *injected_in_all);
	if (is_full() && !strstr(command_line, "inject_program=") && !strstr(command_line, "inject_from=") && !inject_allow_all())
		CHECK(*injected_in_all > 20000);
}

TEST_MAIN()
