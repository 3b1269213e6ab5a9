/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * users_crypt.c - selftest=users: write-back through a block cipher, by which alone dirty memory comes free.
 *
 * WHAT        Writers make pages dirty, as fast as they get them. A flusher hands bios of some pages each to the cipher's thread, which
 *             encrypts copies of them, for the pages themselves must stay readable, and hands these to the disk. When the disk
 *             has answered for all pages of a bio, its copies and its dirty pages are free. The thread may not wait for
 *             memory, as memory waits for it. So the device keeps a standing reserve for its copies, from the time when it was
 *             made, and counts how many pages of it are out: a bio takes its number at once, before it takes the first page, and waits for
 *             answers of the disk if there are not so many. Descriptors come from a pool that has one for every bio which
 *             that count can let out, so that it never waits either.
 *             The control asks the general pool for copies and descriptors; what it gets none for is an error of the bio.
 * INVARIANTS  K1  Copies that exist <= pages out <= CRYPT_PAGES, the size of the reserve: a copy's page is freed before it is counted back.
 *             K2  Each bio out has one page at least, so there are no more than CRYPT_PAGES descriptors out.
 *             K3  A sector is one bio's at most: its writer makes it dirty again when the disk has answered.
 *             K4  One thread serves bios in their order, so a large one is not passed by small ones for ever.
 * LOCKING     crypt.lock (rank LEAF, interrupts off): lists, counts, a sector's state. Pages are allocated and freed outside of it. A dirty
 *             sector's page belongs to the bio that has it.
 * LIFECYCLE   sector: clean -> dirty (list) -> out (bio) --the disk's answer--> clean
 * TESTS       tests/harness/users.py
 */
#include "users_impl.h"

#include <lib/printf.h>
#include <log/printk.h>
#include <pages/mempool.h>
#include <pages/page_alloc.h>
#include <pages/reserve.h>
#include <pages/slab.h>

#define NR_SECTORS  512u /* of a page each */
#define BIO_PAGES   12u
#define NR_BIOS	    8u
#define CRYPT_PAGES 32u /* less than all bios want at once */
#define KEY	    0x6b6579u

static const struct object_type io_type = { .name = "model_crypt_io", .owner = "mm" };

struct sector {
	struct list_head node; /* dirty ones */
	struct page *page;     /* NULL: clean */
	u64 generation;	       /* of the newest contents */
	u64 on_disk;	       /* of those that the disk has */
};

struct bio {
	struct list_head node; /* free, or waiting for the cipher */
	u32 nr;
	struct sector *sector[BIO_PAGES];
};

struct crypt_io;

struct copy {
	struct crypt_io *io;
	struct page *page;
	struct disk_request request;
};

/* A bio on its way through the cipher. */
struct crypt_io {
	struct bio *bio;
	atomic_t nr_left; /* answers to come */
	struct copy copy[BIO_PAGES];
};

static struct {
	spinlock_t lock;
	struct list_head dirty __guarded_by(&lock), free_bios __guarded_by(&lock), queue __guarded_by(&lock);
	u32 nr_dirty __guarded_by(&lock), nr_free_bios __guarded_by(&lock), nr_out __guarded_by(&lock); /* K1 */
	bool is_over;			/* writers end */
	u32 nr_writers;			/* that have not ended; atomic */
	struct wait_queue_head wait;	/* for what the disk's answers bring: clean sectors, free bios, pages that are not out */
	struct wait_queue_head to_do;	/* flusher: dirty sectors; the cipher: bios */
	struct reserve reserve;		/* of CRYPT_PAGES */
	struct mempool ios;
	struct kmem_cache *cache;
	struct sector sector[NR_SECTORS];
	struct bio bio[NR_BIOS];
	struct users_counts counts;
	atomic_long_t nr_waits, nr_pages, copies_out;
	struct model_thread flusher, cipher, writer[PRESSURE_CPUS_MAX];
} crypt = {
	.lock = SPINLOCK_INIT(RANK_LEAF),
	.dirty = LIST_HEAD_INIT(crypt.dirty),
	.free_bios = LIST_HEAD_INIT(crypt.free_bios),
	.queue = LIST_HEAD_INIT(crypt.queue),
	.wait = WAIT_QUEUE_HEAD_INIT(crypt.wait),
	.to_do = WAIT_QUEUE_HEAD_INIT(crypt.to_do),
};

static u32 number_of(const struct sector *sector)
{
	return (u32)(sector - crypt.sector);
}

static void count_wrong(const char *what, u32 number)
{
	if (atomic_long_inc_return(&crypt.counts.nr_wrong) == 1)
		pr_err("users: crypt: sector %u: %s\n", number, what);
}

/* --- the cipher's memory ------------------------------------------------------------------------------------ */

static bool try_take_out(u32 nr)
{
	with_spinlock_irqsave(&crypt.lock);
	if (crypt.nr_out + nr > CRYPT_PAGES)
		return false;
	crypt.nr_out += nr;
	return true;
}

/* So many pages of the reserve are the caller's to allocate. Waits for answers of the disk, and for nothing else. */
static void take_out(u32 nr)
{
	if (try_take_out(nr))
		return;
	atomic_long_inc(&crypt.nr_waits);
	wait_event_device(crypt.wait, try_take_out(nr), DISK_NAME);
}

static void bring_back(u32 nr)
{
	spin_lock_irq(&crypt.lock);
	crypt.nr_out -= nr;
	spin_unlock_irq(&crypt.lock);
	wake_up_all(&crypt.wait);
}

static struct page *copy_page_alloc(void)
{
	struct page *page = users_plan.is_bare ? alloc_page(QUIET) : alloc_page_standing(&crypt.reserve, GFP_NOWAIT);

	if (page)
		atomic_long_inc(&crypt.copies_out);
	return page;
}

static void copy_page_free(struct page *page)
{
	if (!page)
		return;
	free_pages(page, 0);
	atomic_long_dec(&crypt.copies_out);
}

/* K2: the pool has one. A request that may sleep would reclaim before it waits, so this one may not. */
static struct crypt_io *io_alloc(void)
{
	return users_plan.is_bare ? kmem_cache_alloc(crypt.cache, QUIET) : mempool_alloc(&crypt.ios, GFP_NOWAIT);
}

static void io_free(struct crypt_io *io)
{
	if (users_plan.is_bare)
		kmem_cache_free(crypt.cache, io);
	else
		mempool_free(&crypt.ios, io);
}

static void io_abandon(struct crypt_io *io, u32 nr)
{
	while (nr--)
		copy_page_free(io->copy[nr].page);
	io_free(io);
}

/* A descriptor with a page for each of @bio's; NULL: the control's lot. */
static struct crypt_io *io_create(struct bio *bio)
{
	struct crypt_io *io = io_alloc();

	if (!io)
		return NULL;
	io->bio = bio;
	atomic_set(&io->nr_left, bio->nr);
	for (u32 i = 0; i < bio->nr; i++) {
		io->copy[i].io = io;
		io->copy[i].page = copy_page_alloc();
		if (io->copy[i].page)
			continue;
		io_abandon(io, i);
		return NULL;
	}
	return io;
}

/* --- the end of a bio --------------------------------------------------------------------------------------- */

/* The sector is on the disk, or (the control) its new contents are lost. Returns the page that nobody needs any more. */
static struct page *sector_end(struct sector *sector, bool ok)
{
	struct page *page;

	with_spinlock_irqsave(&crypt.lock);
	page = sector->page;
	sector->page = NULL;
	if (ok)
		sector->on_disk = sector->generation;
	return page;
}

static void bio_end(struct bio *bio, bool ok)
{
	for (u32 i = 0; i < bio->nr; i++) {
		struct page *page = sector_end(bio->sector[i], ok);

		if (!page)
			count_wrong("was written twice", number_of(bio->sector[i]));
		free_pages(page, 0);
	}
	atomic_long_inc(ok ? &crypt.counts.nr_done : &crypt.counts.nr_failed);
	spin_lock_irq(&crypt.lock);
	list_add_tail(&bio->node, &crypt.free_bios);
	crypt.nr_free_bios++;
	spin_unlock_irq(&crypt.lock);
	wake_up_all(&crypt.wait);
}

/* The disk's answer for one page. */
static void copy_done(struct disk_request *request)
{
	struct copy *copy = container_of(request, struct copy, request);
	struct crypt_io *io = copy->io;
	struct bio *bio = io->bio;
	bool is_last;

	copy_page_free(copy->page);
	is_last = atomic_dec_and_test(&io->nr_left);
	if (is_last)
		io_free(io); /* K2: before its last page is counted back */
	bring_back(1); /* K1 */
	if (is_last)
		bio_end(bio, true);
}

static const struct disk_request_ops copy_ops = { .name = "model_crypt", .done = copy_done };

/* --- the cipher ----------------------------------------------------------------------------------------------- */

/* A stream of its own for each sector; twice gives the plain text again. */
static void cipher(const struct page *from, struct page *to, u32 sector)
{
	const u64 *in = page_address(from);
	u64 *out = page_address(to);

	for (u32 i = 0; i < PAGE_WORDS; i++)
		out[i] = in[i] ^ content_word(KEY, sector, i);
}

static void encrypt(struct bio *bio)
{
	struct crypt_io *io;
	u32 nr = bio->nr;

	take_out(nr);
	io = io_create(bio);
	if (!io) {
		bring_back(nr);
		bio_end(bio, false);
		return;
	}
	for (u32 i = 0; i < nr; i++)
		cipher(bio->sector[i]->page, io->copy[i].page, number_of(bio->sector[i]));
	for (u32 i = 0; i < nr; i++) /* after the last of them @io and @bio are the disk's */
		disk_start(&io->copy[i].request, number_of(bio->sector[i]), io->copy[i].page, true, &copy_ops);
}

static struct bio *next_bio(void)
{
	struct bio *bio;

	with_spinlock_irqsave(&crypt.lock);
	if (list_empty(&crypt.queue))
		return NULL;
	bio = list_first_entry(&crypt.queue, struct bio, node);
	list_del(&bio->node);
	return bio;
}

static void cipher_run(void *arg)
{
	struct bio *bio;

	while (!kthread_should_stop()) {
		wait_event(crypt.to_do, !list_empty(&crypt.queue) || kthread_should_stop());
		while ((bio = next_bio()))
			encrypt(bio);
	}
}

/* --- write-back ------------------------------------------------------------------------------------------------ */

/* Up to @max dirty sectors become @bio's. How many. */
static u32 collect(struct bio *bio, u32 max)
{
	with_spinlock_irqsave(&crypt.lock);
	for (bio->nr = 0; bio->nr < max && crypt.nr_dirty; crypt.nr_dirty--) {
		struct sector *sector = list_first_entry(&crypt.dirty, struct sector, node);

		list_del(&sector->node);
		bio->sector[bio->nr++] = sector;
	}
	return bio->nr;
}

static struct bio *take_free_bio(void)
{
	struct bio *bio;

	wait_event_device(crypt.wait, READ_ONCE(crypt.nr_free_bios), DISK_NAME);
	spin_lock_irq(&crypt.lock);
	bio = list_first_entry(&crypt.free_bios, struct bio, node);
	list_del(&bio->node);
	crypt.nr_free_bios--;
	spin_unlock_irq(&crypt.lock);
	return bio;
}

static void submit(struct bio *bio)
{
	atomic_long_add(bio->nr, &crypt.nr_pages);
	spin_lock_irq(&crypt.lock);
	list_add_tail(&bio->node, &crypt.queue);
	spin_unlock_irq(&crypt.lock);
	wake_up_all(&crypt.to_do);
}

static bool is_dirty_or_over(void)
{
	return READ_ONCE(crypt.nr_dirty) || !READ_ONCE(crypt.nr_writers);
}

/* One bio of what is dirty. False: nothing is, nor will be. */
static bool write_some(u64 *random)
{
	struct bio *bio;

	wait_event(crypt.to_do, is_dirty_or_over());
	if (!READ_ONCE(crypt.nr_dirty))
		return false;
	bio = take_free_bio();
	collect(bio, 1 + random_below(random, BIO_PAGES)); /* nobody else takes any: it is not empty */
	submit(bio);
	return true;
}

/* So many bios at least, and then what the writers leave behind. Ends when the disk has answered for all. */
static void flusher_run(void *arg)
{
	struct model_thread *self = arg;

	for (unsigned long nr = 1; write_some(&self->random); nr++)
		if (nr >= users_plan.nr_wanted && !crypt.is_over && model_has_been_in_need(&crypt.counts)) {
			WRITE_ONCE(crypt.is_over, true);
			wake_up_all(&crypt.wait);
		}
	wait_event_device(crypt.wait, READ_ONCE(crypt.nr_free_bios) == NR_BIOS, DISK_NAME);
}

/* --- who makes pages dirty -------------------------------------------------------------------------------------- */

/* New contents of @sector, which is clean. */
static void make_dirty(struct sector *sector, struct page *page)
{
	content_fill(page, number_of(sector), ++sector->generation, PAGE_WORDS);
	spin_lock_irq(&crypt.lock);
	sector->page = page;
	list_add_tail(&sector->node, &crypt.dirty);
	crypt.nr_dirty++;
	spin_unlock_irq(&crypt.lock);
	wake_up_all(&crypt.to_do);
}

/* Mostly with the greed of one who takes the last page, so that write-back must free it. */
static struct page *dirty_page_alloc(u64 *random)
{
	return alloc_page(random_below(random, 4) ? GREEDY : POLITE);
}

/* Each writer has every nr_cpus-th sector, one after the other. */
static void writer_run(void *arg)
{
	struct model_thread *self = arg;
	u32 number = self->number;

	while (!READ_ONCE(crypt.is_over)) {
		struct sector *sector = &crypt.sector[number];
		struct page *page;

		wait_event(crypt.wait, !READ_ONCE(sector->page) || READ_ONCE(crypt.is_over)); /* K3 */
		if (READ_ONCE(crypt.is_over))
			break;
		if (!random_below(&self->random, 50))
			pressure_brim();
		page = dirty_page_alloc(&self->random);
		if (!page)
			continue;
		make_dirty(sector, page);
		number = number + users_plan.nr_cpus < NR_SECTORS ? number + users_plan.nr_cpus : self->number;
	}
	xadd(&crypt.nr_writers, -1u);
	wake_up_all(&crypt.to_do);
}

/* --- the model ---------------------------------------------------------------------------------------------------- */

static const struct kthread_ops writer_ops = { .name = "model_writer", .run = writer_run };
static const struct kthread_ops flusher_ops = { .name = "model_flusher", .run = flusher_run };
static const struct kthread_ops cipher_ops = { .name = "model_cipher", .run = cipher_run };

/* The device is made: here it may fail, and wait. */
static bool device_create(void)
{
	crypt.cache = kmem_cache_create(&io_type, sizeof(struct crypt_io), 8, 0);
	if (!crypt.cache || !disk_create(NR_SECTORS))
		return false;
	if (users_plan.is_bare)
		return true;
	return !mempool_init_slab(&crypt.ios, CRYPT_PAGES, crypt.cache) &&
	       !reserve_standing_open(&crypt.reserve, CRYPT_PAGES, NODES_ALL);
}

static void device_destroy(void)
{
	if (!users_plan.is_bare) {
		reserve_standing_close(&crypt.reserve);
		mempool_fini(&crypt.ios);
	}
	disk_destroy();
}

static bool prepare(void)
{
	bool ok = device_create();

	for (u32 i = 0; i < NR_BIOS; i++)
		list_add_tail(&crypt.bio[i].node, &crypt.free_bios);
	crypt.nr_free_bios = NR_BIOS;
	crypt.nr_writers = users_plan.nr_cpus;
	ok = ok && model_thread_create(&crypt.flusher, &flusher_ops, 0, 0);
	ok = ok && model_thread_create(&crypt.cipher, &cipher_ops, users_plan.nr_cpus - 1, 1);
	for (u32 i = 0; i < users_plan.nr_cpus; i++)
		ok = ok && model_thread_create(&crypt.writer[i], &writer_ops, i, 2);
	return ok;
}

static void run(void)
{
	model_thread_start(&crypt.cipher);
	model_thread_start(&crypt.flusher);
	for (u32 i = 0; i < users_plan.nr_cpus; i++)
		model_thread_start(&crypt.writer[i]);
	for (u32 i = 0; i < users_plan.nr_cpus; i++)
		model_thread_stop(&crypt.writer[i]);
	model_thread_stop(&crypt.flusher);
	model_thread_stop(&crypt.cipher);
}

/* What a sector's last write brought is on the disk; in the control, an earlier one's if that was lost. */
static void check_sector(const struct sector *sector, struct page *page)
{
	u32 number = number_of(sector);

	if (sector->page)
		count_wrong("is still dirty", number);
	if (sector->on_disk != sector->generation && !users_plan.is_bare)
		count_wrong("was lost", number);
	if (!sector->on_disk)
		return;
	disk_read(number, page);
	cipher(page, page, number);
	if (!content_is(page, number, sector->on_disk, PAGE_WORDS))
		count_wrong("has not what was written", number);
}

static void check(void)
{
	struct page *page = alloc_page(GFP_KERNEL);

	for (u32 i = 0; page && i < NR_SECTORS; i++)
		check_sector(&crypt.sector[i], page);
	free_pages(page, 0);
	if (!page || crypt.nr_out || atomic_long_read(&crypt.copies_out))
		count_wrong("copies are left over", 0);
	if (!users_plan.is_bare && (atomic_long_read(&crypt.reserve.drawn) || reserve_left(&crypt.reserve) != CRYPT_PAGES))
		count_wrong("the reserve is not whole again", 0);
	device_destroy();
}

static void report(char *buf, size_t size)
{
	scnprintf(buf, size, "pages %lu waits %lu", (unsigned long)atomic_long_read(&crypt.nr_pages),
		  (unsigned long)atomic_long_read(&crypt.nr_waits));
}

const struct user_model crypt_model = {
	.name = "crypt", .counts = &crypt.counts, .prepare = prepare, .run = run, .check = check, .report = report,
};
