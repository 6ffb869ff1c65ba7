/* The region: mapping it, laying it out, taking room in it. */
#include "state.h"
#include <elf.h>

/* region_take returns the offset of n fresh bytes, or 0 when the region is full. */
static uint64_t region_take(uint64_t n)
{
	n = (n + 4095) & ~4095ull;
	uint64_t at = LOAD(&proc.head->next);
	do
		if (n > proc.head->size || at > proc.head->size - n)
			return 0;
	while (!__atomic_compare_exchange_n(&proc.head->next, &at, at + n, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
	return at;
}

/* scaled halves a table's size until it takes at most an eighth of the region. */
static uint32_t scaled(uint32_t max, uint64_t each, uint64_t size)
{
	while (max > 1024 && max * each > size / 8)
		max /= 2;
	return max;
}

static bool region_open(int fd)
{
	/* The size stands in the first page. */
	long first = SYS(SYS_mmap, 0, HEAP_HEADER_SIZE, PROT_READ, MAP_SHARED, fd, 0);
	if (sys_failed(first))
		return false;
	struct heap_header *h = (struct heap_header *)first;
	bool ours = h->magic == HEAP_MAGIC && h->version == HEAP_VERSION && !h->ready;
	uint64_t size = h->size;
	SYS(SYS_munmap, first, HEAP_HEADER_SIZE);
	if (!ours)
		return false;
	long at = SYS(SYS_mmap, 0, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd, 0);
	if (sys_failed(at))
		return false;
	SYS(SYS_madvise, at, size, MADV_DONTDUMP);
	SYS(SYS_madvise, at, size, MADV_NOHUGEPAGE);

	proc.region = (char *)at;
	proc.head = h = (struct heap_header *)at;
	h->next = HEAP_TABLES;
	h->node_max = scaled(1u << 24, sizeof(struct heap_node), size);
	h->site_max = scaled(1u << 24, sizeof(struct heap_site), size);
	h->slot_max = scaled(1u << 16, sizeof(struct heap_slot), size);
	h->thread_max = scaled(1u << 16, sizeof(struct heap_thread), size);
	h->module_max = 4096;
	h->nodes = region_take((uint64_t)h->node_max * sizeof(struct heap_node));
	h->sites = region_take((uint64_t)h->site_max * sizeof(struct heap_site));
	h->slots = region_take((uint64_t)h->slot_max * sizeof(struct heap_slot));
	h->threads = region_take((uint64_t)h->thread_max * sizeof(struct heap_thread));
	h->modules = region_take((uint64_t)h->module_max * sizeof(struct heap_module));
	h->shadow = region_take((uint64_t)HEAP_SHADOW_DIR * sizeof(uint32_t));
	if (!h->nodes || !h->sites || !h->slots || !h->threads || !h->modules || !h->shadow) {
		SYS(SYS_munmap, at, size);
		return false;
	}
	h->pid = sys_pid();
	h->granule_shift = proc.granule_shift = granule_shift();
#if defined(__x86_64__)
	h->machine = EM_X86_64;
#else
	h->machine = EM_AARCH64;
#endif
	h->collector = (uint64_t)&region_open;
	h->node_count = 1;
	h->site_count = 1;
	h->thread_count = 1;

	proc.nodes = (struct heap_node *)(at + (long)h->nodes);
	proc.sites = (struct heap_site *)(at + (long)h->sites);
	proc.shadow = (uint32_t *)(at + (long)h->shadow);
	proc.tick_ms = (const uint32_t *)(at + HEAP_TICK_MS);
	proc.root = 0;
	uint32_t collector = node_child(0, HEAP_PC_COLLECTOR);
	proc.collector_site = site_of(collector);
	return true;
}
