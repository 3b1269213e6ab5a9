/* SPDX-License-Identifier: GPL-2.0-only */
/* fid_impl.h - building and ending messages about a fid: what the files fid*.c share with each other alone. */
#pragma once
#include <lib/err.h>
#include "p9_impl.h"

/* A message that names @fid first, and has a reference to it. */
struct p9_rpc *begin_fid(struct p9_fid *fid, u8 type, u32 tx_extra, u32 rx_extra);
/* The number of a second fid, and a reference to it. */
void name_other_fid(struct p9_rpc *rpc, struct p9_fid *other);
/* The same as begin_fid(), and *made, which it will make, next. ERR_PTR: nothing was made. */
struct p9_rpc *begin_making_fid(struct p9_fid *from, u8 type, struct p9_fid **made);
/* @made if the server made it, else the error, and one reference less. */
struct p9_fid *made_or_error(struct p9_fid *made, int ret);
/* Send, wait, end: for answers without anything to read. */
int call_and_end(struct p9_rpc *rpc);
/* The answer was read: end the message. @ret of the call, or -EIO when the answer was malformed (I2 of fid.c). */
int answer_end(struct p9_rpc *rpc, int ret);
/* The count that follows an Rread or Rreaddir header; -EIO when it is more than was asked for or received. */
ssize_t answer_count(struct p9_rpc *rpc, u32 asked);
/* Put the caller's reference of a fid whose clunk makes something happen: the server's answer. */
int p9_fid_finish(struct p9_fid *fid);
