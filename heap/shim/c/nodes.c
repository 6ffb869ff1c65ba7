/* Stacks as a tree of return addresses, and the sites in it that allocate.
 *
 * The children of all nodes stand in one hash trie (the hash of parent and pc
 * chooses among four branches at each level, below a table of roots). A node is
 * written in full, then linked by one compare-and-swap; nothing is ever moved, so
 * a reader needs no lock. */
#include "state.h"

INLINE uint64_t node_hash(uint32_t parent, uint64_t pc)
{
	uint64_t h = (pc ^ ((uint64_t)parent << 40) ^ parent) * 0x9e3779b97f4a7c15ull;
	return h ^ (h >> 32) * 0xd6e8feb86659fd93ull;
}

/* node_child returns the node of pc called from parent, or 0 when there is no room. */
static uint32_t node_child(uint32_t parent, uint64_t pc)
{
	uint64_t h = node_hash(parent, pc);
	uint32_t *link = &proc.node_roots[h % HEAP_NODE_ROOTS];
	uint32_t fresh = 0;
	h >>= 14;
	for (;;) {
		uint32_t id = ACQUIRE(link);
		if (id == 0) {
			if (fresh == 0) {
				if (LOAD(&proc.head->node_count) >= proc.head->node_max)
					return 0;
				fresh = __atomic_fetch_add(&proc.head->node_count, 1, __ATOMIC_RELAXED);
				if (fresh >= proc.head->node_max) {
					__atomic_fetch_sub(&proc.head->node_count, 1, __ATOMIC_RELAXED);
					return 0;
				}
				proc.nodes[fresh].parent = parent;
				proc.nodes[fresh].pc = pc;
			}
			if (__atomic_compare_exchange_n(link, &id, fresh, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
				return fresh;
		}
		struct heap_node *n = &proc.nodes[id];
		if (n->pc == pc && n->parent == parent) {
			if (fresh != 0)
				proc.nodes[fresh].pc = 0; /* another thread was faster */
			return id;
		}
		link = &n->child[h & 3];
		h = h >> 2 | h << 62;
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
