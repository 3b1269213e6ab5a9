/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * relay.c - move bytes between the ports and the command until it has ended and all is delivered.
 *
 * WHAT        One poll loop. Three pumps (stdin inwards, stdout and stderr outwards) each own a
 *             buffer; a pump that cannot write does not read, so a slow reader on the host
 *             slows the command, as a pipe would. Control messages are handled as they come.
 * INVARIANTS  I1  A pump's buffer holds only bytes that were read and not yet written.
 *             I2  What the command itself wrote is delivered, however slow the reader is. Then we
 * read what its descendants still write for LINGER_QUIET_MS of silence, LINGER_MAX_MS in all, and
 * no more.
 */
#include <errno.h>
#include <asm/ioctls.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <time.h>
#include "guest.h"
#include "sys.h"
#include "text.h"

#define PUMP_BYTES      32768
#define LINGER_QUIET_MS 200
#define LINGER_MAX_MS   2000

struct pump {
	int from, to; /* -1: closed */
	size_t start, end;
	uint64_t nr_read, nr_written;
	uint64_t nr_owed; /* of nr_read: what the command had written when it ended */
	char bytes[PUMP_BYTES];
};

struct relay {
	struct ports *ports;
	struct session *session;
	const struct config *config;
	struct pump in, out, err;
	uint64_t stdin_total;
	int is_stdin_total_known;
	char message[sizeof(struct message_header) + MESSAGE_MAX];
	size_t message_len;
	int is_bye;
	uint32_t status;
	int is_ended;
	int64_t paid_ms, quiet_ms; /* when the command's own bytes were delivered, or 0; when a byte
				      moved last */
};

static struct relay relay;

static int64_t now_ms(void)
{
	struct {
		int64_t sec, nsec;
	} t = { 0, 0 };

	SYS(clock_gettime, CLOCK_MONOTONIC, &t);
	return t.sec * 1000 + t.nsec / 1000000;
}

static void pump_close_from(struct pump *p)
{
	if (p->from >= 0)
		SYS(close, p->from);
	p->from = -1;
}

/* Returns true when bytes moved. */
static int pump_read(struct pump *p)
{
	long n;

	if (p->from < 0 || p->end == PUMP_BYTES)
		return 0;
	n = SYS(read, p->from, p->bytes + p->end, PUMP_BYTES - p->end);
	if (n > 0) {
		p->end += (size_t)n;
		p->nr_read += (uint64_t)n;
		return 1;
	}
	if (n == 0 || (n != -EAGAIN && n != -EINTR))
		pump_close_from(p);
	return 0;
}

/* Returns true when bytes moved. A reader that is gone ends the pump. */
static int pump_write(struct pump *p)
{
	long n;

	if (p->start == p->end || p->to < 0)
		return 0;
	n = SYS(write, p->to, p->bytes + p->start, p->end - p->start);
	if (n == -EAGAIN || n == -EINTR)
		return 0;
	if (n < 0) {
		p->to = -1;
		p->start = p->end = 0;
		return 0;
	}
	p->start += (size_t)n;
	p->nr_written += (uint64_t)n;
	if (p->start == p->end)
		p->start = p->end = 0;
	return 1;
}

/* ---- stdin: from a port, whose end is a message ---- */

static void stdin_check_end(void)
{
	struct pump *p = &relay.in;

	if (!relay.is_stdin_total_known || p->nr_read < relay.stdin_total || p->start != p->end)
		return;
	relay.is_stdin_total_known = 0;
	if (relay.session->feed[0] >= 0)
		SYS(close, relay.session->feed[0]);
	else if (relay.session->terminal >= 0)
		session_signal(relay.session, SIGHUP);
	p->from = p->to = -1;
}

/* A port shows a read of 0 when the host is away for a moment: never the end of stdin. */
static int stdin_read(void)
{
	struct pump *p = &relay.in;
	long n;

	if (p->from < 0 || p->to < 0 || p->end == PUMP_BYTES)
		return 0;
	n = SYS(read, p->from, p->bytes + p->end, PUMP_BYTES - p->end);
	if (n <= 0)
		return 0;
	p->end += (size_t)n;
	p->nr_read += (uint64_t)n;
	return 1;
}

/* ---- control ---- */

static void output_gone(uint64_t port)
{
	struct pump *p = port == PORT_STDOUT ? &relay.out : &relay.err;
	int is_terminal = p->from >= 0 && p->from == relay.session->terminal;

	p->start = p->end = 0;
	if (is_terminal)
		session_signal(relay.session, SIGHUP);
	pump_close_from(p);
}

static void handle_message(uint32_t type, const void *payload)
{
	const struct message_total *total = payload;
	const struct message_signal *signal = payload;

	switch (type) {
	case MSG_TIME:
		machine_set_time(payload);
		return;
	case MSG_WINDOW:
		session_resize(relay.session, payload);
		return;
	case MSG_SIGNAL:
		if (!relay.is_ended)
			session_signal(relay.session, (int)signal->signo);
		message_send(MSG_HERE, NULL, 0);
		return;
	case MSG_ASK:
		message_send(MSG_HERE, NULL, 0);
		return;
	case MSG_STDIN_END:
		relay.stdin_total = total->value;
		relay.is_stdin_total_known = 1;
		return;
	case MSG_OUTPUT_GONE:
		output_gone(total->value);
		return;
	case MSG_BYE:
		relay.is_bye = 1;
		return;
	default:
		return;
	}
}

/* Handle the complete messages in the buffer and keep the rest. */
static void split_messages(void)
{
	char payload[MESSAGE_MAX];
	struct message_header header;

	for (;;) {
		if (relay.message_len < sizeof(header))
			return;
		__builtin_memcpy(&header, relay.message, sizeof(header));
		if (header.len_bytes > MESSAGE_MAX)
			give_up("the launcher sent a message that is too long", NULL, 0);
		if (relay.message_len < sizeof(header) + header.len_bytes)
			return;
		__builtin_memset(payload, 0, sizeof(struct message_exit));
		__builtin_memcpy(payload, relay.message + sizeof(header), header.len_bytes);
		relay.message_len -= sizeof(header) + header.len_bytes;
		__builtin_memmove(relay.message, relay.message + sizeof(header) + header.len_bytes,
				  relay.message_len);
		handle_message(header.type, payload);
	}
}

static void control_read(void)
{
	long n = SYS(read, relay.ports->fd[PORT_CONTROL], relay.message + relay.message_len,
		     sizeof(relay.message) - relay.message_len);

	if (n <= 0)
		return;
	relay.message_len += (size_t)n;
	split_messages();
}

/* ---- the loop ---- */

enum watch {
	WATCH_CONTROL,
	WATCH_NEWS,
	WATCH_IN,
	WATCH_IN_TO,
	WATCH_OUT,
	WATCH_OUT_TO,
	WATCH_ERR,
	WATCH_ERR_TO,
	NR_WATCHES,
};

static void watch_pump(struct pollfd *from, struct pollfd *to, const struct pump *p)
{
	from->fd = p->end < PUMP_BYTES && p->to >= 0 ? p->from : -1;
	from->events = POLLIN;
	to->fd = p->start < p->end ? p->to : -1;
	to->events = POLLOUT;
}

static void wait_for_work(int timeout_ms)
{
	struct pollfd fds[NR_WATCHES] = { { 0 } };

	fds[WATCH_CONTROL].fd = relay.ports->fd[PORT_CONTROL];
	fds[WATCH_CONTROL].events = POLLIN;
	fds[WATCH_NEWS].fd = relay.is_ended ? -1 : relay.session->news_fd;
	fds[WATCH_NEWS].events = POLLIN;
	watch_pump(&fds[WATCH_IN], &fds[WATCH_IN_TO], &relay.in);
	watch_pump(&fds[WATCH_OUT], &fds[WATCH_OUT_TO], &relay.out);
	watch_pump(&fds[WATCH_ERR], &fds[WATCH_ERR_TO], &relay.err);
	SYS(poll, fds, NR_WATCHES, timeout_ms);
}

static int pump_all(void)
{
	int moved = stdin_read() | pump_write(&relay.in);

	stdin_check_end();
	moved |= pump_read(&relay.out) | pump_write(&relay.out);
	moved |= pump_read(&relay.err) | pump_write(&relay.err);
	return moved;
}

/* I2: what waits to be read now. */
static void pump_count_owed(struct pump *p)
{
	int waiting = 0;

	if (p->from >= 0 && SYS(ioctl, p->from, FIONREAD, &waiting) < 0)
		waiting = 0;
	p->nr_owed = p->nr_read + (uint64_t)waiting;
}

static void command_ended(void)
{
	relay.is_ended = 1;
	pump_count_owed(&relay.out);
	pump_count_owed(&relay.err);
	if (relay.session->terminal_slave >= 0)
		SYS(close, relay.session->terminal_slave);
	relay.session->terminal_slave = -1;
}

static void check_news(void)
{
	struct message_signal stopped;

	if (session_news(relay.session, &relay.status, &stopped.signo))
		command_ended();
	if (stopped.signo)
		message_send(MSG_STOPPED, &stopped, sizeof(stopped));
}

static int pump_is_empty(const struct pump *p)
{
	return p->start == p->end;
}

static int pump_is_paid(const struct pump *p)
{
	return p->to < 0 || p->nr_written >= p->nr_owed || (p->from < 0 && pump_is_empty(p));
}

/* I2. @moved: a byte moved in this turn. */
static int is_drained(int moved)
{
	int64_t now = now_ms();

	if (!relay.is_ended || !pump_is_paid(&relay.out) || !pump_is_paid(&relay.err))
		return 0;
	if (!relay.paid_ms)
		relay.paid_ms = relay.quiet_ms = now;
	if (now - relay.paid_ms > LINGER_MAX_MS)
		return 1;
	if (moved)
		relay.quiet_ms = now;
	if (moved || !pump_is_empty(&relay.out) || !pump_is_empty(&relay.err))
		return 0;
	return (relay.out.from < 0 && relay.err.from < 0) || now - relay.quiet_ms > LINGER_QUIET_MS;
}

static void send_exit(void)
{
	struct message_exit message = { .status = relay.status,
					.exec_errno = (uint32_t)relay.session->exec_errno,
					.nr_stdout_bytes = relay.out.nr_written,
					.nr_stderr_bytes = relay.err.nr_written };

	message_send(MSG_EXIT, &message, sizeof(message));
}

static void connect_pumps(void)
{
	struct session *s = relay.session;
	int *port = relay.ports->fd;
	int is_out_terminal = relay.config->tty & TTY_BIT(1);

	relay.in.from = port[PORT_STDIN];
	relay.in.to = s->feed[0] >= 0 ? s->feed[0] : s->terminal;
	relay.out.from = s->feed[1];
	relay.out.to = port[PORT_STDOUT];
	relay.err.from = s->feed[2];
	relay.err.to = port[PORT_STDERR];
	if (s->terminal < 0)
		return;
	if (is_out_terminal)
		relay.out.from = s->terminal;
	else
		relay.err.from = s->terminal;
}

void relay_run(struct ports *ports, struct session *session, const struct config *config)
{
	relay.ports = ports;
	relay.session = session;
	relay.config = config;
	connect_pumps();
	for (;;) {
		int moved;

		check_news();
		control_read();
		moved = pump_all();
		if (is_drained(moved))
			break;
		if (!moved)
			wait_for_work(relay.paid_ms ? LINGER_QUIET_MS / 4 : -1);
	}
	root_flush(config);
	send_exit();
	relay.in.from = relay.in.to = relay.out.from = relay.err.from = -1;
	while (!relay.is_bye) {
		wait_for_work(-1);
		control_read();
	}
}
