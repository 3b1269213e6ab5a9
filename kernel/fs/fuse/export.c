/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * export.c - handles of a share's files.
 *
 * WHAT        A handle is high and low half of the server's node number and its generation, as other FUSE clients give out.
 * INVARIANTS  E1  The server may use a number again with another generation only, so a handle means one node for ever, or nothing.
 * LOCKING     The inode table's own.
 * ERRORS      FILEID_INVALID: less room than three words. No dentry: the node is not in the cache any more. Asking the server for a node
 *             by its number needs FUSE_EXPORT_SUPPORT, which is not negotiated.
 */
#include <lib/err.h>
#include <vfs/dentry.h>
#include "fuse_impl.h"

#define FILEID_FUSE 0x81
enum { WORD_NODE_HIGH, WORD_NODE_LOW, WORD_GENERATION, NR_WORDS };

struct handle_key {
	u64 nodeid;
	u32 generation;
};

static bool key_test(struct inode *inode, const void *key)
{
	const struct handle_key *k = key;

	return fuse_nodeid(inode) == k->nodeid && inode->i_generation == k->generation;
}

static const struct iget_ops find_ops = { .test = key_test };

static int fuse_encode(struct inode *inode, u32 *words, u32 *nr)
{
	bool fits = *nr >= NR_WORDS;

	*nr = NR_WORDS;
	if (!fits)
		return FILEID_INVALID;
	words[WORD_NODE_HIGH] = fuse_nodeid(inode) >> 32;
	words[WORD_NODE_LOW] = (u32)fuse_nodeid(inode);
	words[WORD_GENERATION] = inode->i_generation;
	return FILEID_FUSE;
}

static struct dentry *fuse_decode(struct super_block *sb, const u32 *words, u32 nr, int type)
{
	struct handle_key key;
	struct dentry *dentry;
	struct inode *inode;

	if (type != FILEID_FUSE || nr < NR_WORDS)
		return NULL;
	key.nodeid = (u64)words[WORD_NODE_HIGH] << 32 | words[WORD_NODE_LOW];
	key.generation = words[WORD_GENERATION];
	inode = ilookup5(sb, key.nodeid, &find_ops, &key);
	if (!inode)
		return NULL;
	dentry = d_find_alias(inode);
	if (!dentry)
		dentry = d_find_any_alias(inode);
	iput(inode);
	return dentry;
}

const struct export_operations fuse_export_ops = { .encode = fuse_encode, .decode = fuse_decode };
