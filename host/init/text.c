/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * text.c - strings, and lines for the person who started the machine.
 *
 * WHAT        A line goes to the control port, whence the launcher prints it; before the port is
 *             open, or when the kernel has none, it goes to the kernel's console, that is the log.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/reboot.h>
#include "sys.h"
#include "text.h"
#include "../protocol.h"

struct speaker {
	int control_fd; /* -1: none */
};

struct speaker speaker = { .control_fd = -1 };

size_t text_length(const char *s)
{
	size_t n = 0;

	while (s[n])
		n++;
	return n;
}

int text_equal(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return *a == *b;
}

int text_starts(const char *s, const char *prefix)
{
	while (*prefix)
		if (*s++ != *prefix++)
			return 0;
	return 1;
}

const char *text_find(const char *s, char c)
{
	for (; *s; s++)
		if (*s == c)
			return s;
	return NULL;
}

uint64_t text_number(const char *s, const char **end)
{
	uint64_t value = 0;

	while (*s >= '0' && *s <= '9')
		value = value * 10 + (uint64_t)(*s++ - '0');
	if (end)
		*end = s;
	return value;
}

uint64_t text_octal(const char *s)
{
	uint64_t value = 0;

	while (*s >= '0' && *s <= '7')
		value = value * 8 + (uint64_t)(*s++ - '0');
	return value;
}

void line_init(struct line *line)
{
	line->len = 0;
}

void line_add(struct line *line, const char *s)
{
	while (*s && line->len < sizeof(line->text) - 1)
		line->text[line->len++] = *s++;
}

void line_add_number(struct line *line, uint64_t value)
{
	char digits[21];
	int i = 20;

	digits[i] = 0;
	do
		digits[--i] = (char)('0' + value % 10);
	while (value /= 10);
	line_add(line, digits + i);
}

struct error_name {
	int number;
	const char *name;
};

static const struct error_name error_names[] = {
	{ EPERM, "Operation not permitted" },   { ENOENT, "No such file or directory" },
	{ EIO, "Input/output error" },          { E2BIG, "Argument list too long" },
	{ ENOEXEC, "Exec format error" },       { ENOMEM, "Cannot allocate memory" },
	{ EACCES, "Permission denied" },        { ENODEV, "No such device" },
	{ ENOTDIR, "Not a directory" },         { EINVAL, "Invalid argument" },
	{ ENOSPC, "No space left on device" },  { ELOOP, "Too many levels of symbolic links" },
	{ ENOSYS, "Function not implemented" }, { EOPNOTSUPP, "Operation not supported" },
};

void line_add_error(struct line *line, long error)
{
	if (error < 0)
		error = -error;
	for (size_t i = 0; i < sizeof(error_names) / sizeof(error_names[0]); i++)
		if (error_names[i].number == error) {
			line_add(line, error_names[i].name);
			return;
		}
	line_add(line, "error ");
	line_add_number(line, (uint64_t)error);
}

void console_write(const char *s, size_t len)
{
	while (len) {
		long n = SYS(write, 2, s, len);

		if (n == -EINTR || n == -EAGAIN)
			continue;
		if (n <= 0)
			return;
		s += n;
		len -= (size_t)n;
	}
}

static void write_all(int fd, const char *bytes, size_t len)
{
	while (len) {
		long n = SYS(write, fd, bytes, len);

		if (n == -EINTR || n == -EAGAIN) {
			SYS(sched_yield);
			continue;
		}
		if (n < 0)
			return;
		bytes += n;
		len -= (size_t)n;
	}
}

void message_send(uint32_t type, const void *payload, size_t len)
{
	char bytes[sizeof(struct message_header) + MESSAGE_MAX];
	struct message_header header = { .type = type, .len_bytes = (uint32_t)len };

	if (speaker.control_fd < 0 || len > MESSAGE_MAX)
		return;
	__builtin_memcpy(bytes, &header, sizeof(header));
	__builtin_memcpy(bytes + sizeof(header), payload, len);
	write_all(speaker.control_fd, bytes, sizeof(header) + len);
}

void speaker_use_control(int fd)
{
	speaker.control_fd = fd;
}

static void speak(uint32_t type, const char *what, const char *object, long error)
{
	struct line line;

	line_init(&line);
	if (speaker.control_fd < 0)
		line_add(&line, "perennial: guest: ");
	line_add(&line, what);
	if (object) {
		line_add(&line, " ");
		line_add(&line, object);
	}
	if (error) {
		line_add(&line, ": ");
		line_add_error(&line, error);
	}
	if (speaker.control_fd >= 0) {
		message_send(type, line.text, line.len < MESSAGE_MAX ? line.len : MESSAGE_MAX);
		return;
	}
	line_add(&line, "\n");
	console_write(line.text, line.len);
}

void say(const char *what, const char *object, long error)
{
	speak(MSG_NOTE, what, object, error);
}

/* With a control port the launcher ends the machine when it has read the message. */
static void wait_for_the_end(void)
{
	struct {
		int64_t sec, nsec;
	} while_it_reads = { 5, 0 };

	if (speaker.control_fd >= 0)
		SYS(nanosleep, &while_it_reads);
	machine_off();
}

void give_up(const char *what, const char *object, long error)
{
	speak(MSG_FAIL, what, object, error);
	wait_for_the_end();
	__builtin_unreachable();
}

void give_up_share(const char *what, const char *object, long error)
{
	speak(MSG_NO_SHARE, what, object, error);
	wait_for_the_end();
	__builtin_unreachable();
}

void machine_off(void)
{
	SYS(reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_POWER_OFF);
	SYS(reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_RESTART);
	for (;;)
		SYS(pause);
}
