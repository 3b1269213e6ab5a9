/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * main.c - the guest's first process: from the initramfs to the end of the command.
 *
 * WHAT        Mount, load modules, open the ports, build the root, start the command, relay its
 *             bytes, report its status, power off. It works on Linux and on Perennial; what a
 *             kernel lacks is said in one line and gone around where that is possible. On a
 *             kernel without virtio-serial the command runs on the console, and its status is
 *             said there (CONSOLE_EXIT_MARK).
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/utsname.h>
#include "guest.h"
#include "sys.h"
#include "text.h"

__attribute__((noreturn, used)) void init_main(long *stack);

/* The kernel gives us the console as 0, 1, 2, unless the initramfs had no /dev/console. */
static void open_console(void)
{
	if (SYS(fcntl, 2, F_GETFD) >= 0)
		return;
	long fd = SYS(open, "/dev/console", O_RDWR | O_NOCTTY);
	for (int i = 0; i < 3 && fd >= 0; i++)
		if (fd != i)
			SYS(dup2, fd, i);
}

static void say_hello(void)
{
	struct utsname name;

	if (SYS(uname, &name) >= 0)
		message_send(MSG_HELLO, name.release, text_length(name.release));
}

static void run_on_ports(struct ports *ports, const struct config *config)
{
	struct session session;

	session_start(&session, config, 0);
	message_send(MSG_STARTED, NULL, 0);
	relay_run(ports, &session, config);
}

static void run_on_console(const struct config *config)
{
	struct session session;
	struct line line;
	uint32_t status = 0, stopped;

	session_start(&session, config, 1);
	while (!session_news(&session, &status, &stopped)) {
		struct {
			int64_t sec, nsec;
		} step = { 0, 10000000 };

		SYS(nanosleep, &step);
	}
	if (session.exec_errno)
		status = session.exec_errno == ENOENT ? 127 : 126;
	root_flush(config);
	line_init(&line);
	line_add(&line, "\n" CONSOLE_EXIT_MARK);
	line_add_number(&line, status);
	line_add(&line, "\n");
	console_write(line.text, line.len);
}

void init_main(long *stack)
{
	const struct config *config;
	struct ports ports;
	int has_ports;

	(void)stack;
	root_mount_early();
	open_console();
	config = config_load();
	modules_load(config);
	has_ports = ports_open(&ports);
	if (has_ports) {
		speaker_use_control(ports.fd[PORT_CONTROL]);
		say_hello();
	} else {
		say("this kernel shows no virtio-serial ports, using its console", NULL, 0);
	}
	machine_set_up(config);
	root_enter(config);
	if (has_ports)
		run_on_ports(&ports, config);
	else
		run_on_console(config);
	machine_off();
}
