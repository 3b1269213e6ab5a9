/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * export.c - handles of files in memory.
 *
 * WHAT        A handle is generation, low and high half of the inode's number. Inodes are otherwise found by their dentries alone: the
 *             first handle of one puts it into the inode table.
 * INVARIANTS  E1  A number is never given to a second inode of the same instance; the generation differs between instances. So a
 *                 handle means one object for ever, or nothing.
 * LOCKING     The inode table's own.
 * ERRORS      FILEID_INVALID: less room than three words. No dentry: the object has gone, or another instance's handle came.
 * TESTS       tests/guest/vfs/handle_test.c
 */
#include <lib/err.h>
#include "tmpfs_impl.h"

#define FILEID_INO64_GEN 1
enum { WORD_GENERATION, WORD_INO_LOW, WORD_INO_HIGH, NR_WORDS };

struct handle_key {
	u64 ino;
	u32 generation;
};

static u64 key_hash(const struct handle_key *key)
{
	return key->ino + key->generation;
}

static bool key_test(struct inode *inode, const void *key)
{
	const struct handle_key *k = key;

	return inode->i_ino == k->ino && inode->i_generation == k->generation;
}

static const struct iget_ops find_ops = { .test = key_test };

static int tmpfs_encode(struct inode *inode, u32 *words, u32 *nr)
{
	struct handle_key key = { inode->i_ino, inode->i_generation };
	bool fits = *nr >= NR_WORDS;

	*nr = NR_WORDS;
	if (!fits)
		return FILEID_INVALID;
	insert_inode_hash_once(inode, key_hash(&key));
	words[WORD_GENERATION] = key.generation;
	words[WORD_INO_LOW] = (u32)key.ino;
	words[WORD_INO_HIGH] = key.ino >> 32;
	return FILEID_INO64_GEN;
}

static struct dentry *tmpfs_decode(struct super_block *sb, const u32 *words, u32 nr, int type)
{
	struct handle_key key;
	struct dentry *dentry;
	struct inode *inode;

	if (nr < NR_WORDS)
		return NULL;
	key.ino = (u64)words[WORD_INO_HIGH] << 32 | words[WORD_INO_LOW];
	key.generation = words[WORD_GENERATION];
	inode = ilookup5(sb, key_hash(&key), &find_ops, &key);
	if (!inode)
		return NULL;
	dentry = d_find_alias(inode);
	if (!dentry)
		dentry = d_find_any_alias(inode);	/* unlinked, and open somewhere */
	iput(inode);
	return dentry;
}

const struct export_operations tmpfs_export_ops = { .encode = tmpfs_encode, .decode = tmpfs_decode };
