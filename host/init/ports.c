/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ports.c - find and open the virtio-serial ports.
 *
 * WHAT        A port is known by its name in /sys/class/virtio-ports/vportNpM/name; it appears
 *             some time after the driver, and its name a little later still. A kernel without
 *             that directory is expected to number them as the launcher does: /dev/vport0pM.
 * INVARIANTS  I1  An open port has its host side connected: a read before that would look like
 *                 the end of the stream.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include "guest.h"
#include "sys.h"
#include "text.h"

#define WAIT_STEP_NS       1000000
#define WAIT_NAMED_STEPS   10000 /* the driver is there: its ports must come */
#define WAIT_UNKNOWN_STEPS 300   /* no trace of a driver */
#define DEVICES_MAX        4
#define PORTS_MAX          16

static const char *const port_names[NR_PORTS] = {
	[PORT_CONTROL] = PORT_NAME_PREFIX "control",
	[PORT_STDIN] = PORT_NAME_PREFIX "stdin",
	[PORT_STDOUT] = PORT_NAME_PREFIX "stdout",
	[PORT_STDERR] = PORT_NAME_PREFIX "stderr",
};

static void pause_a_step(void)
{
	struct {
		int64_t sec, nsec;
	} step = { 0, WAIT_STEP_NS };

	SYS(nanosleep, &step);
}

static void port_path(struct line *path, const char *before, int device, int port,
		      const char *after)
{
	line_init(path);
	line_add(path, before);
	line_add_number(path, (uint64_t)device);
	line_add(path, "p");
	line_add_number(path, (uint64_t)port);
	line_add(path, after);
	path->text[path->len] = 0;
}

static int open_device(int device, int port)
{
	struct line path;

	port_path(&path, "/dev/vport", device, port, "");
	return (int)SYS(open, path.text, O_RDWR | O_NONBLOCK | O_CLOEXEC);
}

/* Which of our ports is this one? 0: none (yet). */
static int port_by_name(int device, int port)
{
	struct line path;
	char name[64];
	long fd, n;

	port_path(&path, "/sys/class/virtio-ports/vport", device, port, "/name");
	fd = SYS(open, path.text, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	n = SYS(read, fd, name, sizeof(name) - 1);
	SYS(close, fd);
	while (n > 0 && name[n - 1] == '\n')
		n--;
	if (n <= 0)
		return 0;
	name[n] = 0;
	for (int i = 1; i < NR_PORTS; i++)
		if (text_equal(name, port_names[i]))
			return i;
	return 0;
}

static int nr_open(const struct ports *ports)
{
	int n = 0;

	for (int i = 1; i < NR_PORTS; i++)
		n += ports->fd[i] >= 0;
	return n;
}

static void look_by_name(struct ports *ports)
{
	for (int device = 0; device < DEVICES_MAX; device++)
		for (int port = 1; port < PORTS_MAX; port++) {
			int which = port_by_name(device, port);

			if (which && ports->fd[which] < 0)
				ports->fd[which] = open_device(device, port);
		}
}

static void look_by_number(struct ports *ports)
{
	for (int i = 1; i < NR_PORTS; i++)
		if (ports->fd[i] < 0)
			ports->fd[i] = open_device(0, i);
}

static int is_named(void)
{
	return SYS(access, "/sys/class/virtio-ports", 0) == 0;
}

/* I1 */
static void wait_connected(int fd)
{
	struct pollfd poll = { .fd = fd, .events = POLLOUT };

	for (int i = 0; i < WAIT_NAMED_STEPS; i++) {
		if (SYS(poll, &poll, 1, 0) < 0 || !(poll.revents & POLLHUP))
			return;
		pause_a_step();
	}
}

int ports_open(struct ports *ports)
{
	for (int i = 0; i < NR_PORTS; i++)
		ports->fd[i] = -1;
	for (int step = 0; nr_open(ports) < NR_PORTS - 1; step++) {
		int named = is_named();

		if (step)
			pause_a_step();
		if (named)
			look_by_name(ports);
		else
			look_by_number(ports);
		if (step >= (named ? WAIT_NAMED_STEPS : WAIT_UNKNOWN_STEPS))
			return 0;
	}
	for (int i = 1; i < NR_PORTS; i++)
		wait_connected(ports->fd[i]);
	return 1;
}
