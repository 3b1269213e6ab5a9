/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fid_names.c - messages that make, move and remove names in a fid's directory.
 *
 * WHAT        One function for each message. The server checks; what it made is found by walking to it.
 * ERRORS      -ENOMEM, -EIO, what the server says.
 * TESTS       tests/host/command_test.py
 */
#include <lib/string.h>
#include <linux/fcntl.h>
#include "fid_impl.h"

/* A message about a name in @dir. */
static struct p9_rpc *begin_name(struct p9_fid *dir, u8 type, const struct qstr *name, u32 tx_extra)
{
	struct p9_rpc *rpc = begin_fid(dir, type, tx_extra, 0);

	if (!IS_ERR(rpc))
		wire_put_string(&rpc->tx, name->name, name->len);
	return rpc;
}

int p9_mkdir(struct p9_fid *dir, const struct qstr *name, u32 mode, u32 gid)
{
	struct p9_rpc *rpc = begin_name(dir, P9_TMKDIR, name, 0);

	if (IS_ERR(rpc))
		return PTR_ERR(rpc);
	wire_put_u32(&rpc->tx, mode);
	wire_put_u32(&rpc->tx, gid);
	return call_and_end(rpc);
}

int p9_symlink(struct p9_fid *dir, const struct qstr *name, const char *target, u32 gid)
{
	struct p9_rpc *rpc = begin_name(dir, P9_TSYMLINK, name, strlen(target));

	if (IS_ERR(rpc))
		return PTR_ERR(rpc);
	wire_put_string(&rpc->tx, target, strlen(target));
	wire_put_u32(&rpc->tx, gid);
	return call_and_end(rpc);
}

int p9_mknod(struct p9_fid *dir, const struct qstr *name, u32 mode, dev_t dev, u32 gid)
{
	struct p9_rpc *rpc = begin_name(dir, P9_TMKNOD, name, 0);

	if (IS_ERR(rpc))
		return PTR_ERR(rpc);
	wire_put_u32(&rpc->tx, mode);
	wire_put_u32(&rpc->tx, MAJOR(dev));
	wire_put_u32(&rpc->tx, MINOR(dev));
	wire_put_u32(&rpc->tx, gid);
	return call_and_end(rpc);
}

int p9_link(struct p9_fid *dir, struct p9_fid *target, const struct qstr *name)
{
	struct p9_rpc *rpc = begin_fid(dir, P9_TLINK, 0, 0);

	if (IS_ERR(rpc))
		return PTR_ERR(rpc);
	name_other_fid(rpc, target);
	wire_put_string(&rpc->tx, name->name, name->len);
	return call_and_end(rpc);
}

int p9_unlink(struct p9_fid *dir, const struct qstr *name, bool is_dir)
{
	struct p9_rpc *rpc = begin_name(dir, P9_TUNLINKAT, name, 0);

	if (IS_ERR(rpc))
		return PTR_ERR(rpc);
	wire_put_u32(&rpc->tx, is_dir ? AT_REMOVEDIR : 0);
	return call_and_end(rpc);
}

int p9_rename(struct p9_fid *old_dir, const struct qstr *old, struct p9_fid *new_dir, const struct qstr *new)
{
	struct p9_rpc *rpc = begin_name(old_dir, P9_TRENAMEAT, old, 0);

	if (IS_ERR(rpc))
		return PTR_ERR(rpc);
	name_other_fid(rpc, new_dir);
	wire_put_string(&rpc->tx, new->name, new->len);
	return call_and_end(rpc);
}
