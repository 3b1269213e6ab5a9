/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pgtable.h - page-table entries and tables: 4 levels of 512 entries.
 *
 * INVARIANTS  I1  An entry with a frame number is made by pfn_*() and read by *_pfn(), which go through the
 *                 operations table (a hypervisor may use other frame numbers). Flag bits are the same on
 *                 both sides and are tested and changed directly.
 *             I2  Stores go through set_*(); natively they are one plain store.
 *             I3  Software bits and the non-present formats are a handover format: no pointers in them.
 *             Entry not present: bit 0 clear. Bit 8 set: PROT_NONE page, frame and flags as if present. Else, not
 *             zero: swap-like entry, type in bits 3-7, offset in bits 9-57, free bits 1, 2.
 */
#ifndef ARCH_PGTABLE_H
#define ARCH_PGTABLE_H

#include <arch/memlayout.h>
#include <arch/pgtypes.h>
#include <arch/pv.h>

#define _PAGE_PRESENT 0x001ull
#define _PAGE_RW 0x002ull
#define _PAGE_USER 0x004ull
#define _PAGE_PWT 0x008ull
#define _PAGE_PCD 0x010ull
#define _PAGE_ACCESSED 0x020ull
#define _PAGE_DIRTY 0x040ull
#define _PAGE_PSE 0x080ull
#define _PAGE_GLOBAL 0x100ull
#define _PAGE_PROTNONE 0x100ull /* in entries that are not present */
#define _PAGE_SPECIAL 0x200ull  /* software: no struct page behind it */
#define _PAGE_SOFT_DIRTY 0x400ull
#define _PAGE_SOFT2 0x800ull
#define _PAGE_DEVMAP (1ull << 58)
#define _PAGE_PKEY_SHIFT 59 /* protection key: pkeys.h */
#define _PAGE_PKEY_MASK (15ull << _PAGE_PKEY_SHIFT)
#define _PAGE_NX (1ull << 63)
#define PTE_PFN_MASK 0x000ffffffffff000ull
#define PTE_FLAGS_MASK (~PTE_PFN_MASK)
/* Bits that mprotect keeps. */
#define _PAGE_CHG_MASK (PTE_PFN_MASK | _PAGE_ACCESSED | _PAGE_DIRTY | _PAGE_SPECIAL | \
			_PAGE_SOFT_DIRTY | _PAGE_PCD | _PAGE_PWT | _PAGE_DEVMAP)

#define __pgprot(x) ((pgprot_t){ (x) })
#define pgprot_val(p) ((p).pgprot)
#define _KERNEL_BASE (_PAGE_PRESENT | _PAGE_ACCESSED | _PAGE_DIRTY | _PAGE_GLOBAL)
#define PAGE_KERNEL __pgprot(_KERNEL_BASE | _PAGE_RW | _PAGE_NX)
#define PAGE_KERNEL_RO __pgprot(_KERNEL_BASE | _PAGE_NX)
#define PAGE_KERNEL_ROX __pgprot(_KERNEL_BASE)
#define PAGE_KERNEL_UC __pgprot(_KERNEL_BASE | _PAGE_RW | _PAGE_NX | _PAGE_PCD | _PAGE_PWT)
/* User protections; A private writable mapping starts read-only (copy on write). */
#define PAGE_NONE __pgprot(_PAGE_PROTNONE | _PAGE_ACCESSED | _PAGE_NX)
#define PAGE_READONLY __pgprot(_PAGE_PRESENT | _PAGE_USER | _PAGE_ACCESSED | _PAGE_NX)
#define PAGE_READONLY_EXEC __pgprot(_PAGE_PRESENT | _PAGE_USER | _PAGE_ACCESSED)
#define PAGE_SHARED __pgprot(_PAGE_PRESENT | _PAGE_USER | _PAGE_RW | _PAGE_ACCESSED | _PAGE_NX)
#define PAGE_SHARED_EXEC __pgprot(_PAGE_PRESENT | _PAGE_USER | _PAGE_RW | _PAGE_ACCESSED)
#define _TABLE_USER (_PAGE_PRESENT | _PAGE_RW | _PAGE_USER | _PAGE_ACCESSED | _PAGE_DIRTY)
#define _TABLE_KERNEL (_PAGE_PRESENT | _PAGE_RW | _PAGE_ACCESSED | _PAGE_DIRTY)

static inline pgprot_t pgprot_noncached(pgprot_t p) { return __pgprot(p.pgprot | _PAGE_PCD | _PAGE_PWT); }

static inline pte_t __pte(u64 val) { return (pte_t){ PV_PURE1(make_entry, val) }; }
static inline u64 pte_val(pte_t e) { return PV_PURE1(entry_val, e.pte); }
static inline u64 pte_flags(pte_t e) { return e.pte & PTE_FLAGS_MASK; }
static inline unsigned long pte_pfn(pte_t e) { return (pte_val(e) & PTE_PFN_MASK) >> PAGE_SHIFT; }
static inline bool pte_none(pte_t e) { return !e.pte; }
static inline pte_t pte_get(const pte_t *p) { return (pte_t){ READ_ONCE(p->pte) }; }
static inline void set_pte(pte_t *p, pte_t e) { PV_VOID2(set_pte, p, e.pte); }
static inline void pte_clear(pte_t *p) { PV_VOID2(set_pte, p, 0); }
static inline bool pte_same(pte_t a, pte_t b) { return a.pte == b.pte; }

static inline pmd_t __pmd(u64 val) { return (pmd_t){ PV_PURE1(make_entry, val) }; }
static inline u64 pmd_val(pmd_t e) { return PV_PURE1(entry_val, e.pmd); }
static inline u64 pmd_flags(pmd_t e) { return e.pmd & PTE_FLAGS_MASK; }
static inline unsigned long pmd_pfn(pmd_t e) { return (pmd_val(e) & PTE_PFN_MASK) >> PAGE_SHIFT; }
static inline bool pmd_none(pmd_t e) { return !e.pmd; }
static inline pmd_t pmd_get(const pmd_t *p) { return (pmd_t){ READ_ONCE(p->pmd) }; }
static inline void set_pmd(pmd_t *p, pmd_t e) { PV_VOID2(set_pmd, p, e.pmd); }
static inline void pmd_clear(pmd_t *p) { PV_VOID2(set_pmd, p, 0); }
static inline bool pmd_same(pmd_t a, pmd_t b) { return a.pmd == b.pmd; }

static inline pud_t __pud(u64 val) { return (pud_t){ PV_PURE1(make_entry, val) }; }
static inline u64 pud_val(pud_t e) { return PV_PURE1(entry_val, e.pud); }
static inline u64 pud_flags(pud_t e) { return e.pud & PTE_FLAGS_MASK; }
static inline unsigned long pud_pfn(pud_t e) { return (pud_val(e) & PTE_PFN_MASK) >> PAGE_SHIFT; }
static inline bool pud_none(pud_t e) { return !e.pud; }
static inline pud_t pud_get(const pud_t *p) { return (pud_t){ READ_ONCE(p->pud) }; }
static inline void set_pud(pud_t *p, pud_t e) { PV_VOID2(set_pud, p, e.pud); }
static inline void pud_clear(pud_t *p) { PV_VOID2(set_pud, p, 0); }
static inline bool pud_same(pud_t a, pud_t b) { return a.pud == b.pud; }

static inline pgd_t __pgd(u64 val) { return (pgd_t){ PV_PURE1(make_entry, val) }; }
static inline u64 pgd_val(pgd_t e) { return PV_PURE1(entry_val, e.pgd); }
static inline u64 pgd_flags(pgd_t e) { return e.pgd & PTE_FLAGS_MASK; }
static inline unsigned long pgd_pfn(pgd_t e) { return (pgd_val(e) & PTE_PFN_MASK) >> PAGE_SHIFT; }
static inline bool pgd_none(pgd_t e) { return !e.pgd; }
static inline pgd_t pgd_get(const pgd_t *p) { return (pgd_t){ READ_ONCE(p->pgd) }; }
static inline void set_pgd(pgd_t *p, pgd_t e) { PV_VOID2(set_pgd, p, e.pgd); }
static inline void pgd_clear(pgd_t *p) { PV_VOID2(set_pgd, p, 0); }
static inline bool pgd_same(pgd_t a, pgd_t b) { return a.pgd == b.pgd; }

static inline bool pte_present(pte_t e) { return e.pte & (_PAGE_PRESENT | _PAGE_PROTNONE); }
/* Readable by the hardware: not PROT_NONE. */
static inline bool pte_hw_present(pte_t e) { return e.pte & _PAGE_PRESENT; }
static inline bool pte_protnone(pte_t e)
{
	return (e.pte & (_PAGE_PRESENT | _PAGE_PROTNONE)) == _PAGE_PROTNONE;
}
static inline bool pmd_present(pmd_t e) { return e.pmd & _PAGE_PRESENT; }
static inline bool pud_present(pud_t e) { return e.pud & _PAGE_PRESENT; }
static inline bool pgd_present(pgd_t e) { return e.pgd & _PAGE_PRESENT; }
static inline bool pmd_leaf(pmd_t e) { return (e.pmd & (_PAGE_PRESENT | _PAGE_PSE)) == (_PAGE_PRESENT | _PAGE_PSE); }
static inline bool pud_leaf(pud_t e) { return (e.pud & (_PAGE_PRESENT | _PAGE_PSE)) == (_PAGE_PRESENT | _PAGE_PSE); }
static inline bool pte_write(pte_t e) { return e.pte & _PAGE_RW; }
static inline bool pte_dirty(pte_t e) { return e.pte & _PAGE_DIRTY; }
static inline bool pte_young(pte_t e) { return e.pte & _PAGE_ACCESSED; }
static inline bool pte_exec(pte_t e) { return !(e.pte & _PAGE_NX); }
static inline bool pte_user(pte_t e) { return e.pte & _PAGE_USER; }
static inline bool pte_special(pte_t e) { return e.pte & _PAGE_SPECIAL; }
static inline bool pte_soft_dirty(pte_t e) { return e.pte & _PAGE_SOFT_DIRTY; }

#define PTE_MK(name, expr) static inline pte_t pte_##name(pte_t e) { e.pte = (expr); return e; }
PTE_MK(mkwrite, e.pte | _PAGE_RW)
PTE_MK(wrprotect, e.pte & ~_PAGE_RW)
PTE_MK(mkdirty, e.pte | _PAGE_DIRTY)
PTE_MK(mkclean, e.pte & ~_PAGE_DIRTY)
PTE_MK(mkyoung, e.pte | _PAGE_ACCESSED)
PTE_MK(mkold, e.pte & ~_PAGE_ACCESSED)
PTE_MK(mkexec, e.pte & ~_PAGE_NX)
PTE_MK(mkspecial, e.pte | _PAGE_SPECIAL)
PTE_MK(mkglobal, e.pte | _PAGE_GLOBAL)
PTE_MK(mksoft_dirty, e.pte | _PAGE_SOFT_DIRTY)
#undef PTE_MK

static inline pte_t pfn_pte(unsigned long pfn, pgprot_t prot)
{
	return __pte(PFN_PHYS(pfn) | pgprot_val(prot));
}
static inline pmd_t pfn_pmd(unsigned long pfn, pgprot_t prot)
{
	return __pmd(PFN_PHYS(pfn) | pgprot_val(prot) | _PAGE_PSE);
}
static inline pud_t pfn_pud(unsigned long pfn, pgprot_t prot)
{
	return __pud(PFN_PHYS(pfn) | pgprot_val(prot) | _PAGE_PSE);
}
/* The entry with other protections, the same frame, accessed and dirty bits. */
static inline pte_t pte_modify(pte_t e, pgprot_t prot)
{
	e.pte = (e.pte & _PAGE_CHG_MASK) | (pgprot_val(prot) & ~_PAGE_CHG_MASK) |
		(pgprot_val(prot) & _PAGE_ACCESSED);
	return e;
}

/* Swap-like entries. */
#define PTE_SWAP_TYPES 32
static inline pte_t pte_make_swap(unsigned int type, u64 offset)
{
	return (pte_t){ (u64)type << 3 | offset << 9 };
}
static inline unsigned int pte_swap_type(pte_t e) { return (e.pte >> 3) & 31; }
static inline u64 pte_swap_offset(pte_t e) { return (e.pte >> 9) & ((1ull << 49) - 1); }
static inline bool pte_is_swap(pte_t e) { return !pte_none(e) && !pte_present(e); }

/* Single accesses to live entries. */
static inline pte_t ptep_get(const pte_t *p) { return pte_get(p); }
static inline pmd_t pmdp_get(const pmd_t *p) { return pmd_get(p); }
static inline pud_t pudp_get(const pud_t *p) { return pud_get(p); }
static inline pgd_t pgdp_get(const pgd_t *p) { return pgd_get(p); }
/* Takes the entry away; what it was, with the last accessed and dirty bits. */
static inline pte_t ptep_xchg_clear(pte_t *p) { return (pte_t){ PV_CALL2(pte_xchg, p, 0) }; }
static inline pte_t ptep_xchg(pte_t *p, pte_t e) { return (pte_t){ PV_CALL2(pte_xchg, p, e.pte) }; }
#define ptep_get_and_clear(p) ptep_xchg_clear(p)
static inline void ptep_set_wrprotect(pte_t *p) { PV_VOID2(pte_and, p, ~_PAGE_RW); }
static inline bool ptep_test_clear_young(pte_t *p) { return PV_CALL2(pte_test_clear, p, 5); }
static inline bool ptep_test_clear_dirty(pte_t *p) { return PV_CALL2(pte_test_clear, p, 6); }

#define PTRS_PER_PTE PTRS_PER_TABLE
#define PTRS_PER_PMD PTRS_PER_TABLE
#define PTRS_PER_PUD PTRS_PER_TABLE
#define PTRS_PER_PGD PTRS_PER_TABLE
#define pte_index(a) (((a) >> PAGE_SHIFT) & 511)
#define pmd_index(a) (((a) >> PMD_SHIFT) & 511)
#define pud_index(a) (((a) >> PUD_SHIFT) & 511)
#define pgd_index(a) (((a) >> PGDIR_SHIFT) & 511)

/* The table below an entry, and the entry for an address in it. */
static inline pgd_t *pgd_offset_pgd(pgd_t *pgd, unsigned long a) { return pgd + pgd_index(a); }
static inline pud_t *pud_offset(pgd_t *p, unsigned long a)
{
	return (pud_t *)phys_to_virt(pgd_val(pgd_get(p)) & PTE_PFN_MASK) + pud_index(a);
}
static inline pmd_t *pmd_offset(pud_t *p, unsigned long a)
{
	return (pmd_t *)phys_to_virt(pud_val(pud_get(p)) & PTE_PFN_MASK) + pmd_index(a);
}
static inline pte_t *pte_offset(pmd_t *p, unsigned long a)
{
	return (pte_t *)phys_to_virt(pmd_val(pmd_get(p)) & PTE_PFN_MASK) + pte_index(a);
}
#define pte_offset_kernel(p, a) pte_offset(p, a)

/* Hangs a zeroed table page below an entry. */
static inline void pgd_populate(pgd_t *p, phys_addr_t table) { set_pgd(p, __pgd(table | _TABLE_USER)); }
static inline void pud_populate(pud_t *p, phys_addr_t table) { set_pud(p, __pud(table | _TABLE_USER)); }
static inline void pmd_populate(pmd_t *p, phys_addr_t table) { set_pmd(p, __pmd(table | _TABLE_USER)); }

/* End of the part of [a, end) that one entry of the level covers. */
#define __level_addr_end(a, end, size)                                       \
	({                                                                   \
		unsigned long le_b = ((a) + (size)) & ~((size) - 1);         \
		le_b - 1 < (end) - 1 ? le_b : (end);                         \
	})
#define pgd_addr_end(a, end) __level_addr_end(a, end, PGDIR_SIZE)
#define pud_addr_end(a, end) __level_addr_end(a, end, PUD_SIZE)
#define pmd_addr_end(a, end) __level_addr_end(a, end, PMD_SIZE)

/* The kernel's own top-level table. */
extern pgd_t kernel_pgd[PTRS_PER_TABLE];

/* Maps [va, va + len) of the kernel half to pa. 0, -ENOMEM, or -EEXIST where something is mapped. */
int pgtable_map_kernel(unsigned long va, phys_addr_t pa, size_t len, pgprot_t prot) __must_check;
/* Takes mappings away (holes are fine) and keeps the tables. The caller flushes (tlb_flush_kernel). */
void pgtable_unmap_kernel(unsigned long va, size_t len);
/* Other protections for mapped 4 KiB pages. The caller flushes. */
void pgtable_protect_kernel(unsigned long va, size_t len, pgprot_t prot);
/* Where a mapped kernel address leads; false when it is not mapped. @pa and @prot may be NULL. */
bool pgtable_lookup_kernel(unsigned long va, phys_addr_t *pa, pgprot_t *prot);
/* Builds the final kernel tables: image by W^X parts, direct map of all memory. Once, early. */
void pgtable_init_kernel(void);
/* Makes what was marked read-only after initialisation, and the template of per-CPU variables, read-only; takes the
 * boot-only part of the image (image_init_range()) out of the image window. Once, at the end of boot. */
void pgtable_seal(void);
/* Looks for kernel pages that are writable and executable; their number (0 is right). */
unsigned long pgtable_count_wx(void);
/* How many leaves of 4 KiB, 2 MiB and 1 GiB map the memory of the direct map. */
#define PGTABLE_LEAF_SIZES 3
void pgtable_count_direct_map(unsigned long nr[PGTABLE_LEAF_SIZES]);

#endif
