/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * domain.c - rulesets, and the domains that are made of them.
 *
 * WHAT        A ruleset belongs to its file and is filled by landlock_add_rule(). landlock_restrict_self() puts what it is then on top of the
 *             task's domain: a new domain with a layer more. Credentials carry domains, so fork and exec hand them on.
 * INVARIANTS  D1  A domain never changes once a credential points to it.
 *             D2  The policy is active while a ruleset or a domain exists: then hooks ask, else they are nops.
 * LOCKING     ruleset->lock (rank LANDLOCK_RULESET): its rules. Domains: none.
 * LIFECYCLE   domain: create -> credentials -> last put, in any context -> a worker frees it, since inodes go with it.
 * ERRORS      -ENOMEM, -E2BIG (LANDLOCK_LAYERS_MAX).
 * TESTS       tests/guest/vfs/landlock_test.c
 * SEE         docs/adr/0031-landlock.md
 */
#include <lib/assert.h>
#include <lib/err.h>
#include <pages/slab.h>
#include <sched/sched_port.h>
#include <security/security.h>
#include "landlock_impl.h"

static const struct object_type ruleset_type = { .name = "landlock_ruleset", .owner = "landlock", .id = 0x6c6c02, .version = 1 };
static const struct object_type domain_type = { .name = "landlock_domain", .owner = "landlock", .id = 0x6c6c03, .version = 1 };

static struct {
	struct kmem_cache *rulesets, *domains; /* __final */
} caches;

void landlock_domain_cache_init(void)
{
	caches.rulesets = kmem_cache_create(&ruleset_type, sizeof(struct landlock_ruleset), 0, SLAB_PANIC);
	caches.domains = kmem_cache_create(&domain_type, sizeof(struct landlock_domain), 0, SLAB_PANIC);
}

struct landlock_ruleset *landlock_ruleset_create(access_t handled)
{
	struct landlock_ruleset *ruleset = kmem_cache_alloc(caches.rulesets, GFP_KERNEL);

	if (!ruleset)
		return ERR_PTR(-ENOMEM);
	mutex_init(&ruleset->lock, RANK_LANDLOCK_RULESET);
	ruleset->handled = handled;
	ruleset->rules = (struct landlock_rules){ .root = RB_ROOT };
	security_activate(&landlock_policy); /* D2 */
	return ruleset;
}

void landlock_ruleset_free(struct landlock_ruleset *ruleset)
{
	landlock_rules_free(&ruleset->rules);
	kmem_cache_free(caches.rulesets, ruleset);
	security_deactivate(&landlock_policy);
}

/* --- domains --- */

static void domain_free(struct landlock_domain *domain)
{
	if (domain->parent)
		landlock_domain_put(domain->parent);
	landlock_rules_free(&domain->rules);
	kmem_cache_free(caches.domains, domain);
	security_deactivate(&landlock_policy);
}

static void free_work(struct work *work)
{
	domain_free(container_of(work, struct landlock_domain, free));
}

static const struct work_ops free_ops = { .name = "landlock_domain", .run = free_work };

void landlock_domain_get(struct landlock_domain *domain)
{
	refcount_inc(&domain->refs);
}

void landlock_domain_put(struct landlock_domain *domain)
{
	if (refcount_dec_and_test(&domain->refs))
		work_queue(&domain->free);
}

static struct landlock_domain *domain_alloc(struct landlock_domain *parent)
{
	struct landlock_domain *domain = kmem_cache_alloc(caches.domains, GFP_KERNEL | __GFP_ZERO);
	u32 i;

	if (!domain)
		return NULL;
	refcount_set(&domain->refs, 1);
	work_init(&domain->free, &free_ops);
	domain->nr_layers = 1;
	domain->rules = (struct landlock_rules){ .root = RB_ROOT };
	if (parent) {
		landlock_domain_get(parent);
		domain->parent = parent;
		domain->nr_layers += parent->nr_layers;
		for (i = 0; i < parent->nr_layers; i++)
			domain->handled[i] = parent->handled[i];
	}
	security_activate(&landlock_policy); /* D2 */
	return domain;
}

/* What @ruleset says now is the topmost layer of @domain. */
static int add_layer(struct landlock_domain *domain, struct landlock_ruleset *ruleset)
{
	u16 layer = domain->nr_layers - 1;
	struct rb_node *node;

	domain->handled[layer] = ruleset->handled;
	with_mutex(&ruleset->lock);

	for (node = rb_first(&ruleset->rules.root); node; node = rb_next(node)) {
		struct landlock_rule *rule = rb_entry(node, struct landlock_rule, node);
		struct landlock_grant grant = { .layer = layer, .allowed = rule->grants[0].allowed };
		int err = landlock_rules_add(&domain->rules, rule->object, grant);

		if (err)
			return err;
	}
	return 0;
}

struct landlock_domain *landlock_domain_create(struct landlock_domain *parent, struct landlock_ruleset *ruleset)
{
	struct landlock_domain *domain;
	int err = 0;

	if (parent && parent->nr_layers == LANDLOCK_LAYERS_MAX)
		return ERR_PTR(-E2BIG);
	domain = domain_alloc(parent);
	if (!domain)
		return ERR_PTR(-ENOMEM);
	if (parent)
		err = landlock_rules_copy(&domain->rules, &parent->rules);
	if (!err)
		err = add_layer(domain, ruleset);
	if (!err)
		return domain;
	domain_free(domain);
	return ERR_PTR(err);
}

bool landlock_domain_is_below(const struct landlock_domain *domain, const struct landlock_domain *of)
{
	if (!of)
		return true;
	for (; domain; domain = domain->parent)
		if (domain == of)
			return true;
	return false;
}
