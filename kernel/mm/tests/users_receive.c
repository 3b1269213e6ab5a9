/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * users_receive.c - selftest=users: packet receive, whose ring is refilled in interrupts.
 *
 * WHAT        On each processor a timer stands for a network device's interrupt: some packets have come into the ring's buffers. Each goes up to a
 *             socket, and another buffer takes its place, at once and without waiting. A driver that finds no buffer drops the packet and
 *             keeps the old buffer. A thread reads the socket, which holds a bounded number of packets, and frees them, knowing nothing of
 *             where they came from. When the device comes up it opens a standing reserve of as many pages as all rings and sockets can
 *             have at once, and the interrupt names it: it has no transaction to be inside of. What the reader frees is promised again.
 *             The control asks the general pool alone, as urgently as interrupts can.
 * INVARIANTS  P1  Buffers that exist <= the size of the reserve: one for each place of the rings and the sockets. A socket's place is
 *                 free only when its packet's page is.
 *             P2  nr_sent == what was read + what was dropped, and what is read comes in order.
 * LOCKING     queue.lock (rank LEAF, interrupts off): the socket. The ring and its counts are the interrupt's, which is its processor's alone.
 * LIFECYCLE   page: in the ring --filled, replaced--> at the socket --read--> freed
 * TESTS       tests/harness/users.py
 */
#include "users_impl.h"

#include <arch/preempt.h>
#include <lib/printf.h>
#include <log/printk.h>
#include <pages/page_alloc.h>
#include <pages/reserve.h>
#include <time/ktime.h>
#include <time/timer.h>

#define RING_BUFFERS	 16u
#define SOCKET_PACKETS	 32u
#define BURST_MAX	 8u
#define INTERRUPT_NS	 300000ull
#define PACKET_WORDS_MIN 8u /* what a packet says of itself, and a little more */
#define PACKET_WORDS_MAX 188u
#define HEADER_WORDS	 2u /* number and length: contents come behind */
#define PACKETS_A_UNIT	 8u /* of users=N */

/* In a packet's page. */
struct packet {
	u64 number; /* as the queue sent them: the interrupt counts */
	u64 nr_words;
};

struct queue {
	struct timer timer;
	u64 random;
	u32 cpu;
	struct page *ring[RING_BUFFERS];
	u32 next;
	u64 nr_sent, nr_full, nr_empty; /* packets; dropped: the socket was full, there was no buffer */
	spinlock_t lock;
	struct page *packet[SOCKET_PACKETS] __guarded_by(&lock);
	u32 first __guarded_by(&lock), nr_packets __guarded_by(&lock);
	struct wait_queue_head wait;
	u64 nr_read, last_read; /* the reader's */
	struct model_thread reader;
};

static struct {
	struct queue queue[PRESSURE_CPUS_MAX];
	struct reserve reserve; /* P1 */
	atomic_long_t nr_sent;
	struct wait_queue_head wait; /* for all to be sent */
	struct users_counts counts;
} receive = { .wait = WAIT_QUEUE_HEAD_INIT(receive.wait) };

_Static_assert(HEADER_WORDS * sizeof(u64) == sizeof(struct packet), "the contents begin behind the header");

static void count_wrong(const struct queue *queue, const char *what)
{
	if (atomic_long_inc_return(&receive.counts.nr_wrong) == 1)
		pr_err("users: receive: queue %u: %s\n", queue->cpu, what);
}

static bool all_is_sent(void)
{
	return atomic_long_read(&receive.nr_sent) >= (long)(users_plan.nr_wanted * PACKETS_A_UNIT) && model_has_been_in_need(&receive.counts);
}

/* --- the device --------------------------------------------------------------------------------------------- */

static u64 content_of(const struct queue *queue, u64 number)
{
	return (u64)queue->cpu << 24 ^ number;
}

/* A packet comes into @page. Behind the header each word follows from who sent it and its number. */
static void dma(struct queue *queue, struct page *page)
{
	u32 nr_words = PACKET_WORDS_MIN + random_below(&queue->random, PACKET_WORDS_MAX - PACKET_WORDS_MIN + 1);
	u64 *words = page_address(page);

	words[0] = queue->nr_sent;
	words[1] = nr_words;
	for (u32 i = HEADER_WORDS; i < nr_words; i++)
		words[i] = content_word(content_of(queue, queue->nr_sent), queue->nr_sent, i);
}

static bool is_intact(const struct queue *queue, const struct page *page)
{
	const u64 *words = page_address(page);

	if (words[1] < PACKET_WORDS_MIN || words[1] > PACKET_WORDS_MAX)
		return false;
	for (u32 i = HEADER_WORDS; i < words[1]; i++)
		if (words[i] != content_word(content_of(queue, words[0]), words[0], i))
			return false;
	return true;
}

/* --- the driver's interrupt ----------------------------------------------------------------------------------- */

/* The one allocation of the receive path. */
static struct page *buffer_alloc(void)
{
	gfp_t gfp = GFP_ATOMIC | __GFP_NOWARN;

	KASSERT(in_hardirq());
	return users_plan.is_bare ? alloc_page(gfp) : alloc_page_standing(&receive.reserve, gfp);
}

/* Only the interrupt adds packets: what it finds not full is so until it has added one. */
static bool socket_is_full(const struct queue *queue)
{
	return READ_ONCE(queue->nr_packets) == SOCKET_PACKETS;
}

static void socket_add(struct queue *queue, struct page *page)
{
	spin_lock(&queue->lock); /* interrupts are off */
	queue->packet[(queue->first + queue->nr_packets++) % SOCKET_PACKETS] = page;
	spin_unlock(&queue->lock);
	wake_up(&queue->wait);
}

/* The buffer that is next in the ring has a packet. Where it can't be passed on it is dropped: the buffer stays. */
static void receive_one(struct queue *queue)
{
	struct page **slot = &queue->ring[queue->next], *fresh;

	dma(queue, *slot);
	queue->nr_sent++;
	queue->next = (queue->next + 1) % RING_BUFFERS;
	if (socket_is_full(queue)) {
		queue->nr_full++;
		return;
	}
	fresh = buffer_alloc();
	if (!fresh) {
		queue->nr_empty++;
		atomic_long_inc(&receive.counts.nr_failed);
		return;
	}
	socket_add(queue, *slot);
	*slot = fresh;
}

static void interrupt(struct timer *timer)
{
	struct queue *queue = container_of(timer, struct queue, timer);
	u32 nr = 1 + random_below(&queue->random, BURST_MAX);

	for (u32 i = 0; i < nr; i++)
		receive_one(queue);
	atomic_long_add(nr, &receive.nr_sent);
	if (all_is_sent())
		wake_up_all(&receive.wait);
	else
		timer_start_pinned(timer, queue->cpu, ktime_get_ns() + INTERRUPT_NS);
}

static const struct timer_ops interrupt_ops = { .name = "model_receive", .expire = interrupt };

/* --- the socket's reader ---------------------------------------------------------------------------------------- */

static struct page *first_packet(struct queue *queue)
{
	with_spinlock_irqsave(&queue->lock);
	return queue->nr_packets ? queue->packet[queue->first] : NULL;
}

/* The first packet's place is free, after its page is (P1). */
static void drop_first(struct queue *queue)
{
	with_spinlock_irqsave(&queue->lock);
	queue->first = (queue->first + 1) % SOCKET_PACKETS;
	WRITE_ONCE(queue->nr_packets, queue->nr_packets - 1);
}

static void read_one(struct queue *queue, struct page *page)
{
	const struct packet *packet = page_address(page);

	if (!is_intact(queue, page))
		count_wrong(queue, "a packet is not what was sent");
	if (queue->nr_read && packet->number <= queue->last_read)
		count_wrong(queue, "packets are not in order");
	queue->last_read = packet->number;
	queue->nr_read++;
	free_pages(page, 0);
	drop_first(queue);
	atomic_long_inc(&receive.counts.nr_done);
}

/* A slow reader, while others take all there is: every packet must be held, and every buffer for the next one promised. */
static void let_socket_fill(struct queue *queue)
{
	while (!socket_is_full(queue) && !kthread_should_stop() && !all_is_sent())
		pressure_brim();
}

/* Ends when nothing comes any more and all is read. */
static void reader_run(void *arg)
{
	struct model_thread *self = arg;
	struct queue *queue = &receive.queue[self->number];
	struct page *page;

	while (!kthread_should_stop()) {
		wait_event(queue->wait, READ_ONCE(queue->nr_packets) || kthread_should_stop());
		if (!random_below(&self->random, 16))
			let_socket_fill(queue);
		while ((page = first_packet(queue)))
			read_one(queue, page);
	}
	while ((page = first_packet(queue)))
		read_one(queue, page);
}

/* --- the model ---------------------------------------------------------------------------------------------------- */

static const struct kthread_ops reader_ops = { .name = "model_reader", .run = reader_run };

static bool queue_create(struct queue *queue, u32 cpu)
{
	bool ok = true;

	queue->cpu = cpu;
	queue->random = random_of(users_plan.seed, 2 * (cpu * 4 + 1) + 1);
	spin_lock_init(&queue->lock, RANK_LEAF);
	init_waitqueue_head(&queue->wait);
	timer_init(&queue->timer, &interrupt_ops);
	for (u32 i = 0; i < RING_BUFFERS; i++)
		ok &= !!(queue->ring[i] = alloc_page(GFP_KERNEL));
	return ok && model_thread_create(&queue->reader, &reader_ops, cpu, 0);
}

/* The device comes up: here it may fail, and wait. */
static bool prepare(void)
{
	u32 nr_pages = users_plan.nr_cpus * (RING_BUFFERS + SOCKET_PACKETS); /* P1 */
	bool ok = true;

	for (u32 i = 0; i < users_plan.nr_cpus; i++)
		ok &= queue_create(&receive.queue[i], i);
	return ok && (users_plan.is_bare || !reserve_standing_open(&receive.reserve, nr_pages, NODES_ALL));
}

static void run(void)
{
	for (u32 i = 0; i < users_plan.nr_cpus; i++) {
		model_thread_start(&receive.queue[i].reader);
		timer_start_pinned(&receive.queue[i].timer, i, ktime_get_ns());
	}
	wait_event(receive.wait, all_is_sent());
	for (u32 i = 0; i < users_plan.nr_cpus; i++) {
		timer_cancel_sync(&receive.queue[i].timer);
		model_thread_stop(&receive.queue[i].reader);
	}
}

static void check_queue(struct queue *queue)
{
	if (queue->nr_read + queue->nr_full + queue->nr_empty != queue->nr_sent) /* P2 */
		count_wrong(queue, "packets are lost");
	for (u32 i = 0; i < RING_BUFFERS; i++)
		free_pages(queue->ring[i], 0);
}

static void check(void)
{
	for (u32 i = 0; i < users_plan.nr_cpus; i++)
		check_queue(&receive.queue[i]);
	if (users_plan.is_bare)
		return;
	if (atomic_long_read(&receive.reserve.drawn))
		count_wrong(&receive.queue[0], "the reserve is not whole again");
	reserve_standing_close(&receive.reserve);
}

static void report(char *buf, size_t size)
{
	u64 nr_full = 0;

	for (u32 i = 0; i < users_plan.nr_cpus; i++)
		nr_full += receive.queue[i].nr_full;
	scnprintf(buf, size, "sent %lu socket_full %llu", (unsigned long)atomic_long_read(&receive.nr_sent), (unsigned long long)nr_full);
}

const struct user_model receive_model = {
	.name = "receive", .counts = &receive.counts, .prepare = prepare, .run = run, .check = check, .report = report,
};
