# SPDX-License-Identifier: GPL-2.0-only
# Address spaces, faults, page cache, reclaim.
srcs := vma_tree.c vma_lock.c vma.c mm.c family.c commit.c standing.c kernel_reserve.c mmap.c munmap.c mprotect.c mremap.c madvise.c mlock.c msync.c \
	page_table.c gather.c zap.c rmap.c fault.c cow.c fault_entry.c gup.c fork.c exec.c \
	mapping.c folio_wait.c filemap.c readahead.c filemap_read.c filemap_write.c filemap_fault.c truncate.c writeback.c \
	shmem.c mempolicy.c mempolicy_shared.c mempolicy_calls.c migrate.c migrate_anon.c migrate_range.c migrate_calls.c filemap_move.c numa_maps.c lru.c reclaim.c compact.c oom.c show_mem.c iter.c process_vm.c proc_walk.c tests/mm_selftest.c tests/reclaim_selftest.c tests/migrate_selftest.c
srcs += tests/pressure.c tests/torture.c tests/users.c tests/users_disk.c tests/users_journal.c tests/users_crypt.c tests/users_receive.c
srcs += ldt.c pkeys.c
deps := lib arch/x86 sync time log probe pages sched
public_deps := lib arch/x86 sync pages
host_tests := vma_tree_test.c iter_test.c
