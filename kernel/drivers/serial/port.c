/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * port.c - the registry of raw character ports.
 *
 * WHAT        Ports and the one listener find each other here, in whichever order they come.
 * INVARIANTS  R1  The listener hears of each port exactly once (is_announced), whoever came first.
 * LOCKING     ports.lock, rank LEAF, interrupts off: list, listener, is_announced. The listener is called with no lock of
 *             ours. user is published once, release to acquire.
 */
#include <serial/port.h>

#include <sync/spinlock.h>

static struct {
	struct spinlock lock;
	struct list_head list __guarded_by(&lock);
	struct char_port_listener *listener __guarded_by(&lock);
} ports = { .lock = SPINLOCK_INIT(RANK_LEAF), .list = LIST_HEAD_INIT(ports.list) };

/* A port that the listener has not heard of, now marked as announced; NULL. */
static struct char_port *take_unannounced(void)
{
	struct char_port *port;

	with_spinlock_irqsave(&ports.lock);
	if (!ports.listener)
		return NULL;
	list_for_each_entry(port, &ports.list, node) {
		if (port->is_announced)
			continue;
		port->is_announced = true; /* R1 */
		return port;
	}
	return NULL;
}

static void announce(void)
{
	struct char_port *port;

	while ((port = take_unannounced()))
		ports.listener->ops->added(ports.listener, port);
}

void char_port_register(struct char_port *port)
{
	spin_lock_irq(&ports.lock);
	list_add_tail(&port->node, &ports.list);
	spin_unlock_irq(&ports.lock);
	announce();
}

void char_port_listen(struct char_port_listener *listener)
{
	spin_lock_irq(&ports.lock);
	ports.listener = listener;
	spin_unlock_irq(&ports.lock);
	announce();
}

void char_port_attach(struct char_port *port, struct char_port_user *user)
{
	__atomic_store_n(&port->user, user, __ATOMIC_RELEASE); /* pairs with char_port_received() */
}
