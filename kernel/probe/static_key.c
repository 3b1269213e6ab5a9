/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * static_key.c - turning patched branches on and off.
 *
 * WHAT        The linker collects the records of all sites between __start_static_sites and __stop_static_sites. A change of a
 *             key from no user to one (or back) patches each of its sites.
 * INVARIANTS  A site holds the 5-byte nop while its key has no user, else the jump to its block.
 * LOCKING     text mutex (rank TEXT): users, the text. Sites are final.
 */
#include <lib/assert.h>
#include <arch/text.h>
#include <sync/mutex.h>
#include <probe/static_key.h>

extern const struct static_site __start_static_sites[] __weak, __stop_static_sites[] __weak;

static DEFINE_MUTEX(text_mutex, RANK_TEXT);

void text_lock(void)
{
	mutex_lock(&text_mutex);
}

void text_unlock(void)
{
	mutex_unlock(&text_mutex);
}

static void patch_site(const struct static_site *site, bool on)
{
	u8 *where = (u8 *)&site->site + site->site;
	const u8 *target = (const u8 *)&site->target + site->target;
	u8 code[TEXT_CALL_SIZE];

	if (on)
		text_make_jump(code, where, target);
	else
		text_make_nops(code, TEXT_CALL_SIZE);
	text_poke(where, code, TEXT_CALL_SIZE);
}

static void patch_key(const struct static_key *key, bool on)
{
	const struct static_site *site;

	for (site = __start_static_sites; site < __stop_static_sites; site++) {
		if ((const struct static_key *)((const u8 *)&site->key + site->key) == key)
			patch_site(site, on);
	}
}

void static_key_inc(struct static_key *key)
{
	text_lock();
	WRITE_ONCE(key->users, key->users + 1);
	if (key->users == 1)
		patch_key(key, true);
	text_unlock();
}

void static_key_dec(struct static_key *key)
{
	text_lock();
	KASSERT(key->users > 0);
	WRITE_ONCE(key->users, key->users - 1);
	if (key->users == 0)
		patch_key(key, false);
	text_unlock();
}
