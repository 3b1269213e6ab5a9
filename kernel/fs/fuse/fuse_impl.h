/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fuse_impl.h - the FUSE client's own objects: connection, request, handle, inode.
 *
 *	mount --owns--> fuse_conn --uses--> fuse_transport (driver)
 *	inode --owns--> lookups at the server, given back by one forget; --lists--> its open handles
 *	file  --owns--> a reference on a fuse_handle
 */
#pragma once
#include <arch/atomic.h>
#include <fuse/transport.h>
#include <lib/types.h>
#include <sync/mutex.h>
#include <sync/refcount.h>
#include <sync/spinlock.h>
#include <sync/wait.h>
#include <sync/workqueue.h>
#include <vfs/inode.h>
#include <vfs/super.h>
#include "wire_impl.h"

#define FUSE_INLINE_TX 608u /* two names and what stands before them */
#define FUSE_INLINE_RX 192u /* FUSE_HEADER, an entry, an open */
#define FUSE_FORGETS   60u  /* of one message */
#define FUSE_PENDING   1024u /* messages that nobody waits for: with as many, a killed waiter stays */

/* What a server answered ENOSYS to is not asked again. */
enum fuse_absent {
	FUSE_NO_FLUSH, FUSE_NO_FSYNC, FUSE_NO_FSYNCDIR, FUSE_NO_GETXATTR, FUSE_NO_SETXATTR, FUSE_NO_LISTXATTR,
	FUSE_NO_REMOVEXATTR, FUSE_NO_FALLOCATE, FUSE_NO_LSEEK, FUSE_NO_COPY, FUSE_NO_CREATE, FUSE_NO_RENAME2,
	FUSE_NO_OPEN, FUSE_NO_OPENDIR,
};

/* Lookups to be given back. */
struct fuse_forget {
	struct list_head node; /* conn->lock */
	u64 nodeid;
	u64 nlookup;
};

/* The one message that gives lookups back: in flight or not, never two. */
struct fuse_forget_message {
	struct fuse_request request; /* first */
	struct fuse_conn *conn;
	struct fuse_in_header head;
	u64 gap; /* head and body are pieces of their own */
	struct {
		struct fuse_batch_forget_in batch;
		struct fuse_forget_one one[FUSE_FORGETS];
	} body;
};

struct fuse_conn {
	struct fuse_transport *transport;
	u32 flags;     /* __final after the handshake: FUSE_* of both sides */
	u32 pages_max; /* __final: pages of one payload */
	u32 time_gran; /* __final */
	atomic64_t unique;
	atomic64_t attr_version; /* counts what we changed ourselves: attr.c's order of events */
	unsigned long absent;	 /* bits of enum fuse_absent, set once */
	struct spinlock lock;	 /* rank FUSE_REQUEST: forgets, nr_pending */
	struct list_head forgets; /* lock */
	bool is_forgetting;	 /* lock: the message is in flight */
	u32 nr_pending;		 /* lock: messages in flight that nobody waits for, and abandoned ones */
	bool is_left;		 /* lock: its maker has gone, the last of those frees it */
	struct wait_queue_head idle; /* nr_pending or the forgets went to nothing */
	struct fuse_forget_message *forget;
};

struct fuse_rpc;
struct fuse_rpc_ops {
	const char *name;
	/* The answer of a message sent by fuse_send(): checked, in @err and rpc->rx. Any context. The reference goes with it. */
	void (*answered)(struct fuse_rpc *rpc, int err);
};

/* Pages that carry a payload and belong to the request, so that nobody must wait for it. */
struct fuse_bounce {
	u32 nr;
	struct page_seg segs[FUSE_PAGES_MAX];
};

/* A message and its answer. References: who made it, and the driver while it has it. */
struct fuse_rpc {
	struct fuse_request request; /* first */
	struct fuse_conn *conn;
	refcount_t refs;
	const struct fuse_rpc_ops *ops; /* NULL: somebody waits */
	struct fuse_wire tx, rx;
	u32 payload; /* bytes of the answer's body, also of what lies in pages */
	bool is_done;	   /* wait.lock */
	bool is_abandoned; /* wait.lock: the waiter was killed; what the answer grants is given back */
	/* Whose numbers it sends: borrowed from who waits, referenced when that one has gone, so that they mean the same until the answer. */
	struct inode *inode[2];
	struct fuse_handle *handle[2];
	struct wait_queue_head wait;
	struct work settle;
	struct fuse_bounce *bounce; /* owned, or NULL */
	struct fuse_in_header head;
	u8 rx_inline[FUSE_INLINE_RX]; /* between the two: they must not touch */
	u8 tx_inline[FUSE_INLINE_TX];
};

/* What the server opened. */
struct fuse_handle {
	refcount_t refs;
	struct list_head node; /* inode's lock */
	struct inode *inode;   /* borrowed: files and requests keep it; NULL once released */
	u64 fh;
	u32 open_flags; /* FOPEN_* */
	u32 flags;	/* O_* that it was opened with */
	bool is_absent; /* the server has no OPEN: nothing to release */
	bool is_dir;
	struct fuse_rpc *release; /* made beforehand: closing can't fail */
};

struct fuse_inode {
	struct inode vfs;
	u64 nodeid;	   /* __final */
	struct spinlock lock; /* rank FUSE_REQUEST: nlookup, handles, kept */
	u64 nlookup;	   /* lock */
	struct list_head handles; /* lock: opened files, not directories */
	struct fuse_handle *kept; /* lock: a reader that outlives its files, while the server says that the cache may too */
	u64 attr_until_ns; /* attributes are believed until then */
	atomic64_t attr_version; /* of our own last change */
	struct fuse_forget *forget; /* made with the inode: forgetting can't fail */
	char *link;	   /* a symlink's target, set once */
	struct mutex names_lock; /* rank P9: names that reading this directory adds to the cache */
	bool is_stale;	   /* who changed the contents was killed before the answer: what is cached is not the file */
	bool was_searched; /* names of this directory were looked up since it was last read: READDIRPLUS pays */
};

static inline struct fuse_inode *fuse_inode(const struct inode *inode)
{
	return container_of(inode, struct fuse_inode, vfs);
}
static inline struct fuse_conn *fuse_conn(const struct super_block *sb)
{
	return sb->s_fs_info;
}
static inline u64 fuse_nodeid(const struct inode *inode)
{
	return fuse_inode(inode)->nodeid;
}
static inline bool fuse_is_absent(const struct fuse_conn *conn, enum fuse_absent what)
{
	return READ_ONCE(conn->absent) >> what & 1;
}
/* -ENOSYS becomes @instead, and is remembered. Any other @ret is handed through. */
int fuse_note_absent(struct fuse_conn *conn, enum fuse_absent what, int ret, int instead);

/* --- conn.c: connections and messages --- */
/* ERR_PTR(-EINVAL): no such tag; -EBUSY: mounted; -EINTR: killed while the connection before is about to end. */
struct fuse_transport *fuse_transport_take(const char *tag);
/* Without inodes or handles: freed, and its transport free for the next; at once, or with the last answer that is due. NULL is fine. */
void fuse_conn_end(struct fuse_conn *conn);
struct fuse_conn *fuse_conn_create(void);
int fuse_handshake(struct fuse_conn *conn);
/* Wait until nothing is under way. A device wait. */
void fuse_wait_idle(struct fuse_conn *conn);
/* The same, and end the session: the server forgets all nodes. */
void fuse_goodbye(struct fuse_conn *conn);
/* A request about @nodeid; @tx_extra, @rx_extra: room beyond the inline buffers. ERR_PTR(-ENOMEM). */
struct fuse_rpc *fuse_begin(struct fuse_conn *conn, u32 opcode, u64 nodeid, u32 tx_extra, u32 rx_extra);
/* The same about @inode, which the caller has as long as it waits. */
struct fuse_rpc *fuse_begin_on(struct inode *inode, u32 opcode, u32 tx_extra, u32 rx_extra);
/* Give the request @bytes of pages of its own. 0, -ENOMEM. */
int fuse_add_bounce(struct fuse_rpc *rpc, u32 bytes);
/* Send and wait for the answer. 0 with rx at the body; -errno of the server; -EINTR: killed, what the answer grants will be given back. */
int fuse_call(struct fuse_rpc *rpc);
/* The same, to the end whatever happens: what must not be left half done. */
int fuse_call_unkillable(struct fuse_rpc *rpc);
/* Send; @ops->answered gets the answer and the reference. On failure nothing was sent, the caller ends the request. */
int fuse_send(struct fuse_rpc *rpc, const struct fuse_rpc_ops *ops);
void fuse_end(struct fuse_rpc *rpc); /* any context; ERR_PTR is fine */
/* fuse_call() and fuse_end(), for answers without anything to read. */
int fuse_call_and_end(struct fuse_rpc *rpc);
void fuse_client_init(void);

/* --- forget.c --- */
struct fuse_forget *fuse_forget_create(void);
/* Give @nlookup lookups of @nodeid back. Consumes @forget. Any context. */
void fuse_forget_queue(struct fuse_conn *conn, struct fuse_forget *forget, u64 nodeid, u64 nlookup);
/* One lookup, with memory of the moment: without any the server keeps the node until the session ends. */
void fuse_forget_one(struct fuse_conn *conn, u64 nodeid);
/* What an abandoned request was granted. A worker. */
void fuse_settle(struct fuse_rpc *rpc);

/* --- inode.c, names.c --- */
extern const struct inode_operations fuse_dir_iops, fuse_file_iops, fuse_symlink_iops;
extern const struct dentry_operations fuse_dentry_ops;
struct inode *fuse_alloc_inode(struct super_block *sb);
void fuse_free_inode(struct inode *inode);
void fuse_evict_inode(struct inode *inode);
void fuse_inode_init(void);
/* The inode of an entry, whose lookup it takes over, also on failure. @version: fuse_attr_version() before the question. ERR_PTR. */
struct inode *fuse_iget(struct super_block *sb, const struct fuse_entry_out *entry, u64 version);
struct inode *fuse_root_inode(struct super_block *sb);
/* Does @entry mean @inode? */
bool fuse_is_entry_of(struct inode *inode, const struct fuse_entry_out *entry);
/* The lookup that came with an @entry of an inode that is at hand. */
void fuse_take_lookup(struct inode *inode);

/* How long @dentry's name may be believed without asking. */
void fuse_believe_name(struct dentry *dentry, const struct fuse_entry_out *entry);

/* --- attr.c --- */
u64 fuse_attr_version(struct fuse_conn *conn);
/* We changed @inode ourselves: answers of questions asked before say nothing new, and attributes are asked for again. */
void fuse_changed(struct inode *inode);
static inline void fuse_distrust(struct inode *inode)
{
	WRITE_ONCE(fuse_inode(inode)->attr_until_ns, 0);
}
/* Take attributes into a fresh inode / take new ones, dropping cached pages when the contents changed on the host. */
void fuse_fill_inode(struct inode *inode, const struct fuse_attr *attr, u64 until_ns);
void fuse_update_inode(struct inode *inode, const struct fuse_attr *attr, u64 valid_ns, u64 version);
/* Ask the server unless the attributes are still believed. */
int fuse_refresh(struct inode *inode);
int fuse_vfs_getattr(const struct path *path, struct kstat *stat, u32 request_mask, unsigned int query_flags);
int fuse_vfs_setattr(struct dentry *dentry, struct iattr *iattr);

/* --- xattr.c --- */
ssize_t fuse_vfs_listxattr(struct dentry *dentry, char *list, size_t size);
ssize_t fuse_vfs_getxattr(struct dentry *dentry, struct inode *inode, const char *name, void *value, size_t size);
int fuse_vfs_setxattr(struct dentry *dentry, struct inode *inode, const char *name, const void *value, size_t size, int flags);
int fuse_vfs_removexattr(struct dentry *dentry, const char *name);
#define FUSE_COMMON_IOPS                                                                                              \
	.getattr = fuse_vfs_getattr, .setattr = fuse_vfs_setattr, .listxattr = fuse_vfs_listxattr,                    \
	.getxattr = fuse_vfs_getxattr, .setxattr = fuse_vfs_setxattr, .removexattr = fuse_vfs_removexattr

/* --- export.c --- */
extern const struct export_operations fuse_export_ops;

/* --- handle.c --- */
/* Open @inode with O_* @flags. A handle with a reference. ERR_PTR. */
struct fuse_handle *fuse_open(struct inode *inode, u32 flags);
/* A handle without anything opened yet, with all that closing it needs. ERR_PTR(-ENOMEM). */
struct fuse_handle *fuse_handle_alloc(struct fuse_conn *conn, bool is_dir);
/* Fill an allocated handle with what the server opened, and list it. */
void fuse_handle_start(struct fuse_handle *handle, struct inode *inode, u32 flags, const struct fuse_open_out *out);
/* An allocated handle for which nothing was opened. */
void fuse_handle_discard(struct fuse_handle *handle);
void fuse_handle_put(struct fuse_handle *handle); /* any context */
static inline struct fuse_handle *fuse_handle_get(struct fuse_handle *handle)
{
	refcount_inc(&handle->refs);
	return handle;
}
/* Send a RELEASE or RELEASEDIR, which it consumes; nobody waits. Any context. */
void fuse_release_send(struct fuse_rpc *rpc, const struct fuse_release_in *in);
/* An open handle of @inode that reads or writes, with a reference, or NULL. */
struct fuse_handle *fuse_handle_find(struct inode *inode, bool for_write);
/* The reader that an inode keeps goes. */
void fuse_handle_drop_kept(struct inode *inode);

/* --- data.c: payloads --- */
extern const struct address_space_ops fuse_aops;
void fuse_data_init(void);
/* Bytes between pages of the request's own and @iter. Bytes moved or -errno. */
ssize_t fuse_read_direct(struct fuse_handle *handle, struct iter *to, loff_t pos);
ssize_t fuse_write_through(struct fuse_handle *handle, struct iter *from, loff_t pos);

/* --- file.c, dir.c, super.c --- */
extern const struct file_operations fuse_file_fops, fuse_dir_fops;
