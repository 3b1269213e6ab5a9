/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fifo.c - how a pipe comes to be opened: pipe(2), and named pipes that wait for their other end.
 *
 * WHAT        pipe(2) makes an inode on pipefs and two files on it. A FIFO is an inode of any file system; its first open makes
 *             the pipe, its last close destroys it.
 * INVARIANTS  I1  inode->i_pipe is set exactly while pipe->files > 0; both change under i_lock.
 *             I2  An open that waits counts as reader (or writer) already, so the other side's open sees it. An open that gives
 *                 up takes its count back under the mutex, unless the other side came meanwhile.
 * LOCKING     i_lock for i_pipe and files; pipe->mutex for the rest.
 * ERRORS      open: -ENXIO (write, nonblocking, no reader), -ENOMEM, -EPARK, -ERESTARTSYS.
 * TESTS       tests/guest/ipc/pipe_test.c: named_pipe_open_waits_for_the_other_end
 */
#include <arch/uaccess.h>
#include <lib/err.h>
#include <lib/errno.h>
#include <lib/printf.h>
#include <linux/eventpoll.h>
#include <linux/magic.h>
#include <vfs/file.h>
#include <vfs/inode.h>
#include <vfs/libfs.h>
#include <vfs/pipe.h>
#include <vfs/super.h>
#include <vfs/mount.h>
#include <vfs/anon_inode.h>
#include <vfs/ipc_calls.h>

static struct {
	struct vfsmount *mnt; /* __final after pipefs_init() */
} pipefs;

/* The inode's pipe with one more opener, made if there is none. */
static struct pipe_inode_info *pipe_get(struct inode *inode)
{
	struct pipe_inode_info *pipe, *fresh = NULL;

	for (;;) {
		spin_lock(&inode->i_lock);
		pipe = inode->i_pipe;
		if (!pipe && fresh) {
			pipe = inode->i_pipe = fresh;
			fresh = NULL;
		}
		if (pipe)
			pipe->files++;
		spin_unlock(&inode->i_lock);
		if (pipe)
			break;
		fresh = pipe_create();
		if (!fresh)
			return NULL;
	}
	if (fresh)
		pipe_destroy(fresh);
	return pipe;
}

/* Wait for an open of the other side, counted by *counter. Mutex held; dropped while asleep. */
static int fifo_wait_partner(struct pipe_inode_info *pipe, u32 *counter, struct wait_queue_head *wq)
{
	u32 before = *counter;
	int ret;

	mutex_unlock(&pipe->mutex);
	ret = wait_event_interruptible(*wq, READ_ONCE(*counter) != before);
	mutex_lock(&pipe->mutex);
	return *counter != before ? 0 : ret; /* I2 */
}

static void fifo_wake_all(struct pipe_inode_info *pipe)
{
	wake_up_queue(&pipe->rd_wait, TASK_INTERRUPTIBLE, 0, 0);
	wake_up_queue(&pipe->wr_wait, TASK_INTERRUPTIBLE, 0, 0);
}

/* A pipe of pipe(2) opened again through /proc/PID/fd: nobody waits for another end. */
static bool is_anonymous(const struct file *file)
{
	return file->f_inode->i_sb->s_magic == PIPEFS_MAGIC;
}

static int fifo_open_read(struct pipe_inode_info *pipe, struct file *file)
{
	int ret;

	pipe->r_counter++;
	WRITE_ONCE(pipe->readers, pipe->readers + 1);
	if (pipe->readers == 1)
		fifo_wake_all(pipe);
	if (pipe->writers || is_anonymous(file))
		return 0;
	if (file->f_flags & O_NONBLOCK) {
		file->f_version = pipe->w_counter; /* no hang-up before a first writer */
		return 0;
	}
	ret = fifo_wait_partner(pipe, &pipe->w_counter, &pipe->rd_wait);
	if (ret)
		WRITE_ONCE(pipe->readers, pipe->readers - 1);
	return ret;
}

static int fifo_open_write(struct pipe_inode_info *pipe, struct file *file)
{
	int ret;

	if ((file->f_flags & O_NONBLOCK) && !pipe->readers && !is_anonymous(file))
		return -ENXIO;
	pipe->w_counter++;
	WRITE_ONCE(pipe->writers, pipe->writers + 1);
	if (pipe->writers == 1)
		fifo_wake_all(pipe);
	if (pipe->readers || is_anonymous(file))
		return 0;
	ret = fifo_wait_partner(pipe, &pipe->r_counter, &pipe->wr_wait);
	if (ret)
		WRITE_ONCE(pipe->writers, pipe->writers - 1);
	return ret;
}

static int fifo_open_both(struct pipe_inode_info *pipe)
{
	pipe->r_counter++;
	pipe->w_counter++;
	WRITE_ONCE(pipe->readers, pipe->readers + 1);
	WRITE_ONCE(pipe->writers, pipe->writers + 1);
	if (pipe->readers == 1 || pipe->writers == 1)
		fifo_wake_all(pipe);
	return 0;
}

static int fifo_open(struct inode *inode, struct file *file)
{
	struct pipe_inode_info *pipe = pipe_get(inode);
	int ret;

	if (!pipe)
		return -ENOMEM;
	file->f_version = 0;
	file->private_data = pipe;
	file->f_op = &pipe_fops;
	stream_open(inode, file);
	mutex_lock(&pipe->mutex);
	switch (file->f_mode & (FMODE_READ | FMODE_WRITE)) {
	case FMODE_READ:
		ret = fifo_open_read(pipe, file);
		break;
	case FMODE_WRITE:
		ret = fifo_open_write(pipe, file);
		break;
	default:
		ret = fifo_open_both(pipe);
		break;
	}
	mutex_unlock(&pipe->mutex);
	if (ret)
		pipe_put(inode, pipe);
	return ret;
}

const struct file_operations fifo_fops = {
	.open = fifo_open,
};

/* --- pipe(2) ------------------------------------------------------------------------------------------- */

static struct inode *pipefs_inode(void)
{
	struct inode *inode = alloc_anon_inode(pipefs.mnt->mnt_sb);
	struct pipe_inode_info *pipe;

	if (IS_ERR(inode))
		return inode;
	pipe = pipe_create();
	if (!pipe) {
		iput(inode);
		return ERR_PTR(-ENFILE);
	}
	pipe->files = 2;
	pipe->readers = pipe->writers = 1;
	pipe->r_counter = pipe->w_counter = 1;
	inode->i_mode = S_IFIFO | 0600;
	inode->i_fop = &fifo_fops; /* for an open through /proc/PID/fd */
	inode->i_pipe = pipe;
	return inode;
}

int pipe_create_files(struct file **files, int flags)
{
	struct inode *inode = pipefs_inode();
	struct pipe_inode_info *pipe;
	struct file *file;

	if (IS_ERR(inode))
		return PTR_ERR(inode);
	pipe = inode->i_pipe;
	file = alloc_file_pseudo(inode, pipefs.mnt, "", O_WRONLY | (flags & (O_NONBLOCK | O_DIRECT)), &pipe_fops);
	if (IS_ERR(file)) {
		inode->i_pipe = NULL;
		pipe_destroy(pipe);
		iput(inode);
		return PTR_ERR(file);
	}
	file->private_data = pipe;
	files[0] = alloc_file_clone(file, O_RDONLY | (flags & O_NONBLOCK), &pipe_fops);
	if (IS_ERR(files[0])) {
		int error = PTR_ERR(files[0]);
		pipe_put(inode, pipe);
		fput(file);
		return error;
	}
	files[0]->private_data = pipe;
	files[1] = file;
	stream_open(inode, files[0]);
	stream_open(inode, files[1]);
	return 0;
}

long sys_pipe2(uaddr_t fds, int flags)
{
	struct file *files[2];
	int numbers[2] = { -1, -1 };
	int ret;

	if (flags & ~(O_CLOEXEC | O_NONBLOCK | O_DIRECT))
		return -EINVAL;
	ret = pipe_create_files(files, flags);
	if (ret)
		return ret;
	for (int i = 0; i < 2; i++) {
		ret = numbers[i] = get_unused_fd_flags(flags);
		if (ret < 0)
			goto put_numbers;
	}
	ret = -EFAULT;
	if (copy_to_user(fds, numbers, sizeof(numbers)))
		goto put_numbers;
	fd_install(numbers[0], files[0]);
	fd_install(numbers[1], files[1]);
	return 0;

put_numbers:
	for (int i = 0; i < 2; i++) {
		if (numbers[i] >= 0)
			put_unused_fd(numbers[i]);
		fput(files[i]);
	}
	return ret;
}

long sys_pipe(uaddr_t fds)
{
	return sys_pipe2(fds, 0);
}

/* --- the file system ----------------------------------------------------------------------------------- */

static char *pipefs_dname(struct dentry *dentry, char *buf, int len)
{
	return dynamic_dname(buf, len, "pipe:[%llu]", dentry->d_inode->i_ino);
}

static const struct dentry_operations pipefs_dentry_ops = { .d_dname = pipefs_dname };

static const struct super_operations pipefs_ops = {
	.alloc_inode = simple_alloc_inode,
	.free_inode = simple_free_inode,
	.drop_inode = generic_delete_inode,
	.statfs = simple_statfs,
};

static const struct pseudo_fs pipefs_pseudo = {
	.ops = &pipefs_ops,
	.dops = &pipefs_dentry_ops,
	.magic = PIPEFS_MAGIC,
};

static int pipefs_init_context(struct fs_context *fc)
{
	return init_pseudo(fc, &pipefs_pseudo);
}

static const struct fs_type_ops pipefs_type_ops = {
	.init_fs_context = pipefs_init_context,
	.kill_sb = kill_anon_super,
};

static struct file_system_type pipefs_fs_type = { .name = "pipefs", .ops = &pipefs_type_ops };

void pipefs_init(void)
{
	pipefs.mnt = kern_mount(&pipefs_fs_type);
	KASSERT(!IS_ERR(pipefs.mnt));
}
