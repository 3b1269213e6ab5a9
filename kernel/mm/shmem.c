/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * shmem.c - memory objects: get a folio of one, map one, and the objects behind MAP_SHARED|MAP_ANONYMOUS.
 *
 * WHAT        Memory objects are page cache without a backing store; this is what tmpfs, memfd and shared anonymous memory have in common.
 * INVARIANTS  S1  A folio of an AS_RAM mapping is uptodate once it is unlocked for the first time: it is zeroed when it is made.
 *                 One that shmem_reserve_folio() made is zero and not uptodate until somebody writes or maps it: a hole with memory.
 *             S2  Every folio was charged to its owner before it was added and is uncharged by the owner when truncation drops it
 *                 (the owner sees nrpages before and after).
 *             S3  A shmem_object lives as long as a VMA maps it: VMAs hold its references, through vma_ops open and close.
 * LOCKING     As the page cache.
 * ERRORS      -ENOSPC from the owner's charge, -ENOMEM; as faults SIGBUS and OOM.
 */
#include "fault_impl.h"
#include "vma_impl.h"

#include <lib/string.h>
#include <mm/shmem.h>
#include <pages/reserve.h>
#include <sync/refcount.h>

static const struct shmem_ops *shmem_ops(const struct address_space *mapping)
{
	return container_of(mapping->a_ops, const struct shmem_ops, aops);
}

struct folio *shmem_find_folio(struct address_space *mapping, pgoff_t index)
{
	return filemap_lock_folio(mapping, index);
}

/* The folio goes into the tree: nodes are made with @gfp, or are @ready. */
static int add_to_tree(struct address_space *mapping, struct folio *folio, pgoff_t index, gfp_t gfp, struct xa_spares *ready)
{
	return ready ? filemap_add_folio_spare(mapping, folio, index, ready) : filemap_add_folio(mapping, folio, index, gfp);
}

/* Make the folio at @index out of @folio, a fresh zeroed one whose reference is the caller's. */
static int add_fresh(struct address_space *mapping, struct folio *folio, pgoff_t index, gfp_t gfp, struct xa_spares *ready)
{
	const struct shmem_ops *ops = shmem_ops(mapping);
	int err = ops->charge ? ops->charge(mapping, 1) : 0;

	if (err)
		return err;
	err = add_to_tree(mapping, folio, index, gfp, ready);
	if (err) {
		if (ops->uncharge)
			ops->uncharge(mapping, 1);
		return err;
	}
	return 0;
}

/* shmem_reserve_folio(), whose nodes may be @ready. */
static struct folio *make_folio(struct address_space *mapping, pgoff_t index, gfp_t gfp, struct xa_spares *ready)
{
	for (;;) {
		struct folio *folio = filemap_lock_folio(mapping, index);
		int err;

		if (folio)
			return folio;
		folio = mempolicy_alloc_shmem(mapping, index, gfp | __GFP_ZERO);
		if (!folio)
			return ERR_PTR(-ENOMEM);
		err = add_fresh(mapping, folio, index, gfp, ready);
		if (!err)
			return folio;
		folio_put(folio);
		if (err != -EEXIST)
			return ERR_PTR(err);
	}
}

struct folio *shmem_reserve_folio(struct address_space *mapping, pgoff_t index, gfp_t gfp)
{
	return make_folio(mapping, index, gfp, NULL);
}

struct folio *shmem_get_folio(struct address_space *mapping, pgoff_t index, gfp_t gfp)
{
	struct folio *folio = shmem_reserve_folio(mapping, index, gfp);

	if (!IS_ERR(folio) && !folio_test(folio, PG_uptodate))
		folio_set(folio, PG_uptodate); /* S1 */
	return folio;
}

int shmem_write_begin(struct file *file, struct address_space *mapping, loff_t pos, size_t len, struct folio **foliop)
{
	struct folio *folio = shmem_get_folio(mapping, pos >> PAGE_SHIFT, mapping->gfp);

	if (IS_ERR(folio))
		return PTR_ERR(folio);
	*foliop = folio;
	return 0;
}

/* ---- pages set aside under a reservation ---- */

#define SLICE_PAGES 128
#define SLICE_NODES (XA_SPARES_MAX + 16) /* the tree's for a slice: the first page's, then leaves, and a neighbour on each level */
#define INSIDE	    (GFP_NOWAIT | __GFP_RESERVE | __GFP_NOWARN)

static struct reserve_class shmem_class = RESERVE_CLASS_INIT("shmem");

/* Inside of the reservation. */
static int make_slice(struct address_space *mapping, pgoff_t index, pgoff_t end, struct xa_spares *spares)
{
	int err = xa_spares_fill(spares, SLICE_NODES, INSIDE);

	for (; !err && index < end; index++) {
		struct folio *folio = make_folio(mapping, index, INSIDE, spares);

		err = PTR_ERR_OR_ZERO(folio);
		if (err)
			break;
		folio_mark_dirty(folio);
		folio_unlock(folio);
		folio_put(folio);
	}
	return err;
}

static int set_aside_slice(struct address_space *mapping, pgoff_t index, pgoff_t end)
{
	struct xa_spares spares = { 0 };
	struct reserve reserve;
	int err;

	reserve_init(&reserve, &shmem_class);
	err = reserve_begin(&reserve, end - index + reserve_node_pages(SLICE_NODES), NODES_ALL);
	if (err)
		return err;
	err = make_slice(mapping, index, end, &spares);
	reserve_end(&reserve);
	xa_spares_drop(&spares);
	return err;
}

int shmem_set_aside(struct address_space *mapping, pgoff_t end)
{
	int err = 0;

	for (pgoff_t index = 0; index < end && !err; index += SLICE_PAGES)
		err = thread_fatal_signal_pending(current_thread()) ? -EINTR : set_aside_slice(mapping, index, min(end, index + SLICE_PAGES));
	return err;
}

/* ---- faults ---- */

static pgoff_t size_pages(struct address_space *mapping)
{
	return ((u64)mapping->a_ops->size(mapping) + PAGE_SIZE - 1) >> PAGE_SHIFT;
}

/* A fresh page of the object: from where it says, else the task. */
static struct folio *fault_shmem_folio(struct fault *fault)
{
	struct mempolicy *policy = shared_policy_get(fault->vmf.vma->vm_mapping, fault->vmf.pgoff);
	struct policy_place place;

	if (likely(!policy && !current->mempolicy))
		return page_source_get(&fault->src, true);
	place = mempolicy_place(policy ? policy : current->mempolicy, fault->vmf.pgoff);
	mempolicy_put(policy);
	return page_source_get_placed(&fault->src, &place, true);
}

static u32 shmem_fault(struct vm_fault *vmf)
{
	struct address_space *mapping = vmf->vma->vm_mapping;
	struct folio *folio;
	int err;

	if (unlikely(vmf->pgoff >= size_pages(mapping)))
		return VM_FAULT_SIGBUS;
	folio = filemap_get_folio(mapping, vmf->pgoff);
	if (folio) {
		if (!folio_trylock(folio)) {
			vmf->wait_folio = folio;
			return VM_FAULT_RETRY;
		}
	} else {
		folio = fault_shmem_folio(to_fault(vmf));
		if (!folio)
			return VM_FAULT_OOM;
		err = add_fresh(mapping, folio, vmf->pgoff, GFP_FAULT, NULL);
		if (err) {
			folio_put(folio);
			if (err == -EEXIST)
				return VM_FAULT_RETRY;
			return err == -ENOMEM ? VM_FAULT_OOM : VM_FAULT_SIGBUS;
		}
	}
	if (unlikely(folio->mapping != mapping || vmf->pgoff >= size_pages(mapping))) {
		bool moved = folio->mapping != mapping;

		/* A folio made beyond a size that just shrank is truncation's to drop, or ours. */
		if (!moved) {
			filemap_remove_folio(folio);
			if (shmem_ops(mapping)->uncharge)
				shmem_ops(mapping)->uncharge(mapping, 1);
		}
		folio_unlock(folio);
		folio_put(folio);
		return moved ? VM_FAULT_RETRY : VM_FAULT_SIGBUS;
	}
	if (!folio_test(folio, PG_uptodate))
		folio_set(folio, PG_uptodate); /* S1 */
	vmf->folio = folio;
	return VM_FAULT_LOCKED;
}

const struct vma_ops shmem_vma_ops = {
	.fault = shmem_fault,
	.map_pages = filemap_map_pages,
};

int shmem_mmap(struct address_space *mapping, struct vma *vma)
{
	vma->vm_mapping = mapping;
	vma->vm_ops = &shmem_vma_ops;
	return 0;
}

long shmem_pages(void)
{
	return node_page_state(NR_SHMEM);
}

/* ---- shared anonymous memory ---- */

struct shmem_object {
	struct address_space mapping;
	struct refcount refs;
	loff_t size;
	long accounted;	/* pages of commit */
	u64 ino;
};

static struct shmem_object *to_object(const struct address_space *mapping)
{
	return container_of((struct address_space *)mapping, struct shmem_object, mapping);
}

static loff_t object_size(struct address_space *mapping)
{
	return to_object(mapping)->size;
}

static const struct shmem_ops object_ops = {
	.aops = {
		.write_begin = shmem_write_begin,
		.write_end = ram_write_end,
		.size = object_size,
	},
};

static const struct object_type shmem_type = { .name = "shmem_object", .owner = "mm", .id = 0x6d03, .version = 1 };

struct shmem_object *shmem_object_create(loff_t size, bool account)
{
	long pages = account ? (size + PAGE_SIZE - 1) >> PAGE_SHIFT : 0;
	struct shmem_object *object;

	if (pages && vm_enough_memory(current_mm(), pages, false))
		return ERR_PTR(-ENOMEM);
	object = kmem_cache_alloc(mm_state.shmem_cache, GFP_KERNEL);
	if (!object) {
		vm_unacct_memory(pages);
		return ERR_PTR(-ENOMEM);
	}
	mapping_init(&object->mapping, NULL, &object_ops.aops);
	object->mapping.flags |= BIT(AS_RAM);
	refcount_set(&object->refs, 1);
	object->size = PAGE_ALIGN(size);
	object->accounted = pages;
	object->ino = atomic_long_inc_return(&mm_state.next_shmem_ino);
	return object;
}

void shmem_object_put(struct shmem_object *object)
{
	if (!refcount_dec_and_test(&object->refs))
		return;
	truncate_inode_pages_final(&object->mapping);
	mapping_fini(&object->mapping);
	vm_unacct_memory(object->accounted);
	kmem_cache_free(mm_state.shmem_cache, object);
}

static void object_open(struct vma *vma)
{
	refcount_inc(&to_object(vma->vm_mapping)->refs);
}

static void object_close(struct vma *vma)
{
	shmem_object_put(to_object(vma->vm_mapping));
}

static const char *object_name(struct vma *vma)
{
	return "/dev/zero (deleted)";
}

/* S3 */
static const struct vma_ops object_vma_ops = {
	.open = object_open,
	.close = object_close,
	.fault = shmem_fault,
	.map_pages = filemap_map_pages,
	.name = object_name,
};

int shmem_object_mmap(struct shmem_object *object, struct vma *vma)
{
	vma->vm_mapping = &object->mapping;
	vma->vm_ops = &object_vma_ops;
	return 0;
}

u64 shmem_object_ino(const struct address_space *mapping)
{
	return mapping->a_ops == &object_ops.aops ? to_object(mapping)->ino : 0;
}

void shmem_init(void)
{
	reserve_class_register(&shmem_class);
	mm_state.shmem_cache = kmem_cache_create(&shmem_type, sizeof(struct shmem_object), 0, SLAB_PANIC);
}
