/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * options.c - what the person asked for with `perennial run`.
 *
 * WHAT        Every value is checked here, before anything is started, and what is wrong with it
 *             is said in one line that names the option. Paths of directories are made absolute.
 */
#include <errno.h>
#include <getopt.h>
#include <grp.h>
#include <limits.h>
#include <math.h>
#include <pwd.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "options.h"
#include "report.h"

#define CPUS_MAX         64
#define CPUS_DEFAULT_MAX 4
#define MEMORY_MIN_MIB   8
#define MEMORY_MAX_MIB   (1ul << 20)
#define MEMORY_DEFAULT   1024
#define SHARES_MAX       16
#define TIMEOUT_MAX_S    (100.0 * 365 * 86400)

static const char help[] =
    "Usage: perennial run [OPTION]... -- COMMAND [ARG]...\n"
    "       perennial unpack KERNEL ELF\n"
    "       perennial version\n"
    "\n"
    "Run COMMAND in a virtual machine of its own, on this machine's files (read-only\n"
    "underneath: what is written stays in the machine's memory), in this directory,\n"
    "with this environment, as this user.\n"
    "\n"
    "The machine\n"
    "  --cpus N            number of CPUs, 1 to 64 (default: this machine's, at most 4)\n"
    "  --memory SIZE       memory, as 512M or 2G (default 1G; without unit: MiB)\n"
    "  --machine KIND      microvm (default) or q35\n"
    "  --accel KIND        auto (default), kvm or tcg\n"
    "  --kernel FILE       another kernel: an ELF image or a bzImage\n"
    "  --append WORDS      more words for the kernel's command line\n"
    "  --qemu-arg ARG      one more argument for QEMU (repeatable)\n"
    "Files\n"
    "  --root DIR          share DIR as the root instead of /\n"
    "  --layer DIR         one more read-only layer above the root (repeatable)\n"
    "  --rw DIR            share DIR so that writes reach it (repeatable)\n"
    "  --share KIND        9p, virtiofs, auto (default), or none: BusyBox alone\n"
    "  --initrd FILE       no share: run in what this cpio archive holds\n"
    "The command\n"
    "  --env NAME=VALUE    set a variable (repeatable)\n"
    "  --cwd DIR           start in DIR\n"
    "  --user USER         root, another name, or UID[:GID]; the host's files are still\n"
    "                      read with the caller's rights\n"
    "  --timeout TIME      end the machine after TIME (10, 1.5m, 2h) with status 124\n"
    "This command\n"
    "  --log FILE          write the kernel's log to FILE\n"
    "  --verbose           say what is done\n"
    "  --help              print this\n"
    "\n"
    "Exit status: the command's; 128+N if signal N ended it; 124 time limit; 125 the\n"
    "launcher failed or the kernel panicked; 126 COMMAND cannot be executed; 127 it is\n"
    "not found. The manual page perennial(1) has the details.\n";

enum option_code {
	OPTION_CPUS = 256,
	OPTION_MEMORY,
	OPTION_MACHINE,
	OPTION_ACCEL,
	OPTION_KERNEL,
	OPTION_APPEND,
	OPTION_QEMU_ARG,
	OPTION_ROOT,
	OPTION_LAYER,
	OPTION_RW,
	OPTION_SHARE,
	OPTION_INITRD,
	OPTION_ENV,
	OPTION_CWD,
	OPTION_USER,
	OPTION_TIMEOUT,
	OPTION_LOG,
	OPTION_VERBOSE,
	OPTION_HELP,
};

static const struct option long_options[] = {
	{ "cpus", required_argument, NULL, OPTION_CPUS },
	{ "memory", required_argument, NULL, OPTION_MEMORY },
	{ "machine", required_argument, NULL, OPTION_MACHINE },
	{ "accel", required_argument, NULL, OPTION_ACCEL },
	{ "kernel", required_argument, NULL, OPTION_KERNEL },
	{ "append", required_argument, NULL, OPTION_APPEND },
	{ "qemu-arg", required_argument, NULL, OPTION_QEMU_ARG },
	{ "root", required_argument, NULL, OPTION_ROOT },
	{ "layer", required_argument, NULL, OPTION_LAYER },
	{ "rw", required_argument, NULL, OPTION_RW },
	{ "share", required_argument, NULL, OPTION_SHARE },
	{ "initrd", required_argument, NULL, OPTION_INITRD },
	{ "env", required_argument, NULL, OPTION_ENV },
	{ "cwd", required_argument, NULL, OPTION_CWD },
	{ "user", required_argument, NULL, OPTION_USER },
	{ "timeout", required_argument, NULL, OPTION_TIMEOUT },
	{ "log", required_argument, NULL, OPTION_LOG },
	{ "verbose", no_argument, NULL, OPTION_VERBOSE },
	{ "help", no_argument, NULL, OPTION_HELP },
	{ 0 },
};

/* In the order of their enums. */
static const char *const machines[] = { "microvm", "q35", NULL };
static const char *const accels[] = { "auto", "kvm", "tcg", NULL };
static const char *const shares[] = { "auto", "9p", "virtiofs", "none", NULL };

static const char units[] = "smhd";
static const double seconds[] = { 1, 60, 3600, 86400 };

void string_list_add(struct string_list *list, char *item)
{
	list->items =
	    must_realloc(list->items, sizeof(*list->items) * (size_t)(list->nr_items + 1));
	list->items[list->nr_items++] = item;
}

/* ---- values ---- */

/* One of @names, by its place; dies with the list. */
static int parse_choice(const char *option, const char *value, const char *const *names)
{
	char *list = must_format("%s", names[0]);

	for (int i = 0; names[i]; i++)
		if (!strcmp(value, names[i]))
			return i;
	for (int i = 1; names[i]; i++)
		list = must_format("%s%s%s", list, names[i + 1] ? ", " : " or ", names[i]);
	die("%s %s: must be %s", option, value, list);
}

static int parse_cpus(const char *value)
{
	char *end;
	long n = strtol(value, &end, 10);

	if (end == value || *end || n < 1 || n > CPUS_MAX)
		die("--cpus %s: must be a number from 1 to %d", value, CPUS_MAX);
	return (int)n;
}

static unsigned long parse_memory(const char *value)
{
	char *end;
	unsigned long n = strtoul(value, &end, 10), shift;

	switch (*end) {
	case 0:
	case 'M':
	case 'm':
		shift = 0;
		break;
	case 'G':
	case 'g':
		shift = 10;
		break;
	default:
		shift = ULONG_MAX;
	}
	if (end == value || *value == '-' || shift == ULONG_MAX || (*end && end[1]) ||
	    n > MEMORY_MAX_MIB)
		die("--memory %s: must be a size such as 512M or 2G", value);
	n <<= shift;
	if (n < MEMORY_MIN_MIB || n > MEMORY_MAX_MIB)
		die("--memory %s: must be from %dM to %luG", value, MEMORY_MIN_MIB,
		    MEMORY_MAX_MIB >> 10);
	return n;
}

static uint64_t parse_timeout(const char *value)
{
	char *end;
	double n = strtod(value, &end);
	const char *unit = *end ? strchr(units, *end) : units;

	if (end == value || !unit || (*end && end[1]) || !isfinite(n) || n <= 0)
		die("--timeout %s: must be a time such as 10, 0.5 or 2m", value);
	n *= seconds[unit - units];
	if (n > TIMEOUT_MAX_S)
		die("--timeout %s: is more than a hundred years", value);
	return n < 0.001 ? 1 : (uint64_t)(n * 1000);
}

static char *parse_directory(const char *option, const char *value)
{
	char *path = realpath(value, NULL);
	struct stat st;

	if (!path || stat(path, &st))
		die("%s %s: %s", option, value, strerror(errno));
	if (!S_ISDIR(st.st_mode))
		die("%s %s: is not a directory", option, value);
	return path;
}

static void add_share(struct string_list *list, const char *option, const char *value)
{
	if (list->nr_items == SHARES_MAX)
		die("%s %s: more than %d of them", option, value, SHARES_MAX);
	string_list_add(list, parse_directory(option, value));
}

static void add_env(struct options *o, char *value)
{
	const char *equals = strchr(value, '=');

	if (!equals || equals == value)
		die("--env %s: must be NAME=VALUE", value);
	string_list_add(&o->env, value);
}

/* ---- the user ---- */

static void user_from_password(struct options *o, const struct passwd *pw)
{
	int n = NGROUPS_MAX;

	o->uid = pw->pw_uid;
	o->gid = pw->pw_gid;
	o->groups = must_realloc(o->groups, sizeof(*o->groups) * (size_t)n);
	if (getgrouplist(pw->pw_name, pw->pw_gid, o->groups, &n) < 0)
		die("--user %s: is in too many groups", pw->pw_name);
	o->nr_groups = n;
}

/* The number that @text begins with, and in @end what follows it; -1 where there is none. The last
 * number of 32 bits stands for "no change" in system calls and is nobody's. */
static int64_t parse_id(const char *text, char **end)
{
	unsigned long id = strtoul(text, end, 10);

	return *text >= '0' && *text <= '9' && id < UINT32_MAX ? (int64_t)id : -1;
}

static void parse_user(struct options *o, const char *value)
{
	const struct passwd *pw = getpwnam(value);
	int64_t uid, gid;
	char *end;

	if (pw) {
		user_from_password(o, pw);
		return;
	}
	uid = gid = parse_id(value, &end);
	if (uid >= 0 && *end == ':')
		gid = parse_id(end + 1, &end);
	if (uid < 0 || gid < 0 || *end)
		die("--user %s: there is no such user", value);
	pw = strchr(value, ':') ? NULL : getpwuid((uid_t)uid);
	if (pw) {
		user_from_password(o, pw);
		return;
	}
	o->uid = (uid_t)uid;
	o->gid = (gid_t)gid;
	o->nr_groups = 0;
}

static void user_from_caller(struct options *o)
{
	int n = getgroups(0, NULL);

	o->uid = geteuid();
	o->gid = getegid();
	if (n < 0)
		die("cannot read the caller's groups: %s", strerror(errno));
	o->groups = must_alloc(sizeof(*o->groups) * (size_t)(n + 1));
	o->nr_groups = getgroups(n, o->groups);
}

static int default_cpus(void)
{
	cpu_set_t set;
	int n = 1;

	if (sched_getaffinity(0, sizeof(set), &set) == 0)
		n = CPU_COUNT(&set);
	return n < CPUS_DEFAULT_MAX ? n : CPUS_DEFAULT_MAX;
}

/* ---- all ---- */

static void set_machine_option(struct options *o, int code, char *value)
{
	switch (code) {
	case OPTION_CPUS:
		o->nr_cpus = parse_cpus(value);
		return;
	case OPTION_MEMORY:
		o->memory_mib = parse_memory(value);
		return;
	case OPTION_MACHINE:
		o->machine = (enum machine_kind)parse_choice("--machine", value, machines);
		return;
	case OPTION_ACCEL:
		o->accel = (enum accel_kind)parse_choice("--accel", value, accels);
		return;
	case OPTION_KERNEL:
		o->kernel = value;
		return;
	case OPTION_APPEND:
		o->append = value;
		return;
	default:
		if (!strcmp(value, "-daemonize") || !strcmp(value, "--daemonize"))
			die("--qemu-arg %s: the machine must end with this command", value);
		string_list_add(&o->qemu_args, value);
	}
}

static void set_file_option(struct options *o, int code, char *value)
{
	switch (code) {
	case OPTION_ROOT:
		o->root = parse_directory("--root", value);
		return;
	case OPTION_LAYER:
		add_share(&o->layers, "--layer", value);
		return;
	case OPTION_RW:
		add_share(&o->writable, "--rw", value);
		return;
	case OPTION_SHARE:
		o->share = (enum share_kind)parse_choice("--share", value, shares);
		return;
	default:
		if (access(value, R_OK))
			die("--initrd %s: %s", value, strerror(errno));
		o->initrd = value;
	}
}

static void set_command_option(struct options *o, int code, char *value)
{
	switch (code) {
	case OPTION_ENV:
		add_env(o, value);
		return;
	case OPTION_CWD:
		o->cwd = value;
		return;
	case OPTION_USER:
		parse_user(o, value);
		return;
	case OPTION_TIMEOUT:
		o->timeout_ms = parse_timeout(value);
		return;
	case OPTION_LOG:
		o->log = value;
		return;
	default:
		o->is_verbose = true;
	}
}

static void check_combination(struct options *o)
{
	int nr_shares = o->layers.nr_items + o->writable.nr_items;

	if (o->initrd && (o->share == SHARE_9P || o->share == SHARE_VIRTIOFS))
		die("--initrd means that there is no share: it does not go with --share");
	if (o->initrd)
		o->share = SHARE_NONE;
	if (o->share == SHARE_NONE && (nr_shares || o->root))
		die("%s needs a share: it does not go with %s",
		    o->root              ? "--root"
		    : o->layers.nr_items ? "--layer"
					 : "--rw",
		    o->initrd ? "--initrd" : "--share none");
	if (nr_shares > SHARES_MAX)
		die("more than %d directories with --layer and --rw", SHARES_MAX);
}

void options_init(struct options *o, int argc, char **argv)
{
	int code, index;

	*o = (struct options){ .nr_cpus = default_cpus(), .memory_mib = MEMORY_DEFAULT };
	user_from_caller(o);
	opterr = 0;
	optind = 1;
	while ((code = getopt_long(argc, argv, "+:", long_options, &index)) != -1) {
		if (code == OPTION_HELP) {
			options_print_help();
			exit(0);
		}
		if (code == '?' && optopt && optopt < OPTION_CPUS)
			die("unknown option -%c (try perennial --help)", optopt);
		if (code == '?' && optopt)
			die("%s: takes no value here (try perennial --help)", argv[optind - 1]);
		if (code == '?')
			die("unknown option %s (try perennial --help)", argv[optind - 1]);
		if (code == ':')
			die("option %s needs a value", argv[optind - 1]);
		if (optarg && !*optarg && code != OPTION_APPEND)
			die("option --%s needs a value that is not empty",
			    long_options[index].name);
		if (code <= OPTION_QEMU_ARG)
			set_machine_option(o, code, optarg);
		else if (code <= OPTION_INITRD)
			set_file_option(o, code, optarg);
		else
			set_command_option(o, code, optarg);
	}
	o->command = argv + optind;
	if (!*o->command)
		die("no command (usage: perennial run [OPTION]... -- COMMAND [ARG]...)");
	check_combination(o);
}

void options_print_help(void)
{
	fputs(help, stdout);
}
