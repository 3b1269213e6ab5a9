/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * users.c - selftest=users: who will need promised memory, modelled on the public interfaces, while memory is full to the brim.
 *
 * WHAT        Three models, each of which shows how its user reserves: a journal's handles (users_journal.c: transactions), the bounce pages
 *             of a block cipher (users_crypt.c: a reserve that is kept, and a pool) and packet receive in interrupts (users_receive.c:
 *             a reserve that is kept). For each, memory is filled and kept full (pressure.c); nothing it allocates may fail, nothing
 *             may be lost, and what arrives must be what was sent.
 *             Words of the command line: users=N, how much each does; users_seed=N; and users_bare, the negative control: the
 *             same without reservations, where in each model at least one allocation must fail.
 * INVARIANTS  W1  A model that passed was in need: while it ran the most urgent requests found nothing, and it drew from its promise.
 * TESTS       tests/harness/users.py
 * SEE         docs/reserve.md
 */
#include "users_impl.h"

#include <arch/cpu.h>
#include <lib/err.h>
#include <lib/printf.h>
#include <log/printk.h>
#include <mm/mm_init.h>
#include <pages/page_alloc.h>
#include <pages/zone.h>
#include <time/ktime.h>

static const struct user_model *const models[] = { &journal_model, &crypt_model, &receive_model };

struct users_plan users_plan;

/* --- what models share ---------------------------------------------------------------------------------- */

bool model_thread_create(struct model_thread *self, const struct kthread_ops *ops, u32 number, u32 kind)
{
	*self = (struct model_thread){ .random = random_of(users_plan.seed, 2 * (number * 4 + kind) + 1), .number = number };
	self->kthread = kthread_create_on(ops, self, ops->name, number, 0);
	return !IS_ERR(self->kthread);
}

u64 content_word(u64 object, u64 generation, u32 i)
{
	u64 word = (object << 32 ^ generation) + (i + 1) * 0x9e3779b97f4a7c15ull;

	word = (word ^ word >> 30) * 0xbf58476d1ce4e5b9ull;
	word = (word ^ word >> 27) * 0x94d049bb133111ebull;
	return word ^ word >> 31;
}

void content_fill(struct page *page, u64 object, u64 generation, u32 nr_words)
{
	u64 *words = page_address(page);

	for (u32 i = 0; i < nr_words; i++)
		words[i] = content_word(object, generation, i);
}

bool content_is(const struct page *page, u64 object, u64 generation, u32 nr_words)
{
	const u64 *words = page_address(page);

	for (u32 i = 0; i < nr_words; i++)
		if (words[i] != content_word(object, generation, i))
			return false;
	return true;
}

/* --- the run ---------------------------------------------------------------------------------------------- */

/* What the machine counted while a model ran. */
struct tally {
	unsigned long nr_killed, nr_short, nr_drawn, nr_starved;
	u64 ns;
};

static struct tally tally_now(void)
{
	return (struct tally){
		.nr_killed = vm_event_sum(OOM_KILL),
		.nr_short = vm_event_sum(RESERVE_SHORT),
		.nr_drawn = vm_event_sum(RESERVE_DIP),
		.nr_starved = pressure_starved(),
		.ns = ktime_get_ns(),
	};
}

/* At the start of the model that runs; final meanwhile. */
static struct tally at_start;

static struct tally tally_since_start(void)
{
	struct tally now = tally_now();

	return (struct tally){
		.nr_killed = now.nr_killed - at_start.nr_killed,
		.nr_short = now.nr_short - at_start.nr_short,
		.nr_drawn = now.nr_drawn - at_start.nr_drawn,
		.nr_starved = now.nr_starved - at_start.nr_starved,
		.ns = now.ns - at_start.ns,
	};
}

bool model_has_been_in_need(const struct users_counts *counts)
{
	struct tally tally = tally_since_start();

	if (!atomic_long_read(&counts->nr_done))
		return false;
	return users_plan.is_bare ? atomic_long_read(&counts->nr_failed) : tally.nr_starved && tally.nr_drawn;
}

static bool has_passed(const struct users_counts *counts, const struct tally *tally)
{
	if (atomic_long_read(&counts->nr_wrong) || !all_is_given_back())
		return false;
	if (users_plan.is_bare)
		return atomic_long_read(&counts->nr_failed);
	return !atomic_long_read(&counts->nr_failed) && !tally->nr_killed && !tally->nr_short && tally->nr_drawn && tally->nr_starved; /* W1 */
}

static void say(const struct user_model *model, const struct tally *tally)
{
	const struct users_counts *counts = model->counts;
	char further[160];

	model->report(further, sizeof(further));
	pr_notice("users: %s seed %lu %s cpus %u nodes %d wanted %lu done %lu failed %lu wrong %lu short %lu killed %lu draws %lu starved %lu "
		  "%s ms %llu\n",
		  model->name, users_plan.seed, users_plan.is_bare ? "bare" : "reserved", users_plan.nr_cpus, numa.nr_nodes,
		  users_plan.nr_wanted, (unsigned long)atomic_long_read(&counts->nr_done),
		  (unsigned long)atomic_long_read(&counts->nr_failed), (unsigned long)atomic_long_read(&counts->nr_wrong),
		  tally->nr_short, tally->nr_killed, tally->nr_drawn, tally->nr_starved, further,
		  (unsigned long long)(tally->ns / 1000000));
}

static bool run_model(const struct user_model *model)
{
	struct tally tally;

	if (!model->prepare()) {
		pr_err("users: %s: no memory to begin with\n", model->name);
		return false;
	}
	pressure_start(users_plan.seed, users_plan.nr_cpus);
	at_start = tally_now();
	model->run();
	tally = tally_since_start();
	pressure_stop();
	model->check();
	say(model, &tally);
	return has_passed(model->counts, &tally);
}

int users_selftest(void)
{
	bool ok = true;

	users_plan.nr_wanted = word_number("users", 200);
	users_plan.seed = word_number("users_seed", 1);
	users_plan.is_bare = word_is_given("users_bare");
	users_plan.nr_cpus = min_t(u32, num_online_cpus(), PRESSURE_CPUS_MAX);
	for (size_t i = 0; i < ARRAY_SIZE(models); i++)
		ok &= run_model(models[i]);
	return ok ? 0 : -1;
}
