/* SPDX-License-Identifier: GPL-2.0-only */
/* unix_report.c - the text of /proc/net/unix: one line a socket. */
#include "unix_impl.h"

#include <linux/net.h>
#include <vfs/seq_file.h>

struct unix_show {
	struct unix_visitor visitor;
	struct seq_file *m;
};

static int shown_state(const struct unix_sock *u)
{
	bool is_connected = u->sk.state == SOCK_ESTABLISHED;

	if (u->sk.file)
		return is_connected ? SS_CONNECTED : SS_UNCONNECTED;
	return is_connected ? SS_CONNECTING : SS_DISCONNECTING;
}

/* An abstract name starts with @, and shows NULs as @. */
static void show_name(struct seq_file *m, const struct unix_address *addr)
{
	int len = addr->len - UNIX_PATH_OFFSET;

	seq_putc(m, ' ');
	if (addr->name.sun_path[0]) {
		seq_puts(m, addr->name.sun_path);
		return;
	}
	for (int i = 0; i < len; i++)
		seq_putc(m, addr->name.sun_path[i] ? addr->name.sun_path[i] : '@');
}

static void show_socket(struct unix_visitor *visitor, struct unix_sock *u)
{
	struct seq_file *m = container_of(visitor, struct unix_show, visitor)->m;

	spin_lock(&u->sk.lock);
	seq_printf(m, "%016lx: %08X %08X %08X %04X %02X %5llu", 0ul, refcount_read(&u->sk.refs), 0,
		   u->sk.state == SOCK_LISTENING ? __SO_ACCEPTCON : 0, u->sk.type, shown_state(u),
		   u->sk.file ? (unsigned long long)file_inode(u->sk.file)->i_ino : 0ull);
	if (u->addr)
		show_name(m, u->addr);
	seq_putc(m, '\n');
	spin_unlock(&u->sk.lock);
}

static const struct unix_visitor_ops show_ops = { .visit = show_socket };

int unix_report_show(struct seq_file *m)
{
	struct unix_show show = { .visitor = { &show_ops }, .m = m };

	seq_puts(m, "Num       RefCount Protocol Flags    Type St Inode Path\n");
	unix_names_each(&show.visitor);
	return 0;
}
