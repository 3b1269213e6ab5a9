/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * uart8250.c - the PC's serial ports, 16550A with 16-byte FIFOs: character ports and the log's console.
 *
 * WHAT        A port with a user works by interrupts: bytes to send wait in a ring and go out a FIFO at a
 *             time when the transmitter is empty. The console writes by polling, past the ring.
 * INVARIANTS  U1  The transmit interrupt is enabled exactly while the ring is not empty.
 *             U2  Loops over the hardware are bounded: a stuck status bit costs time, not the machine.
 *             U3  While the user has no room (is_throttled) the receive interrupt is off and bytes stay in the FIFO.
 * LOCKING     lock, rank CONSOLE (console_write: without rank), interrupts off. The user is called with the lock dropped.
 * SEE         National Semiconductor PC16550D
 */
#include <serial/port.h>

#include <arch/cpu.h>
#include <arch/io.h>
#include <arch/ioapic.h>
#include <lib/errno.h>
#include <log/log.h>
#include <log/panic.h>
#include <sync/spinlock.h>

#define UART_DATA      0
#define UART_IER       1
#define UART_IIR       2
#define UART_FCR       2
#define UART_LCR       3
#define UART_MCR       4
#define UART_LSR       5
#define UART_MSR       6
#define UART_SCRATCH   7
#define IER_RX	       0x01
#define IER_TX	       0x02
#define IER_LINE       0x04
#define IER_MODEM      0x08
#define IIR_NONE       0x01
#define LCR_DIVISOR    0x80
#define LCR_BREAK      0x40
#define LSR_DATA       0x01
#define LSR_TX_EMPTY   0x20
#define LSR_ALL_SENT   0x40
#define MCR_DTR	       0x01
#define MCR_RTS	       0x02
#define MCR_OUT2       0x08 /* gates the interrupt on a PC */
#define FCR_FIFOS      0x07
#define FIFO_BYTES     16
#define RING_BYTES     4096
#define POLL_MAX       100000
#define IRQ_ROUNDS     256
#define SEND_ROUNDS    64
#define TIOCM_DTR_BIT  0x002
#define TIOCM_RTS_BIT  0x004
#define TIOCM_CTS_BIT  0x020
#define TIOCM_CD_BIT   0x040
#define TIOCM_RI_BIT   0x080
#define TIOCM_DSR_BIT  0x100

struct uart {
	struct char_port port;
	u16 io;
	u8 isa_irq;
	bool is_there, is_open, is_throttled; /* lock */
	u8 ier, mcr, lcr;		      /* lock: what was written last */
	u32 ring_head, ring_tail;	      /* lock: free-running */
	struct spinlock lock;
	struct gsi_line line;
	u8 ring[RING_BYTES];
};

static struct uart_state {
	struct uart uart[2];
	struct console console;
} uarts;

static struct uart *uart_of(struct char_port *port)
{
	return container_of(port, struct uart, port);
}

static u32 ring_used(const struct uart *uart)
{
	return uart->ring_head - uart->ring_tail;
}

static void set_ier_locked(struct uart *uart, u8 ier)
{
	if (uart->ier == ier)
		return;
	uart->ier = ier;
	outb(ier, uart->io + UART_IER);
}

/*
 * While the transmitter is empty: a FIFO full of bytes. An emulated one is empty again at once, so that a screen
 * goes out without an interrupt for every 16 bytes. U1, U2.
 */
static void send_some_locked(struct uart *uart)
{
	for (u32 i = 0; i < SEND_ROUNDS && ring_used(uart); i++) {
		u32 n = FIFO_BYTES;

		if (!(inb(uart->io + UART_LSR) & LSR_TX_EMPTY))
			break;
		while (n-- && ring_used(uart))
			outb(uart->ring[uart->ring_tail++ % RING_BYTES], uart->io + UART_DATA);
	}
	set_ier_locked(uart, ring_used(uart) ? uart->ier | IER_TX : uart->ier & (u8)~IER_TX);
}

/* --- interrupts ------------------------------------------------------------------------------------- */

static u32 receive_locked(struct uart *uart, u8 *bytes, u32 max)
{
	u32 n = 0;

	while (n < max && !uart->is_throttled && (inb(uart->io + UART_LSR) & LSR_DATA))
		bytes[n++] = inb(uart->io + UART_DATA);
	return n;
}

/* The user had no room for all of it: what is left is lost, but no more is read. U3. */
static void throttle(struct uart *uart)
{
	with_spinlock_irqsave(&uart->lock);
	uart->is_throttled = true;
	set_ier_locked(uart, uart->ier & (u8)~IER_RX);
}

static void uart_interrupt(void *ctx)
{
	struct uart *uart = ctx;

	for (int round = 0; round < IRQ_ROUNDS; round++) { /* U2 */
		u8 why = inb(uart->io + UART_IIR), bytes[FIFO_BYTES];
		u32 n, before, after;

		if (why & IIR_NONE)
			return;
		spin_lock(&uart->lock);
		n = receive_locked(uart, bytes, sizeof(bytes));
		before = ring_used(uart);
		send_some_locked(uart);
		after = ring_used(uart);
		inb(uart->io + UART_MSR);
		spin_unlock(&uart->lock);
		if (n && char_port_received(&uart->port, bytes, n) < n)
			throttle(uart);
		if (after < before)
			char_port_write_room_grew(&uart->port);
	}
}

static const struct irq_ops uart_irq_ops = { .name = "ttyS", .handle = uart_interrupt };

/* --- the port ------------------------------------------------------------------------------------------ */

static int uart_open(struct char_port *port)
{
	struct uart *uart = uart_of(port);

	with_spinlock_irqsave(&uart->lock);
	uart->is_open = true;
	uart->is_throttled = false;
	uart->mcr |= MCR_DTR | MCR_RTS | MCR_OUT2;
	outb(uart->mcr, uart->io + UART_MCR);
	set_ier_locked(uart, uart->ier | IER_RX | IER_LINE);
	return 0;
}

static void uart_close(struct char_port *port)
{
	struct uart *uart = uart_of(port);

	with_spinlock_irqsave(&uart->lock);
	uart->is_open = false;
	set_ier_locked(uart, uart->ier & IER_TX);
}

static size_t uart_write(struct char_port *port, const u8 *bytes, size_t len)
{
	struct uart *uart = uart_of(port);
	size_t n = 0;

	with_spinlock_irqsave(&uart->lock);
	while (n < len && ring_used(uart) < RING_BYTES)
		uart->ring[uart->ring_head++ % RING_BYTES] = bytes[n++];
	send_some_locked(uart);
	return n;
}

static size_t uart_write_room(struct char_port *port)
{
	return RING_BYTES - ring_used(uart_of(port));
}

static size_t uart_unsent(struct char_port *port)
{
	struct uart *uart = uart_of(port);

	return ring_used(uart) + !(inb(uart->io + UART_LSR) & LSR_ALL_SENT);
}

static void uart_configure(struct char_port *port, const struct char_port_line *line)
{
	struct uart *uart = uart_of(port);
	u32 divisor = line->baud ? 115200 / line->baud : 1;
	u8 lcr = (u8)((line->data_bits - 5) & 3);

	divisor = divisor ? divisor : 1;
	lcr |= line->two_stop_bits ? 0x04 : 0;
	lcr |= line->has_parity ? (line->is_odd_parity ? 0x08 : 0x18) : 0;
	with_spinlock_irqsave(&uart->lock);
	uart->lcr = lcr;
	outb(lcr | LCR_DIVISOR, uart->io + UART_LCR);
	outb((u8)divisor, uart->io + UART_DATA);
	outb((u8)(divisor >> 8), uart->io + UART_IER);
	outb(lcr, uart->io + UART_LCR);
	outb(uart->ier, uart->io + UART_IER);
}

static u32 uart_get_modem(struct char_port *port)
{
	struct uart *uart = uart_of(port);
	u8 msr = inb(uart->io + UART_MSR);

	return (uart->mcr & MCR_DTR ? TIOCM_DTR_BIT : 0) | (uart->mcr & MCR_RTS ? TIOCM_RTS_BIT : 0) |
	       (msr & 0x10 ? TIOCM_CTS_BIT : 0) | (msr & 0x20 ? TIOCM_DSR_BIT : 0) |
	       (msr & 0x40 ? TIOCM_RI_BIT : 0) | (msr & 0x80 ? TIOCM_CD_BIT : 0);
}

static void uart_set_modem(struct char_port *port, u32 bits)
{
	struct uart *uart = uart_of(port);

	with_spinlock_irqsave(&uart->lock);
	uart->mcr = MCR_OUT2 | (bits & TIOCM_DTR_BIT ? MCR_DTR : 0) | (bits & TIOCM_RTS_BIT ? MCR_RTS : 0);
	outb(uart->mcr, uart->io + UART_MCR);
}

static void uart_set_break(struct char_port *port, bool is_on)
{
	struct uart *uart = uart_of(port);

	with_spinlock_irqsave(&uart->lock);
	uart->lcr = is_on ? uart->lcr | LCR_BREAK : uart->lcr & (u8)~LCR_BREAK;
	outb(uart->lcr, uart->io + UART_LCR);
}

static void uart_unthrottle(struct char_port *port)
{
	struct uart *uart = uart_of(port);

	with_spinlock_irqsave(&uart->lock);
	uart->is_throttled = false;
	if (uart->is_open)
		set_ier_locked(uart, uart->ier | IER_RX);
}

static const struct char_port_ops uart_ops = {
	.name = "8250",
	.open = uart_open,
	.close = uart_close,
	.write = uart_write,
	.write_room = uart_write_room,
	.unsent = uart_unsent,
	.configure = uart_configure,
	.get_modem = uart_get_modem,
	.set_modem = uart_set_modem,
	.set_break = uart_set_break,
	.unthrottle = uart_unthrottle,
};

/* --- the log's console ------------------------------------------------------------------------------------ */

/* Room for a FIFO full of bytes, or the patience is over. U2 */
static void wait_empty(struct uart *uart)
{
	for (int i = 0; i < POLL_MAX && !(inb(uart->io + UART_LSR) & LSR_TX_EMPTY); i++)
		cpu_relax();
}

/* Newlines get a carriage return. */
static void write_polled(struct uart *uart, const char *text, size_t len)
{
	u32 room = 0;

	for (size_t i = 0; i < len; i++) {
		if (room < 2) {
			wait_empty(uart);
			room = FIFO_BYTES;
		}
		if (text[i] == '\n')
			outb('\r', uart->io + UART_DATA);
		outb((u8)text[i], uart->io + UART_DATA);
		room -= text[i] == '\n' ? 2 : 1;
	}
}

/*
 * Whoever prints may hold any lock, so this one is taken without its rank. In a panic it may be held by
 * somebody who is stopped, so it is not taken at all.
 */
static void console_write(struct console *console, const char *text, size_t len)
{
	struct uart *uart = &uarts.uart[0];
	unsigned long flags;

	if (panic_in_progress()) {
		write_polled(uart, text, len);
		return;
	}
	local_irq_save(flags);
	preempt_disable();
	raw_spin_acquire(&uart->lock);
	write_polled(uart, text, len);
	raw_spin_release(&uart->lock);
	preempt_enable_no_resched();
	local_irq_restore(flags);
}

static const struct console_ops console_ops = { .name = "ttyS0", .write = console_write };

/* A 16550 keeps what is written to its scratch register. */
static bool uart_probe(struct uart *uart)
{
	outb(0x5a, uart->io + UART_SCRATCH);
	if (inb(uart->io + UART_SCRATCH) != 0x5a)
		return false;
	outb(0, uart->io + UART_IER);
	outb(FCR_FIFOS, uart->io + UART_FCR);
	uart->lcr = 3;
	outb(uart->lcr, uart->io + UART_LCR);
	uart->mcr = MCR_DTR | MCR_RTS | MCR_OUT2;
	outb(uart->mcr, uart->io + UART_MCR);
	return true;
}

static void uart_setup(u32 index, u16 io, u8 isa_irq, const char *note)
{
	struct uart *uart = &uarts.uart[index];

	spin_lock_init(&uart->lock, RANK_CONSOLE);
	uart->io = io;
	uart->isa_irq = isa_irq;
	uart->port.ops = &uart_ops;
	uart->port.driver = "ttyS";
	uart->port.index = index;
	uart->port.major = 4;
	uart->port.minor = 64 + index;
	uart->port.line_note = note;
	uart->is_there = uart_probe(uart);
}

static void console_init(void)
{
	uart_setup(0, 0x3f8, 4, "uart:16550A port:000003F8 irq:4");
	uart_setup(1, 0x2f8, 3, "uart:16550A port:000002F8 irq:3");
	uarts.console.ops = &console_ops;
	if (uarts.uart[0].is_there)
		console_register(&uarts.console);
}

void serial_init(void)
{
	console_init();
	for (u32 i = 0; i < ARRAY_SIZE(uarts.uart); i++) {
		struct uart *uart = &uarts.uart[i];

		if (!uart->is_there)
			continue;
		if (gsi_request(uart->isa_irq, GSI_ISA, &uart_irq_ops, uart, cpu_online_mask, &uart->line))
			pr_warn("serial: no interrupt for ttyS%u\n", i);
		else
			char_port_register(&uart->port);
	}
}
