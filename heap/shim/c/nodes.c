/* Stacks as a tree of return addresses, and the sites in it that allocate.
 *
 * A node leads to one of its children; from there the others are found through a
 * trie over a hash of the pc, which goes three ways at each child. So a look from
 * a frame to the one that it calls touches little but these two. A node is
 * written in full, then linked by one compare-and-swap; nothing is ever moved, so
 * a reader needs no lock. */
#include "state.h"

/* node_new takes a fresh id; 0 when there is none. */
static COLD uint32_t node_new(uint32_t parent, uint64_t pc)
{
	if (LOAD(&proc.head->node_count) >= proc.head->node_max)
		return 0;
	uint32_t fresh = __atomic_fetch_add(&proc.head->node_count, 1, __ATOMIC_RELAXED);
	if (fresh >= proc.head->node_max) {
		__atomic_fetch_sub(&proc.head->node_count, 1, __ATOMIC_RELAXED);
		return 0;
	}
	proc.nodes[fresh].parent = parent;
	proc.nodes[fresh].pc = pc;
	return fresh;
}

/* node_child returns the node of pc called from parent, or 0 when there is no room. */
static uint32_t node_child(uint32_t parent, uint64_t pc)
{
	uint32_t *link = &proc.nodes[parent].child[0];
	uint64_t h = pc * 0x9e3779b97f4a7c15ull;
	uint32_t fresh = 0;
	for (;;) {
		uint32_t id = ACQUIRE(link);
		if (unlikely(id == 0)) {
			if (fresh == 0 && !(fresh = node_new(parent, pc)))
				return 0;
			if (__atomic_compare_exchange_n(link, &id, fresh, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
				return fresh;
		}
		struct heap_node *n = &proc.nodes[id];
		if (likely(n->pc == pc)) {
			if (fresh != 0)
				proc.nodes[fresh].pc = 0; /* another thread was faster */
			return id;
		}
		link = &n->child[1 + (h >> 32) % 3];
		h = h * 0x9e3779b97f4a7c15ull + 1;
	}
}

/* site_new numbers a node that allocates for the first time. */
static COLD uint32_t site_new(uint32_t node)
{
	if (node == 0 || LOAD(&proc.head->site_count) >= proc.head->site_max)
		return 0;
	uint32_t fresh = __atomic_fetch_add(&proc.head->site_count, 1, __ATOMIC_RELAXED), none = 0;
	if (fresh >= proc.head->site_max) {
		__atomic_fetch_sub(&proc.head->site_count, 1, __ATOMIC_RELAXED);
		return 0;
	}
	proc.sites[fresh].node = node;
	if (__atomic_compare_exchange_n(&proc.nodes[node].site, &none, fresh, false, __ATOMIC_RELEASE, __ATOMIC_RELAXED))
		return fresh;
	proc.sites[fresh].node = 0;
	return none;
}

static uint32_t site_of(uint32_t node)
{
	uint32_t site = LOAD(&proc.nodes[node].site);
	return likely(site) ? site : site_new(node);
}
