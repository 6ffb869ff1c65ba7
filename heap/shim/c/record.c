/* One block made, one block freed: the shadow, the counters, the live total. */
#include "state.h"

#ifndef CHECK_WALK
#define CHECK_WALK(node, m) ((void)0) /* a test compares with another unwinder */
#endif

/* ---- shadow ---- */

static COLD uint64_t *leaf_new(uint32_t *dir)
{
	uint64_t at = region_take((1ull << (HEAP_LEAF_SHIFT - proc.granule_shift)) * 8);
	if (!at)
		return NULL;
	uint32_t none = 0, page = (uint32_t)(at >> HEAP_PAGE_SHIFT);
	if (!__atomic_compare_exchange_n(dir, &none, page, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		page = none; /* another thread was faster */
	return (uint64_t *)(proc.region + ((uint64_t)page << HEAP_PAGE_SHIFT));
}

/* entry_at returns the shadow entry of an address, or NULL: there is none yet and
 * none is to be made, or no room is left for one. */
INLINE uint64_t *entry_at(uint64_t addr, bool make)
{
	if (unlikely(addr >> HEAP_ADDRESS_BITS))
		return NULL;
	uint32_t *dir = &proc.shadow[addr >> HEAP_LEAF_SHIFT];
	uint32_t page = ACQUIRE(dir);
	uint64_t *leaf = (uint64_t *)(proc.region + ((uint64_t)page << HEAP_PAGE_SHIFT));
	if (unlikely(page == 0)) {
		if (!make || !(leaf = leaf_new(dir)))
			return NULL;
	}
	return &leaf[(addr & ((1ull << HEAP_LEAF_SHIFT) - 1)) >> proc.granule_shift];
}

INLINE uint64_t entry_make(uint32_t site, uint64_t size, uint32_t tick)
{
	return (uint64_t)site << 40 | size << 16 | (uint64_t)tick << 2 | HEAP_LIVE;
}

INLINE uint64_t entry_size(uint64_t e, uint64_t addr)
{
	uint64_t size = e >> 16 & HEAP_SIZE_FAR;
	if (unlikely(size == HEAP_SIZE_FAR)) {
		uint64_t *next = entry_at(addr + (1 << proc.granule_shift), false);
		size = next ? LOAD(next) >> 2 : 0;
	}
	return size;
}

/* ---- counters ---- */

static COLD struct heap_counter *chunk_open(struct thread *t, uint32_t n)
{
	uint32_t page = ACQUIRE(&t->chunks[n]);
	if (page == 0) {
		uint64_t at = region_take(HEAP_CHUNK * sizeof(struct heap_counter));
		if (!at)
			return NULL;
		page = (uint32_t)(at >> HEAP_PAGE_SHIFT);
		RELEASE(&t->chunks[n], page);
	}
	return t->counters[n] = (struct heap_counter *)(proc.region + ((uint64_t)page << HEAP_PAGE_SHIFT));
}

/* counter_of returns a site's counter, with the figures of the peak put by if it
 * was not touched since. */
INLINE struct heap_counter *counter_of(struct thread *t, uint32_t site)
{
	struct heap_counter *c = t->counters[site >> HEAP_CHUNK_SHIFT];
	if (unlikely(!c) && !(c = chunk_open(t, site >> HEAP_CHUNK_SHIFT)))
		return NULL;
	c += site & (HEAP_CHUNK - 1);
	uint32_t epoch = LOAD(&proc.head->epoch);
	if (c->epoch != epoch) {
		c->peak_bytes = (int64_t)(c->bytes - c->freed_bytes);
		c->peak_blocks = (int32_t)(c->allocs - c->frees);
		c->epoch = epoch;
	}
	return c;
}

/* ---- the live total ---- */

static COLD void live_flush(struct heap_thread *rec)
{
	struct heap_header *h = proc.head;
	int64_t live = __atomic_add_fetch(&h->live, rec->pending, __ATOMIC_RELAXED);
	bool grew = rec->pending > 0;
	rec->pending = 0;
	int64_t peak = LOAD(&h->peak);
	if (live > peak) {
		while (live > peak && !__atomic_compare_exchange_n(&h->peak, &peak, live, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
			;
		STORE(&h->peak_tick, LOAD(&h->tick));
		STORE(&h->rising, 1);
	} else if (!grew && LOAD(&h->rising) && __atomic_exchange_n(&h->rising, 0, __ATOMIC_RELAXED)) {
		__atomic_fetch_add(&h->epoch, 1, __ATOMIC_RELAXED);
	}
}

INLINE int64_t live_batch(const struct heap_header *h)
{
	int64_t b = h->peak / 128;
	return b < 256 ? 256 : b > 32768 ? 32768 : b;
}

/* live_grow follows the counting of a block made. */
INLINE void live_grow(struct heap_thread *rec, uint64_t size)
{
	struct heap_header *h = proc.head;
	if (likely(!h->threaded)) {
		int64_t live = h->live + (int64_t)size;
		h->live = live;
		if (live > h->peak) {
			h->peak = live;
			h->peak_tick = h->tick;
			h->rising = 1;
		}
		return;
	}
	rec->pending += (int64_t)size;
	if (unlikely(rec->pending > live_batch(h)))
		live_flush(rec);
}

/* live_shrink precedes the counting of a block freed, so that the figures of the
 * peak are those from before. */
INLINE void live_shrink(struct heap_thread *rec, uint64_t size)
{
	struct heap_header *h = proc.head;
	if (likely(!h->threaded)) {
		h->live -= (int64_t)size;
		if (h->rising) {
			h->rising = 0;
			h->epoch++;
		}
		return;
	}
	rec->pending -= (int64_t)size;
	if (unlikely(rec->pending < -live_batch(h)))
		live_flush(rec);
}

/* ---- blocks ---- */

static COLD void largest_grew(struct heap_counter *c, uint32_t site, uint64_t size)
{
	c->largest = size < UINT32_MAX ? (uint32_t)size : UINT32_MAX;
	uint64_t *largest = &proc.sites[site].largest, was = LOAD(largest);
	while (size > was && !__atomic_compare_exchange_n(largest, &was, size, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		;
}

static COLD void temporary_carry(uint32_t site) { __atomic_fetch_add(&proc.sites[site].temporary_high, 1, __ATOMIC_RELAXED); }

static COLD void block_lost(void) { __atomic_fetch_add(&proc.head->lost, 1, __ATOMIC_RELAXED); }

/* made_again takes back the count of a block that is live already: one function of
 * the allocator called another, as musl's calloc calls malloc. */
static COLD void made_again(struct thread *t, uint64_t entry, uint64_t addr)
{
	uint64_t size = entry_size(entry, addr);
	live_shrink(t->rec, size);
	struct heap_counter *c = counter_of(t, (uint32_t)(entry >> 40));
	if (!c)
		return;
	c->allocs--;
	c->bytes -= size;
	t->rec->allocs--;
	t->rec->bytes -= size;
}

/* made records a block that a caller in state m was given. */
static inline void made(uint64_t addr, uint64_t size, const struct machine *m)
{
	struct thread *t = self;
	if (unlikely(!t) && !(t = thread_start()))
		return block_lost();
	uint32_t site = proc.collector_site;
	uint64_t *e = entry_at(addr, true);
	__builtin_prefetch(e, 1);
	if (likely(!t->busy)) {
		t->busy = 1;
		__atomic_signal_fence(__ATOMIC_SEQ_CST);
		uint32_t node = walk(t, m);
		CHECK_WALK(node, m);
		if (likely(node))
			site = site_of(node);
		__atomic_signal_fence(__ATOMIC_SEQ_CST);
		t->busy = 0;
	}
	struct heap_thread *rec = t->rec;
	struct heap_counter *c = site ? counter_of(t, site) : NULL;
	if (unlikely(!c || !e))
		return block_lost();
	uint64_t was = LOAD(e);
	if (unlikely((was & 3) == HEAP_LIVE))
		made_again(t, was, addr);
	uint32_t tick = LOAD(&proc.head->tick) & (HEAP_TICKS - 1);
	if (unlikely(size >= HEAP_SIZE_FAR)) {
		uint64_t *next = entry_at(addr + (1 << proc.granule_shift), true);
		if (!next)
			return block_lost();
		STORE(next, size << 2);
		RELEASE(e, entry_make(site, HEAP_SIZE_FAR, tick));
	} else {
		STORE(e, entry_make(site, size, tick));
	}
	c->allocs++;
	c->bytes += size;
	rec->allocs++;
	rec->bytes += size;
	if (unlikely(size > c->largest))
		largest_grew(c, site, size);
	t->last = addr;
	live_grow(rec, size);
}

/* A block on its way out: its entry as it was, and its size. */
struct leaving {
	uint64_t addr, entry, size;
};

/* leaves marks a block as freed. That comes before the allocator is called: from
 * then on another thread may be given the same bytes. */
INLINE struct leaving leaves(uint64_t addr)
{
	uint64_t *e = entry_at(addr, false);
	struct leaving b = {addr, e ? LOAD(e) : 0, 0};
	if (likely((b.entry & 3) == HEAP_LIVE)) {
		b.size = entry_size(b.entry, addr);
		STORE(e, (b.entry & ~3ull) | HEAP_FREED);
	}
	return b;
}

/* stays takes that back, when the block could not be moved. */
static COLD void stays(struct leaving b)
{
	uint64_t *e = entry_at(b.addr, false);
	if (e && b.entry)
		STORE(e, b.entry);
}

/* leaves_soon has the counter fetched that left is going to want: the allocator's
 * own work lies between the two. */
INLINE void leaves_soon(struct leaving b)
{
	struct thread *t = self;
	uint32_t site = (uint32_t)(b.entry >> 40);
	if (likely(t && t->counters[site >> HEAP_CHUNK_SHIFT]))
		__builtin_prefetch(&t->counters[site >> HEAP_CHUNK_SHIFT][site & (HEAP_CHUNK - 1)], 1);
}

/* left counts it. */
INLINE void left(struct leaving b)
{
	struct thread *t = self;
	if (unlikely(!t) && !(t = thread_start()))
		return;
	struct heap_thread *rec = t->rec;
	if (unlikely((b.entry & 3) != HEAP_LIVE)) {
		rec->unknown++;
		return;
	}
	live_shrink(rec, b.size);
	struct heap_counter *c = counter_of(t, (uint32_t)(b.entry >> 40));
	if (unlikely(!c))
		return block_lost();
	c->frees++;
	c->freed_bytes += b.size;
	rec->frees++;
	rec->freed_bytes += b.size;
	if (t->last == b.addr) {
		t->last = 0;
		if (unlikely(++c->temporary == 0))
			temporary_carry((uint32_t)(b.entry >> 40));
		rec->temporary++;
	}
	uint32_t tick = LOAD(&proc.head->tick) & (HEAP_TICKS - 1), birth = (uint32_t)(b.entry >> 2) & (HEAP_TICKS - 1);
	if (tick != birth)
		c->lifetime_ms += proc.tick_ms[tick] - proc.tick_ms[birth];
}
