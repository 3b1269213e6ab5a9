/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * port.c - the registry of raw character ports.
 *
 * INVARIANTS  R1  The listener hears of each port exactly once, whoever came first.
 * LOCKING     ports.lock (mutex, rank DEVICE): list, listener. user is published once, release to acquire.
 */
#include <serial/port.h>

#include <sync/mutex.h>

static struct {
	struct mutex lock;
	struct list_head list __guarded_by(&lock);
	struct char_port_listener *listener __guarded_by(&lock);
} ports = { .lock = MUTEX_INIT(ports.lock, RANK_DEVICE), .list = LIST_HEAD_INIT(ports.list) };

void char_port_register(struct char_port *port)
{
	with_mutex(&ports.lock);
	list_add_tail(&port->node, &ports.list);
	if (ports.listener)
		ports.listener->ops->added(ports.listener, port);
}

void char_port_listen(struct char_port_listener *listener)
{
	struct char_port *port;

	with_mutex(&ports.lock);
	ports.listener = listener;
	list_for_each_entry(port, &ports.list, node)
		listener->ops->added(listener, port); /* R1 */
}

void char_port_attach(struct char_port *port, struct char_port_user *user)
{
	__atomic_store_n(&port->user, user, __ATOMIC_RELEASE); /* pairs with char_port_received() */
}
