/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * users_impl.h - what the models of selftest=users share: how one is run, contents that can be recognized, and a disk in memory.
 */
#ifndef MM_TESTS_USERS_IMPL_H
#define MM_TESTS_USERS_IMPL_H

#include "pressure.h"

#include <arch/atomic.h>
#include <lib/list.h>
#include <pages/page.h>
#include <sync/completion.h>
#include <sync/kthread.h>

/* --- a model ------------------------------------------------------------------------------------------ */

/* What is asked for: the same for all models of a boot. */
struct users_plan {
	unsigned long nr_wanted; /* users=N, at least so many: handles, bios; packets: eight times as many */
	unsigned long seed;
	u32 nr_cpus;
	bool is_bare; /* the control: without reservations */
};
extern struct users_plan users_plan; /* final when the first model runs */

struct users_counts {
	atomic_long_t nr_done, nr_failed, nr_wrong;
};

struct user_model {
	const char *name;
	struct users_counts *counts;
	bool (*prepare)(void);			/* there is memory. False: it could not be set up */
	void (*run)(void);			/* memory is full */
	void (*check)(void);			/* not any more: what is wrong is counted; all is given back */
	void (*report)(char *buf, size_t size); /* further counts, in words */
};

extern const struct user_model journal_model, crypt_model, receive_model;

/*
 * Has the model that counts @counts got something done, and been in need as its verdict wants it (W1 of users.c)? A model that has done what it
 * was asked for goes on until then, so that no verdict hangs on the speed of the machine. Any context.
 */
bool model_has_been_in_need(const struct users_counts *counts);

/* A thread that was made while there was memory. */
struct model_thread {
	struct kthread *kthread;
	u64 random;
	u32 number;
};

/* Made, not started, on processor @number; its run() gets the struct. It has a sequence of random numbers of its own for each @kind (below 4). */
bool model_thread_create(struct model_thread *self, const struct kthread_ops *ops, u32 number, u32 kind);
static inline void model_thread_start(struct model_thread *self)
{
	kthread_start(self->kthread);
}
static inline void model_thread_stop(struct model_thread *self)
{
	kthread_stop(self->kthread);
}

/* --- contents ------------------------------------------------------------------------------------------- */

#define PAGE_WORDS (PAGE_SIZE / sizeof(u64))

/* Contents that belong to nothing but this generation of this object: the first @nr_words of @page. */
void content_fill(struct page *page, u64 object, u64 generation, u32 nr_words);
bool content_is(const struct page *page, u64 object, u64 generation, u32 nr_words);
/* What content_fill() mixes its words from; a good keystream too. */
u64 content_word(u64 object, u64 generation, u32 i);

/* --- the disk ------------------------------------------------------------------------------------------- */

#define DISK_NAME "model disk"

struct disk_request;

struct disk_request_ops {
	const char *name;
	void (*done)(struct disk_request *request); /* in the device's context: no wait, no allocation */
};

/* One page on its way to or from one block. Its owner's storage; the device allocates nothing. */
struct disk_request {
	struct list_head node; /* the disk's */
	u32 block;
	bool is_write;
	struct page *page;
	const struct disk_request_ops *ops; /* NULL: done is completed */
	struct completion done;
};

/* @nr_blocks of zeroes, and the thread that answers, in an order of its own. False: no memory, nothing is there. */
bool disk_create(u32 nr_blocks);
/* Nobody has a request on its way. */
void disk_destroy(void);
/* Begin; the answer comes later: @ops, or disk_wait(). */
void disk_start(struct disk_request *request, u32 block, struct page *page, bool is_write, const struct disk_request_ops *ops);
void disk_wait(struct disk_request *request);
/* Both. */
void disk_read(u32 block, struct page *page);

#endif
