/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * users_journal.c - selftest=users: a file system's journal, whose handles can't back out.
 *
 * WHAT        Metadata blocks change in handles, each of which is all there after a crash or not at all. A handle reserves its worst case with
 *             nothing but a directory's lock held, joins the running transaction, and changes blocks: of each that the transaction
 *             does not have yet it makes a copy, read from the disk. Nothing of that can fail. When it must do more than it knew it asks for
 *             room in the transaction and tops its reservation up; where that is refused it does without. The commit thread
 *             takes a full transaction whose handles have ended, writes its blocks to the log, then that they are all there,
 *             then each to its home, and frees them. It allocates nothing: who put a block into the transaction paid for its
 *             way to the disk with it. So the thread by which memory comes free never waits for memory.
 *             The control does the same without reservations, and drops a change that it has no memory for.
 * INVARIANTS  J1  A handle waits for room in the log with no reservation open, and inside for locks and the disk alone (D3).
 *             J2  nr_blocks + what joined handles may still add <= TRANSACTION_MAX, so that a transaction fits the log.
 *             J3  A block of a running transaction changes only in a handle that has joined it, with the block's lock held.
 *             J4  meta.generation is that of the newest contents: of the running copy, else the one being committed, else the disk's.
 * LOCKING     directory[] (rank INODE) is held around whole handles: it stands outside of a reservation (D1). meta.lock (rank FOLIO):
 *             the block's contents, and `running` being set. journal.lock (rank JOURNAL, inside): the rest. GFP_RESERVE may reclaim as far as
 *             lock order is concerned, so nothing is allocated inside of journal.lock.
 * LIFECYCLE   transaction: created by a handle --transaction_close--> closed --its last handle ends--> committing --> freed
 * TESTS       tests/harness/users.py
 */
#include "users_impl.h"

#include <lib/printf.h>
#include <lib/string.h>
#include <log/printk.h>
#include <pages/page_alloc.h>
#include <pages/reserve.h>
#include <pages/slab.h>
#include <sync/mutex.h>

#define NR_DIRECTORIES	3
#define NR_META		64u /* blocks of the file system; their homes are the disk's first */
#define HANDLE_MAX	8u  /* blocks that a handle knows it may change */
#define SURPRISE_MAX	4u  /* and that it may find out about later */
#define TRANSACTION_MAX 40u
#define LOG_RECORD	NR_META /* the log: which blocks, then their contents */
#define LOG_BLOCKS	(NR_META + 1)
#define DISK_BLOCKS	(LOG_BLOCKS + TRANSACTION_MAX)

static struct reserve_class journal_class = RESERVE_CLASS_INIT("model-journal");
static const struct object_type copy_type = { .name = "model_copy", .owner = "mm" };
static const struct object_type transaction_type = { .name = "model_transaction", .owner = "mm" };

/* A block as it is in a transaction, and all that its way to the disk will take. */
struct copy {
	struct list_head node;
	struct page *page;
	u32 block;
	u64 generation; /* final when its transaction is closed */
	struct disk_request request;
};

/* What the log's first block says. */
struct record {
	u64 number;
	u64 is_complete; /* all of it is in the log */
	u64 nr_blocks;
	struct {
		u64 block, generation;
	} entry[TRANSACTION_MAX];
};

struct transaction {
	struct list_head copies;
	u32 nr_blocks, nr_claimed; /* J2: journal.lock */
	u32 nr_handles;		   /* that have joined and not ended: journal.lock */
	bool is_closed;		   /* nobody joins any more: journal.lock */
	struct page *record;
	struct disk_request request;
};

struct meta {
	struct mutex lock;
	u64 generation; /* J4 */
	struct copy *running, *committing;
};

struct handle {
	struct reserve reserve;
	struct transaction *transaction;
	u32 nr_claimed; /* blocks it may still add */
};

static struct {
	struct mutex lock;
	struct mutex directory[NR_DIRECTORIES];
	struct meta meta[NR_META];
	struct transaction *running;
	u32 room; /* J2: what the running transaction still takes; read without the lock as an estimate */
	u64 nr_commits;
	bool is_committing;
	struct wait_queue_head wait; /* for room, for a transaction to commit, for all to be committed */
	struct kmem_cache *copies, *transactions; /* final */
	struct users_counts counts;
	atomic_long_t nr_begun, nr_topped_up, nr_without, nr_shared;
	struct model_thread committer, worker[PRESSURE_CPUS_MAX];
} journal = { .wait = WAIT_QUEUE_HEAD_INIT(journal.wait) };

/* What every allocation inside asks for. The control's asks for no more than a reservation would have to give: it neither waits nor reclaims. */
static gfp_t inside(void)
{
	return users_plan.is_bare ? QUIET : GFP_RESERVE;
}

static void count_failure(void)
{
	atomic_long_inc(&journal.counts.nr_failed);
}

static void count_wrong(const char *what, u32 block)
{
	if (atomic_long_inc_return(&journal.counts.nr_wrong) == 1)
		pr_err("users: journal: block %u: %s\n", block, what);
}

/* --- transactions --------------------------------------------------------------------------------------- */

static void transaction_free(struct transaction *transaction)
{
	if (!transaction)
		return;
	free_pages(transaction->record, 0);
	kmem_cache_free(journal.transactions, transaction);
}

/* NULL: the control's lot. */
static struct transaction *transaction_alloc(void)
{
	struct transaction *transaction = kmem_cache_alloc(journal.transactions, inside());
	struct page *record = alloc_page(inside());

	if (!transaction || !record) {
		kmem_cache_free(journal.transactions, transaction);
		free_pages(record, 0);
		count_failure();
		return NULL;
	}
	*transaction = (struct transaction){ .record = record };
	INIT_LIST_HEAD(&transaction->copies);
	return transaction;
}

static void room_update_locked(void)
{
	const struct transaction *running = journal.running;
	u32 room = TRANSACTION_MAX;

	if (running)
		room = running->is_closed ? 0 : TRANSACTION_MAX - running->nr_blocks - running->nr_claimed;
	WRITE_ONCE(journal.room, room);
}

/* The running transaction is to be committed: nobody joins it any more. */
static void transaction_close_locked(void)
{
	if (journal.running)
		journal.running->is_closed = true;
	room_update_locked();
	wake_up_all(&journal.wait);
}

/* --- handles ----------------------------------------------------------------------------------------------- */

/* What @nr_blocks may take at worst: their copies, each a page and an object. */
static unsigned long worst_case(u32 nr_blocks)
{
	return nr_blocks + reserve_slab_pages(journal.copies, nr_blocks);
}

/* And what a handle that opens a transaction takes beside that. */
static unsigned long worst_case_of_opening(void)
{
	return 1 + reserve_slab_pages(journal.transactions, 1);
}

/* Room for @nr blocks more in the handle's transaction, which exists and is open; or false. */
static bool claim_locked(struct handle *handle, u32 nr)
{
	struct transaction *running = journal.running;

	if (journal.room < nr)
		return false;
	running->nr_claimed += nr;
	handle->nr_claimed += nr;
	room_update_locked();
	return true;
}

/* Become one of the running transaction's handles, or say that it must go first. Consumes @fresh when there was none. */
static bool join(struct handle *handle, u32 nr_blocks, struct transaction **fresh)
{
	with_mutex(&journal.lock);
	if (!journal.running)
		journal.running = xchg(fresh, NULL);
	if (!claim_locked(handle, nr_blocks)) {
		transaction_close_locked();
		return false;
	}
	journal.running->nr_handles++;
	handle->transaction = journal.running;
	return true;
}

static void leave(struct handle *handle)
{
	struct transaction *transaction = handle->transaction;

	with_mutex(&journal.lock);
	transaction->nr_claimed -= handle->nr_claimed;
	transaction->nr_handles--;
	room_update_locked();
	wake_up_all(&journal.wait);
}

enum attempt { ATTEMPT_JOINED, ATTEMPT_NO_ROOM, ATTEMPT_NO_MEMORY };

static enum attempt join_inside(struct handle *handle, u32 nr_blocks)
{
	struct transaction *fresh = transaction_alloc();
	enum attempt attempt;

	if (!fresh)
		return ATTEMPT_NO_MEMORY;
	attempt = join(handle, nr_blocks, &fresh) ? ATTEMPT_JOINED : ATTEMPT_NO_ROOM;
	transaction_free(fresh);
	return attempt;
}

/* Without a handle nothing is reserved on return. */
static enum attempt handle_try(struct handle *handle, u32 nr_blocks)
{
	enum attempt attempt;

	if (!users_plan.is_bare && reserve_begin(&handle->reserve, worst_case_of_opening() + worst_case(nr_blocks), NODES_ALL)) {
		count_failure();
		return ATTEMPT_NO_MEMORY;
	}
	attempt = join_inside(handle, nr_blocks);
	if (attempt != ATTEMPT_JOINED && !users_plan.is_bare)
		reserve_end(&handle->reserve);
	return attempt;
}

/* The one place where a handle may wait for others, and the one that may refuse. Nothing has happened when it does. */
static bool handle_begin(struct handle *handle, u32 nr_blocks)
{
	enum attempt attempt;

	*handle = (struct handle){ 0 };
	reserve_init(&handle->reserve, &journal_class);
	while ((attempt = handle_try(handle, nr_blocks)) == ATTEMPT_NO_ROOM)
		wait_event(journal.wait, READ_ONCE(journal.room) >= nr_blocks); /* J1 */
	return attempt == ATTEMPT_JOINED;
}

static void handle_end(struct handle *handle)
{
	leave(handle);
	if (!users_plan.is_bare)
		reserve_end(&handle->reserve);
}

/* More blocks than it knew of: room in the transaction, and memory, both at once or not at all. */
static bool handle_extend(struct handle *handle, u32 nr_blocks)
{
	bool has_room;

	mutex_lock(&journal.lock);
	has_room = !handle->transaction->is_closed && claim_locked(handle, nr_blocks);
	mutex_unlock(&journal.lock);
	return has_room && (users_plan.is_bare || !reserve_top_up(&handle->reserve, worst_case(nr_blocks), NODES_ALL));
}

/* --- blocks ------------------------------------------------------------------------------------------------ */

/* The newest contents of a block that the running transaction does not have. With the block's lock: nobody else makes it newer. */
static void read_newest(struct meta *meta, u32 block, struct page *page)
{
	bool is_committing;

	mutex_lock(&journal.lock);
	is_committing = meta->committing;
	if (is_committing)
		memcpy(page_address(page), page_address(meta->committing->page), PAGE_SIZE);
	mutex_unlock(&journal.lock);
	if (!is_committing)
		disk_read(block, page); /* a device's answer: the one wait for an event that is allowed inside */
}

static void attach(struct handle *handle, struct meta *meta, struct copy *copy)
{
	with_mutex(&journal.lock);
	list_add_tail(&copy->node, &handle->transaction->copies);
	handle->transaction->nr_blocks++;
	handle->transaction->nr_claimed--;
	handle->nr_claimed--;
	meta->running = copy;
}

/* NULL: the control's lot. */
static struct copy *copy_alloc(u32 block)
{
	struct copy *copy = kmem_cache_alloc(journal.copies, inside());
	struct page *page = alloc_page(inside());

	if (!copy || !page) {
		kmem_cache_free(journal.copies, copy);
		free_pages(page, 0);
		count_failure();
		return NULL;
	}
	*copy = (struct copy){ .page = page, .block = block };
	return copy;
}

static void copy_free(struct copy *copy)
{
	free_pages(copy->page, 0);
	kmem_cache_free(journal.copies, copy);
}

static struct copy *copy_in(struct handle *handle, struct meta *meta, u32 block)
{
	struct copy *copy = copy_alloc(block);

	if (!copy)
		return NULL;
	read_newest(meta, block, copy->page);
	attach(handle, meta, copy);
	return copy;
}

/* Change @block within @handle: it becomes the next generation of what it is. */
static void change(struct handle *handle, u32 block)
{
	struct meta *meta = &journal.meta[block];
	struct copy *copy;

	with_mutex(&meta->lock);
	copy = meta->running; /* J3: it stays, for the transaction can't be committed before this handle ends */
	if (copy)
		atomic_long_inc(&journal.nr_shared);
	else
		copy = copy_in(handle, meta, block);
	if (!copy)
		return;
	if (!content_is(copy->page, block, meta->generation, PAGE_WORDS))
		count_wrong("is not what it was", block);
	content_fill(copy->page, block, ++meta->generation, PAGE_WORDS);
	copy->generation = meta->generation;
}

/* --- what file systems do ---------------------------------------------------------------------------------- */

static void change_some(struct handle *handle, u64 *random, u32 nr_blocks)
{
	while (nr_blocks--) {
		if (!random_below(random, 50))
			pressure_brim(); /* just then others take all there is */
		change(handle, random_below(random, NR_META));
	}
}

/* It turns out that there is more to do, which can be left undone. */
static void surprise(struct handle *handle, u64 *random)
{
	u32 nr_blocks = 1 + random_below(random, SURPRISE_MAX);

	if (handle_extend(handle, nr_blocks)) {
		atomic_long_inc(&journal.nr_topped_up);
		change_some(handle, random, nr_blocks);
	} else {
		atomic_long_inc(&journal.nr_without);
	}
}

static void operation(u64 *random)
{
	u32 nr_blocks = 1 + random_below(random, HANDLE_MAX);
	struct handle handle;

	with_mutex(&journal.directory[random_below(random, NR_DIRECTORIES)]); /* D1: a lock that may be held at the start */
	if (!handle_begin(&handle, nr_blocks))
		return;
	change_some(&handle, random, nr_blocks);
	if (!random_below(random, 4))
		surprise(&handle, random);
	handle_end(&handle);
	atomic_long_inc(&journal.counts.nr_done);
}

static void operations_run(void *arg)
{
	struct model_thread *self = arg;

	while (atomic_long_inc_return(&journal.nr_begun) <= (long)users_plan.nr_wanted || !model_has_been_in_need(&journal.counts))
		operation(&self->random);
}

/* --- commit ------------------------------------------------------------------------------------------------- */

/* Where each block goes: to its place in the log, or home. */
static void write_copies(struct transaction *transaction, bool is_home)
{
	u32 place = LOG_BLOCKS;
	struct copy *copy;

	list_for_each_entry(copy, &transaction->copies, node)
		disk_start(&copy->request, is_home ? copy->block : place++, copy->page, true, NULL);
	list_for_each_entry(copy, &transaction->copies, node)
		disk_wait(&copy->request);
}

static void write_record(struct transaction *transaction, bool is_complete)
{
	struct record *record = page_address(transaction->record);
	struct copy *copy;
	u32 i = 0;

	*record = (struct record){ .number = journal.nr_commits, .is_complete = is_complete, .nr_blocks = transaction->nr_blocks };
	list_for_each_entry(copy, &transaction->copies, node) {
		record->entry[i].block = copy->block;
		record->entry[i++].generation = copy->generation;
	}
	disk_start(&transaction->request, LOG_RECORD, transaction->record, true, NULL);
	disk_wait(&transaction->request);
}

/* The closed transaction is the commit thread's: its blocks change no more. */
static struct transaction *take_running(void)
{
	struct transaction *transaction;
	struct copy *copy;

	with_mutex(&journal.lock);
	transaction = journal.running;
	WRITE_ONCE(journal.is_committing, true);
	smp_store_release(&journal.running, NULL); /* after is_committing: pairs with has_synced() */
	list_for_each_entry(copy, &transaction->copies, node) {
		struct meta *meta = &journal.meta[copy->block];

		meta->committing = copy;
		meta->running = NULL;
	}
	room_update_locked();
	wake_up_all(&journal.wait);
	return transaction;
}

/* All of it is on the disk, at home. */
static void forget(struct transaction *transaction)
{
	struct copy *copy;

	with_mutex(&journal.lock);
	list_for_each_entry(copy, &transaction->copies, node)
		journal.meta[copy->block].committing = NULL;
	journal.nr_commits++;
	WRITE_ONCE(journal.is_committing, false);
	wake_up_all(&journal.wait);
}

static void commit(struct transaction *transaction)
{
	struct copy *copy, *next;

	write_record(transaction, false);
	write_copies(transaction, false);
	write_record(transaction, true);
	write_copies(transaction, true);
	forget(transaction);
	list_for_each_entry_safe(copy, next, &transaction->copies, node)
		copy_free(copy);
	transaction_free(transaction);
}

/* Nobody but the commit thread ends a transaction, so it may look without the lock. */
static bool commit_is_due(void)
{
	const struct transaction *running = READ_ONCE(journal.running);

	return running && READ_ONCE(running->is_closed) && !READ_ONCE(running->nr_handles);
}

static void commit_run(void *arg)
{
	while (!kthread_should_stop()) {
		wait_event(journal.wait, commit_is_due() || kthread_should_stop());
		if (commit_is_due())
			commit(take_running());
	}
}

/* --- the model ---------------------------------------------------------------------------------------------- */

static const struct kthread_ops operations_ops = { .name = "model_journal", .run = operations_run };
static const struct kthread_ops commit_ops = { .name = "model_commit", .run = commit_run };

/* mkfs: every block has generation 0 of its contents. */
static bool format(void)
{
	struct page *page = alloc_page(GFP_KERNEL);
	struct disk_request request;

	for (u32 block = 0; page && block < NR_META; block++) {
		mutex_init(&journal.meta[block].lock, RANK_FOLIO);
		content_fill(page, block, 0, PAGE_WORDS);
		disk_start(&request, block, page, true, NULL);
		disk_wait(&request);
	}
	free_pages(page, 0);
	return page;
}

static bool prepare(void)
{
	bool ok;

	_Static_assert(sizeof(struct record) <= PAGE_SIZE, "a transaction's record is one block");
	journal.copies = kmem_cache_create(&copy_type, sizeof(struct copy), 8, 0);
	journal.transactions = kmem_cache_create(&transaction_type, sizeof(struct transaction), 8, 0);
	ok = journal.copies && journal.transactions && disk_create(DISK_BLOCKS) && format();
	if (!ok)
		return false;
	KASSERT(reserve_slab_pages(journal.copies, 1) == 1 && reserve_slab_pages(journal.transactions, 1) == 1);
	reserve_class_register(&journal_class);
	mutex_init(&journal.lock, RANK_JOURNAL);
	for (u32 i = 0; i < NR_DIRECTORIES; i++)
		mutex_init(&journal.directory[i], RANK_INODE);
	room_update_locked();
	ok = model_thread_create(&journal.committer, &commit_ops, 0, 0);
	for (u32 i = 0; i < users_plan.nr_cpus; i++)
		ok &= model_thread_create(&journal.worker[i], &operations_ops, i, 1);
	return ok;
}

static bool has_synced(void)
{
	return !smp_load_acquire(&journal.running) && !READ_ONCE(journal.is_committing); /* pairs with take_running() */
}

/* Commit what there is. */
static void sync(void)
{
	mutex_lock(&journal.lock);
	transaction_close_locked();
	mutex_unlock(&journal.lock);
	wait_event(journal.wait, has_synced());
}

static void run(void)
{
	model_thread_start(&journal.committer);
	for (u32 i = 0; i < users_plan.nr_cpus; i++)
		model_thread_start(&journal.worker[i]);
	for (u32 i = 0; i < users_plan.nr_cpus; i++)
		model_thread_stop(&journal.worker[i]);
	sync();
	model_thread_stop(&journal.committer);
}

/* The last transaction is whole in the log, and nothing has changed since. */
static void check_log(struct page *record_page, struct page *page)
{
	const struct record *record = page_address(record_page);

	disk_read(LOG_RECORD, record_page);
	if (!record->is_complete || record->number + 1 != journal.nr_commits || record->nr_blocks > TRANSACTION_MAX) {
		count_wrong("no record of the last transaction", LOG_RECORD);
		return;
	}
	for (u32 i = 0; i < record->nr_blocks; i++) {
		disk_read(LOG_BLOCKS + i, page);
		if (!content_is(page, record->entry[i].block, record->entry[i].generation, PAGE_WORDS) ||
		    record->entry[i].generation != journal.meta[record->entry[i].block].generation)
			count_wrong("is not in the log", record->entry[i].block);
	}
}

static void check(void)
{
	struct page *page = alloc_page(GFP_KERNEL), *record = alloc_page(GFP_KERNEL);

	for (u32 block = 0; page && record && block < NR_META; block++) {
		disk_read(block, page);
		if (!content_is(page, block, journal.meta[block].generation, PAGE_WORDS))
			count_wrong("did not arrive", block);
	}
	if (page && record)
		check_log(record, page);
	else
		count_wrong("no memory to look", 0);
	free_pages(page, 0);
	free_pages(record, 0);
	disk_destroy();
}

static void report(char *buf, size_t size)
{
	scnprintf(buf, size, "commits %llu topped_up %lu without %lu shared %lu waits %lu", (unsigned long long)journal.nr_commits,
		  (unsigned long)atomic_long_read(&journal.nr_topped_up), (unsigned long)atomic_long_read(&journal.nr_without),
		  (unsigned long)atomic_long_read(&journal.nr_shared), (unsigned long)atomic_long_read(&journal_class.waits));
}

const struct user_model journal_model = {
	.name = "journal", .counts = &journal.counts, .prepare = prepare, .run = run, .check = check, .report = report,
};
