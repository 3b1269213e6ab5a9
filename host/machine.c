/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * machine.c - the virtual machine: QEMU, its arguments and its process.
 *
 * WHAT        Both machines get the same devices: a serial port for the kernel's log, one
 *             virtio-serial device with our four ports, random numbers, and a share per
 *             directory. All virtio devices speak version 1.0 only. QEMU reaches everything by
 *             inherited descriptors, so nothing of ours is found under a name, and commas in
 *             paths do no harm. QEMU's own sandbox is on.
 * INVARIANTS  I1  QEMU dies with us, however we die (child.c), and is in a process group of its
 * own, so the terminal's signals reach us alone.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "child.h"
#include "clock.h"
#include "machine.h"
#include "report.h"

#define QEMU "qemu-system-x86_64"

/*
 * The same features for every kernel. Emulated "rep movsb" copies byte by byte, so a kernel must
 * not prefer it; five-level paging only makes walks longer.
 */
#define TCG_CPU "max,-erms,-fsrm,-la57"

struct builder {
	struct string_list args;
	const struct options *options;
	int inherited[96]; /* descriptors for QEMU */
	int nr_inherited;
	bool is_emulated;
};

static const char *const port_names[NR_PORTS] = {
	[PORT_CONTROL] = "control",
	[PORT_STDIN] = "stdin",
	[PORT_STDOUT] = "stdout",
	[PORT_STDERR] = "stderr",
};

static void arg(struct builder *b, const char *option, char *value)
{
	string_list_add(&b->args, strdup(option));
	if (value)
		string_list_add(&b->args, value);
}

static int inherit(struct builder *b, int fd)
{
	b->inherited[b->nr_inherited++] = fd;
	return fd;
}

/* "virtio-9p" is virtio-9p-device on microvm and virtio-9p-pci on q35. */
static char *device(struct builder *b, const char *type, const char *properties)
{
	if (b->options->machine == MACHINE_MICROVM)
		return must_format("%s-device%s", type, properties);
	if (!strncmp(type, "vhost-", 6)) /* has no legacy form */
		return must_format("%s-pci%s", type, properties);
	return must_format("%s-pci,disable-legacy=on,disable-modern=off%s", type, properties);
}

/* ---- accelerator ---- */

bool machine_can_use_kvm(void)
{
	FILE *f = fopen("/proc/cpuinfo", "re");
	char *line = NULL;
	size_t room = 0;
	bool has_flag = false;
	int fd;

	while (f && !has_flag && getline(&line, &room, f) > 0)
		has_flag =
		    !strncmp(line, "flags", 5) && (strstr(line, " vmx") || strstr(line, " svm"));
	free(line);
	if (f)
		fclose(f);
	if (!has_flag)
		return false;
	fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* Under -icount all CPUs share one thread, and the counter counts nanoseconds. */
static bool counts_instructions(const struct builder *b)
{
	for (int i = 0; i < b->options->qemu_args.nr_items; i++)
		if (strstr(b->options->qemu_args.items[i], "-icount"))
			return true;
	return false;
}

static const char *emulator(const struct builder *b)
{
	return counts_instructions(b) ? "tcg,thread=single" : "tcg,thread=multi";
}

static void add_accelerator(struct builder *b)
{
	bool can = b->options->accel != ACCEL_TCG && machine_can_use_kvm();

	if (b->options->accel == ACCEL_KVM && !can)
		die("--accel kvm: not possible here: /proc/cpuinfo must show vmx or svm, and "
		    "/dev/kvm must open");
	b->is_emulated = !can;
	arg(b, "-accel", strdup(can ? "kvm" : emulator(b)));
	arg(b, "-cpu", strdup(can ? "host" : TCG_CPU));
}

/* ---- the board ---- */

/*
 * QEMU's emulator leaves out the guest's memory barriers, locked instructions among them, when there can be one CPU only. Devices
 * and share servers run on threads of their own: without barriers an answer's interrupt is lost at times, and the guest waits for
 * ever. A second CPU that may be plugged in, and never is, brings the barriers back.
 */
static char *processors(const struct builder *b)
{
	bool needs_barriers = b->is_emulated && b->options->nr_cpus == 1;

	return needs_barriers ? strdup("1,maxcpus=2") : must_format("%d", b->options->nr_cpus);
}

static void add_board(struct builder *b, const struct share_set *shares)
{
	const struct options *o = b->options;
	const char *memory = shares->kind == SHARE_VIRTIOFS ? ",memory-backend=memory" : "";

	if (o->machine == MACHINE_MICROVM) {
		arg(b, "-machine", must_format("microvm,rtc=on,isa-serial=on%s", memory));
		arg(b, "-global", strdup("virtio-mmio.force-legacy=off"));
	} else {
		arg(b, "-machine", must_format("q35%s", memory));
	}
	arg(b, "-m", must_format("%luM", o->memory_mib));
	arg(b, "-smp", processors(b));
	if (*memory)
		arg(b, "-object",
		    must_format("memory-backend-memfd,id=memory,share=on,size=%luM",
				o->memory_mib));
	arg(b, "-nodefaults", NULL);
	arg(b, "-no-user-config", NULL);
	arg(b, "-no-reboot", NULL);
	arg(b, "-display", strdup("none"));
	arg(b, "-sandbox",
	    strdup("on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny"));
	arg(b, "-device", strdup("isa-debug-exit,iobase=0x501,iosize=4"));
}

/* See clock.c. */
static char *tsc_word(const struct builder *b)
{
	if (!b->is_emulated || b->options->machine != MACHINE_MICROVM)
		return strdup("");
	if (counts_instructions(b))
		return strdup("tsc_early_khz=1000000 ");
	return must_format("tsc_early_khz=%lu ", clock_tsc_khz());
}

static void add_kernel(struct builder *b, const struct kernel_image *kernel, int initramfs_fd)
{
	const struct options *o = b->options;
	const char *level = o->log ? "loglevel=7" : "quiet loglevel=3";
	char *tsc = tsc_word(b);

	if (kernel->fd >= 0)
		inherit(b, kernel->fd);
	arg(b, "-kernel", strdup(kernel->path));
	arg(b, "-initrd", must_format("/proc/self/fd/%d", inherit(b, initramfs_fd)));
	arg(b, "-append",
	    must_format("console=ttyS0 panic=-1 %s%s%s%s", tsc, level, o->append ? " " : "",
			o->append ? o->append : ""));
	free(tsc);
}

/* ---- ports ---- */

/* Returns our end; QEMU's end becomes the chardev @id. */
static int add_socket(struct builder *b, const char *id)
{
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds))
		die("cannot make a socket pair: %s", strerror(errno));
	arg(b, "-chardev", must_format("socket,id=%s,fd=%d", id, inherit(b, fds[1])));
	fcntl(fds[0], F_SETFL, O_NONBLOCK);
	return fds[0];
}

static void add_ports(struct builder *b, struct machine *m)
{
	m->log_fd = add_socket(b, "log");
	arg(b, "-serial", strdup("chardev:log"));
	arg(b, "-device", device(b, "virtio-serial", ",id=ports,max_ports=8"));
	for (int i = 1; i < NR_PORTS; i++) {
		m->port_fd[i] = add_socket(b, port_names[i]);
		arg(b, "-device",
		    must_format("virtserialport,bus=ports.0,nr=%d,chardev=%s,name=" PORT_NAME_PREFIX
				"%s",
				i, port_names[i], port_names[i]));
	}
	arg(b, "-device", device(b, "virtio-rng", ""));
}

/* ---- shares ---- */

static void add_export(struct builder *b, const struct share_set *shares, const struct export *e)
{
	char *properties;

	if (shares->kind == SHARE_VIRTIOFS) {
		arg(b, "-chardev", must_format("socket,id=%s,path=%s", e->tag, e->socket));
		properties = must_format(",chardev=%s,tag=%s", e->tag, e->tag);
		arg(b, "-device", device(b, "vhost-user-fs", properties));
	} else {
		arg(b, "-fsdev",
		    must_format("local,id=%s,path=/proc/self/fd/%d,security_model=none,%s%s",
				e->tag, inherit(b, e->dir_fd), e->is_writable ? "" : "readonly=on,",
				shares->is_plain ? "multidevs=forbid" : "multidevs=remap"));
		properties = must_format(",fsdev=%s,mount_tag=%s", e->tag, e->tag);
		arg(b, "-device", device(b, "virtio-9p", properties));
	}
	free(properties);
}

static void add_shares(struct builder *b, const struct share_set *shares)
{
	for (int i = 0; i < shares->nr_exports; i++)
		add_export(b, shares, &shares->exports[i]);
	if (shares->ns_fd >= 0)
		inherit(b, shares->ns_fd);
}

/* ---- the process ---- */

static void show_arguments(const struct string_list *args)
{
	char *line = strdup("");

	for (int i = 0; i < args->nr_items - 1; i++) {
		const char *item = args->items[i];
		const char *quote = strpbrk(item, " *?;&()<>|$\"") ? "'" : "";
		char *longer = must_format("%s%s%s%s%s", line, i ? " " : "", quote, item, quote);

		free(line);
		line = longer;
	}
	detail("%s", line);
	free(line);
}

/* I1 */
static void exec_qemu(const struct builder *b, int output_fd, pid_t parent)
{
	int null = open("/dev/null", O_RDONLY);
	sigset_t none;

	child_dies_with(parent);
	setpgid(0, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	for (int i = 0; i < b->nr_inherited; i++)
		fcntl(b->inherited[i], F_SETFD, 0);
	dup2(null, 0);
	dup2(output_fd, 1);
	dup2(output_fd, 2);
	execvp(QEMU, b->args.items);
	dprintf(2, "cannot execute " QEMU " (Debian package qemu-system-x86): %s\n",
		strerror(errno));
	_exit(127);
}

static void spawn(struct machine *m, struct builder *b)
{
	pid_t parent = getpid();
	int output[2];

	if (pipe2(output, O_CLOEXEC))
		die("cannot make a pipe: %s", strerror(errno));
	m->pid = fork();
	if (m->pid < 0)
		die("cannot fork: %s", strerror(errno));
	if (m->pid == 0)
		exec_qemu(b, output[1], parent);
	close(output[1]);
	fcntl(output[0], F_SETFL, O_NONBLOCK);
	m->qemu_fd = output[0];
	m->pid_fd = (int)syscall(SYS_pidfd_open, m->pid, 0);
	if (m->pid_fd < 0)
		die("cannot watch QEMU: %s", strerror(errno));
	fcntl(m->pid_fd, F_SETFD, FD_CLOEXEC);
}

static bool is_ours_to_close(const struct builder *b, const struct share_set *shares, int fd)
{
	if (fd == shares->ns_fd)
		return false;
	for (int i = 0; i < shares->nr_exports; i++)
		if (fd == shares->exports[i].dir_fd)
			return false;
	(void)b;
	return true;
}

void machine_start(struct machine *m, const struct options *options,
		   const struct kernel_image *kernel, const struct share_set *shares,
		   int initramfs_fd)
{
	struct builder b = { .options = options };

	*m = (struct machine){ .log_fd = -1 };
	arg(&b, QEMU, NULL);
	add_accelerator(&b);
	add_board(&b, shares);
	add_kernel(&b, kernel, initramfs_fd);
	add_ports(&b, m);
	add_shares(&b, shares);
	for (int i = 0; i < options->qemu_args.nr_items; i++)
		arg(&b, options->qemu_args.items[i], NULL);
	string_list_add(&b.args, NULL);
	show_arguments(&b.args);
	spawn(m, &b);
	for (int i = 0; i < b.nr_inherited; i++)
		if (is_ours_to_close(&b, shares, b.inherited[i]) && b.inherited[i] != kernel->fd)
			close(b.inherited[i]);
	for (int i = 0; i < b.args.nr_items; i++)
		free(b.args.items[i]);
	free(b.args.items);
}

int machine_stop(struct machine *m)
{
	int status = -1;

	if (waitpid(m->pid, &status, WNOHANG) != m->pid) {
		status = -1;
		kill(m->pid, SIGKILL);
		waitpid(m->pid, NULL, 0);
	}
	for (int i = 1; i < NR_PORTS; i++)
		close(m->port_fd[i]);
	close(m->log_fd);
	close(m->qemu_fd);
	close(m->pid_fd);
	*m = (struct machine){ .log_fd = -1 };
	return status;
}
