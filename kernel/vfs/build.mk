# SPDX-License-Identifier: GPL-2.0-only
# vfs: path walk, dentries, inodes, open files, mounts.
srcs := pipe.c fifo.c splice.c select.c eventpoll.c eventfd.c timerfd.c limits.c \
	fdtable_calls.c fdtable_copy.c locks_fcntl.c \
	acl_format.c posix_acl.c anon_inode.c attr.c attr_calls.c chrdev.c copy.c cwd.c d_path.c dcache.c dcache_tree.c fcntl.c fdtable.c file.c fileattr.c final_sync.c fs_context.c fsopen.c handle.c init.c inode.c libfs.c locks.c mm_port.c mount.c mount_calls.c mount_change.c mount_graft.c mount_reveal.c mount_show.c mount_tree.c namei.c namei_calls.c namei_ops.c open.c open_calls.c open_file.c open_flags.c permission.c pnode.c poll.c protected.c read_write.c readdir.c seq_file.c stat.c super.c swap_calls.c sync_calls.c times.c walk.c walk_links.c walk_mounts.c walk_state.c writeback.c xattr.c
deps := lib arch/x86 sync time log probe pages sched security mm crypto
public_deps := lib arch/x86 sync time pages sched mm
host_srcs := acl_format.c
host_tests := acl_format_test.c
host_fuzz := acl_format_fuzz.c
