/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * static_key.h - a branch that costs one nop while it is off.
 *
 * WHAT        A site is a 5-byte nop with a record {site, target, key}. Turning a key on patches each of its sites to a
 *             jump to the out-of-line block; turning it off patches the nop back. Keys count their users.
 * LOCKING     static_key_inc and dec sleep (text lock).
 */
#pragma once

#include <lib/types.h>

struct static_key {
	s32 users; /* text lock; read plainly */
};

struct static_site {
	s32 site;   /* address of the nop, relative to this field */
	s32 target; /* address of the block, relative to this field */
	s64 key;    /* address of the key, relative to this field */
};

/* True while the key is on. The off path falls through one nop. */
static __always_inline bool static_key_enabled(struct static_key *const key)
{
	asm goto("771: .byte 0x0f, 0x1f, 0x44, 0x00, 0x00\n\t"
		 ".pushsection static_sites, \"aw\"\n\t"
		 ".balign 8\n\t"
		 ".long 771b - ., %l[on] - .\n\t"
		 ".quad %c0 - .\n\t"
		 ".popsection\n\t"
		 :
		 : "i"(key)
		 :
		 : on);
	return false;
on:
	return true;
}

/* Whoever changes kernel text holds this mutex (rank TEXT). */
void text_lock(void);
void text_unlock(void);
/* One user more / less. Sleeps. */
void static_key_inc(struct static_key *key);
void static_key_dec(struct static_key *key);
/* Is anybody using it? Without the patched branch. */
static inline bool static_key_users(const struct static_key *key)
{
	return READ_ONCE(key->users) > 0;
}
