/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * p9_impl.h - the 9p client's own objects: session, request, fid, inode.
 *
 *	mount --owns--> p9_session --uses--> p9_transport (driver)
 *	inode --owns--> base fid (walked), reader and writer fids (opened), all refcounted
 */
#pragma once
#include <arch/atomic.h>
#include <lib/idr.h>
#include <lib/types.h>
#include <p9/transport.h>
#include <sync/refcount.h>
#include <sync/spinlock.h>
#include <sync/wait.h>
#include <sync/mutex.h>
#include <vfs/inode.h>
#include <vfs/super.h>
#include "wire_impl.h"

#define P9_MSIZE       (128u * 4096u) /* asked for; the server may lower it */
#define P9_MIN_MSIZE   4096u
#define P9_INLINE_TX   640u
#define P9_INLINE_RX   256u
#define P9_PAGES_MAX   120u /* of one payload; with tx and rx below every transport's max_segs */
#define P9_OWN_PAGES   16u /* of a payload that a message owns */
#define P9_TAGS_MAX    4096	/* of messages; those of clunks lie above */
#define P9_ABANDONED_MAX 1024u /* messages that nobody waits for, each perhaps with a flush: with as many, a killed waiter stays */
#define P9_CLUNKS      16u	/* under way at a time */
#define P9_CACHE_MS    1000u /* how long a name or an attribute is believed, unless the mount says cache_ms= */

struct p9_session;
struct p9_fid;

/* A message that ends a fid: clunk.c. */
struct p9_clunk {
	struct p9_request request; /* first */
	struct list_head node;	   /* session's lock, while idle */
	struct p9_fid *fid;	   /* what it ends; NULL while idle */
	u16 tag;		   /* __final */
	u8 tx[P9_HEADER + 4];
	u8 rx[P9_READ_HEADER];
};

struct p9_session {
	struct p9_transport *transport;
	u32 msize;	    /* __final after the handshake */
	u64 cache_ns;	    /* __final */
	u32 pages_max;	    /* __final: pages of one payload */
	struct spinlock lock; /* rank P9_REQUEST: numbers, clunks */
	struct ida tags;    /* lock */
	struct ida fids;    /* lock */
	u32 nr_users;	    /* lock: numbers that are out */
	bool is_left;	    /* lock: its maker has gone, the last number frees it */
	atomic_t nr_abandoned; /* messages */
	struct wait_queue_head idle; /* nr_users went to zero */
	struct list_head dead;	      /* lock: fids in line for a clunk */
	struct list_head idle_clunks; /* lock */
	struct p9_clunk clunk[P9_CLUNKS];
	char *aname;
	u32 lie_rate;  /* __final; 0: the answers are the server's (tests/liar.c) */
	u64 lie_state; /* lock */
	bool is_rw;
};

/* Pages that carry a payload and belong to the message, so that nobody must wait for the server to let go of them. */
struct p9_pages {
	u32 nr;
	struct page_seg segs[P9_OWN_PAGES];
};

/*
 * A message and its answer. References: who made it (of one that nobody waits for, the done() of its ops); the driver while it has
 * one that is waited for; a flush that names it.
 */
struct p9_rpc {
	struct p9_request request; /* first */
	struct p9_session *session;
	refcount_t refs;
	struct p9_fid *fid, *other; /* those that it names, referenced: their numbers mean the same until it is answered */
	struct p9_fid *made;	    /* the one of them that a good answer makes, or NULL */
	u16 steps;		    /* of a walk */
	struct p9_pages *pages;	    /* owned, or NULL */
	struct p9_rpc *flushed;	    /* what this flush is about, referenced */
	struct p9_wire tx, rx;
	u16 number; /* of the session's */
	u16 tag;
	u8 type;
	bool is_done;	   /* stored with release by done() under wait.lock */
	bool is_abandoned; /* wait.lock: the waiter was killed */
	struct wait_queue_head wait;
	u8 tx_inline[P9_INLINE_TX];
	u8 rx_inline[P9_INLINE_RX];
};

struct p9_fid {
	refcount_t refs;
	u32 number; /* __final */
	struct p9_session *session; /* __final */
	bool is_made; /* the server knows it: the end is a clunk */
	u32 mode;   /* O_ACCMODE of an opened fid, P9_FID_WALKED else */
	struct p9_fid *older; /* the base before this one, owned; session's lock */
	struct list_head node; /* session's lock: dead */
};
#define P9_FID_WALKED (~0u)

struct p9_attr {
	u64 asked; /* p9_doubts() before the question */
	struct p9_qid qid;
	u32 mode, uid, gid;
	u64 nlink, rdev, size, blksize, blocks;
	struct timespec64 atime, mtime, ctime;
};

struct p9_inode {
	struct inode vfs;
	struct p9_qid qid; /* version: attr_lock */
	struct mutex lock; /* rank P9: fids below */
	struct p9_fid *base;   /* session's lock; p9_base() */
	bool is_base_lost;     /* the name that base was walked to may be gone */
	bool is_dying;	       /* its last name is being removed, or is: I1 */
	bool is_doubtful;      /* who removed its last name was killed before the answer: I4 */
	bool is_stale;	       /* who wrote was killed before the answer: what is cached is not the file */
	struct p9_fid *reader; /* lock; set once */
	struct p9_fid *writer; /* lock; set once */
	u64 attr_until_ns; /* attributes are believed until then, */
	u64 attr_asked;	   /* and while p9_doubts() is this */
};

static inline struct p9_inode *p9_inode(struct inode *inode)
{
	return container_of(inode, struct p9_inode, vfs);
}
static inline struct p9_session *p9_session(const struct super_block *sb)
{
	return sb->s_fs_info;
}

/* --- session.c --- */
struct p9_session *p9_session_create(void);
/* Wait until nothing is under way any more, or we are killed; then the last answer frees it. NULL is fine. */
void p9_session_end(struct p9_session *session);
/* A number of @ids, which keeps the session alive until it is given back. -ENOMEM, -ENOSPC. Any context. */
int p9_number_take(struct p9_session *session, struct ida *ids, u32 max);
void p9_number_give(struct p9_session *session, struct ida *ids, u32 number);

/* --- client.c: transports and messages --- */
/* ERR_PTR(-ENOENT, -EBUSY); -EINTR: killed while the session before is about to end. */
struct p9_transport *p9_transport_take(const char *tag);
/* The session that has it will end without anybody's doing, when the server answers. */
void p9_transport_leave(struct p9_transport *transport);
void p9_transport_release(struct p9_transport *transport); /* any context */
int p9_handshake(struct p9_session *session);
/* Counts the answers that came when nobody waited any more: what was believed before each of them may have been changed by it. */
u64 p9_doubts(void);
/* A request with its type and tag written; @tx_extra, @rx_extra: room beyond the inline buffers. ERR_PTR(-ENOMEM). */
struct p9_rpc *p9_begin(struct p9_session *session, u8 type, u32 tx_extra, u32 rx_extra);
/*
 * Send and wait for the answer. 0 with rx at the body, or -errno; -EINTR: killed. Then the message lives on until the server is
 * done with it, and what it makes goes with it.
 */
int p9_call(struct p9_rpc *rpc);
/* The same, to the end whatever happens: a device wait, for what must not be left half done. */
int p9_call_unkillable(struct p9_rpc *rpc);
/* Send; @ops->done gets it. On failure nothing was sent and the caller frees. */
int p9_send(struct p9_rpc *rpc, const struct p9_request_ops *ops);
/* Check the answer of a request whose done() is running. */
int p9_answer(struct p9_rpc *rpc);
void p9_end(struct p9_rpc *rpc); /* any context */
void p9_client_init(void);

/* --- clunk.c --- */
void p9_clunks_init(struct p9_session *session);
/* End a fid without references that the server knows. Any context. */
void p9_clunk_fid(struct p9_fid *fid);

/* --- tests/liar.c: damage answers, for tests --- */
void p9_lie_init(struct p9_session *session);
void p9_lie(struct p9_rpc *rpc);

/* --- fid*.c: typed messages --- */
/* All return 0, a fid, or -errno; fids carry one reference. */
struct p9_fid *p9_attach(struct p9_session *session, struct p9_qid *qid);
struct p9_fid *p9_walk(struct p9_fid *from, const char *name, size_t len, struct p9_qid *qid); /* len 0: clone */
void p9_fid_put(struct p9_fid *fid); /* any context; NULL is fine */
/* A fid that the server does not know (any more). */
void p9_fid_free(struct p9_fid *fid);
void p9_fid_init(void);
static inline struct p9_fid *p9_fid_get(struct p9_fid *fid)
{
	refcount_inc(&fid->refs);
	return fid;
}
int p9_open(struct p9_fid *fid, u32 flags);
int p9_create(struct p9_fid *fid, const char *name, size_t len, u32 flags, u32 mode, u32 gid, struct p9_qid *qid);
int p9_getattr(struct p9_fid *fid, struct p9_attr *attr);
int p9_setattr(struct p9_fid *fid, const struct iattr *iattr);
int p9_readlink(struct p9_fid *fid, char **target);
int p9_statfs(struct p9_fid *fid, struct kstatfs *st);
int p9_fsync(struct p9_fid *fid, bool datasync);
int p9_mkdir(struct p9_fid *dir, const struct qstr *name, u32 mode, u32 gid);
int p9_symlink(struct p9_fid *dir, const struct qstr *name, const char *target, u32 gid);
int p9_mknod(struct p9_fid *dir, const struct qstr *name, u32 mode, dev_t dev, u32 gid);
int p9_link(struct p9_fid *dir, struct p9_fid *target, const struct qstr *name);
int p9_unlink(struct p9_fid *dir, const struct qstr *name, bool is_dir);
int p9_rename(struct p9_fid *old_dir, const struct qstr *old, struct p9_fid *new_dir, const struct qstr *new);
/* Room for a payload of up to P9_OWN_PAGES pages, empty. NULL: no memory. */
struct p9_pages *p9_pages_create(void);
/* One more page, of which @len bytes count. NULL: no memory, or no room. */
struct page *p9_pages_add(struct p9_pages *pages, u32 len);
void p9_pages_destroy(struct p9_pages *pages); /* NULL is fine */
/* @count bytes from @pages, which it consumes, to @offset. Bytes or -errno. */
ssize_t p9_write_pages(struct p9_fid *fid, u64 offset, struct p9_pages *pages, u32 count);
/* The bytes of @seg, which must stay ours to the end: not killable. */
ssize_t p9_write_back(struct p9_fid *fid, u64 offset, const struct page_seg *seg);
/* Directory entries from @offset in a fresh page, to which the caller gets a reference. Bytes or -errno. */
ssize_t p9_readdir(struct p9_fid *fid, u64 offset, struct page **page);
/* The value of @name ("": the list of names) into @buf; size 0 asks. Bytes or -errno. */
ssize_t p9_getxattr(struct p9_fid *fid, const char *name, void *buf, size_t size);
int p9_setxattr(struct p9_fid *fid, const char *name, const void *value, size_t size, int flags);

/* --- inode.c --- */
extern const struct inode_operations p9_dir_iops, p9_file_iops, p9_symlink_iops;
extern const struct dentry_operations p9_dentry_ops;
/* The inode of @base, which it consumes. ERR_PTR. */
struct inode *p9_iget(struct super_block *sb, struct p9_fid *base, const struct p9_attr *attr);
/* The walked fid of @inode, borrowed while the inode lives. */
struct p9_fid *p9_base(struct inode *inode);
/* Take new attributes; drops cached pages when the contents changed on the host. */
void p9_update_inode(struct inode *inode, const struct p9_attr *attr);
/* The attributes are asked for before they are used again. */
static inline void p9_distrust(struct inode *inode)
{
	WRITE_ONCE(p9_inode(inode)->attr_until_ns, 0);
}
/* Ask the server unless the attributes are still believed. */
int p9_refresh(struct inode *inode);
/* An opened fid shared by all users of the inode; a reference. @for_write: O_RDWR. ERR_PTR, also -EINTR: killed. */
struct p9_fid *p9_opened_fid(struct inode *inode, bool for_write);

/* --- file.c, dir.c, super.c --- */
extern const struct file_operations p9_file_fops, p9_dir_fops;
extern const struct address_space_ops p9_aops;
void p9_file_init(void);
struct inode *p9_alloc_inode(struct super_block *sb);
void p9_free_inode(struct inode *inode);
