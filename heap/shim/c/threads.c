/* Threads: a slot of counters and a record for each that allocates.
 *
 * A slot whose thread has ended is taken over with all that it counted. That it
 * has ended is known from its destructor, where the C library offers one, or from
 * the kernel: there is no such tid, or it is our own. */
#include "state.h"
#include <signal.h>
#include <sys/prctl.h>

/* What a slot has beside the region; kept for its next owner. */
static struct thread *slot_private[1u << 16];

static bool thread_gone(uint32_t tid)
{
	return tid == sys_tid() || SYS(SYS_tgkill, proc.pid, tid, 0) == -ESRCH;
}

#define TAKEN UINT32_MAX

static uint32_t slot_take(struct heap_slot *slots)
{
	static uint32_t next; /* where to look first, so that a look is short */
	struct heap_header *h = proc.head;
	uint32_t count = LOAD(&h->slot_count), from = LOAD(&next);
	for (uint32_t i = 0; i < count && i < 64; i++) {
		uint32_t s = (from + i) % count, tid = LOAD(&slots[s].tid);
		if (tid == TAKEN || (tid != 0 && !thread_gone(tid)))
			continue;
		if (__atomic_compare_exchange_n(&slots[s].tid, &tid, TAKEN, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
			STORE(&next, s + 1);
			return s;
		}
	}
	STORE(&next, from + 64);
	uint32_t s = __atomic_fetch_add(&h->slot_count, 1, __ATOMIC_RELAXED);
	if (s >= h->slot_max) {
		__atomic_fetch_sub(&h->slot_count, 1, __ATOMIC_RELAXED);
		return TAKEN;
	}
	STORE(&slots[s].tid, TAKEN);
	return s;
}

/* slot_open gives a slot what its first owner needs; NULL when there is no room. */
static COLD struct thread *slot_open(struct heap_slot *slot, uint32_t s)
{
	struct heap_header *h = proc.head;
	struct thread *t = pages(sizeof *t);
	if (!t)
		return NULL;
	if (!slot->chunks)
		slot->chunks = region_take((h->site_max >> HEAP_CHUNK_SHIFT) * sizeof(uint32_t));
	if (!slot->chunks) {
		SYS(SYS_munmap, t, sizeof *t);
		return NULL;
	}
	t->slot = s;
	t->chunks = (uint32_t *)(proc.region + slot->chunks);
	slot_private[s] = t;
	__atomic_fetch_add(&h->own, 16384, __ATOMIC_RELAXED);
	return t;
}

/* thread_start gives the calling thread what it needs; NULL when the region is
 * full. */
static COLD struct thread *thread_start(void)
{
	struct heap_header *h = proc.head;
	struct heap_slot *slots = (struct heap_slot *)(proc.region + h->slots);
	struct heap_thread *recs = (struct heap_thread *)(proc.region + h->threads);
	uint32_t s = slot_take(slots);
	if (s == TAKEN)
		return NULL;
	struct thread *t = slot_private[s];
	if (!t && !(t = slot_open(&slots[s], s))) {
		RELEASE(&slots[s].tid, 0); /* there may be room later */
		return NULL;
	}
	t->depth = 0;
	t->low = t->high = 0;
	bytes_zero(t->stacks, sizeof t->stacks);
	t->last = 0;
	t->busy = 0;
	uint32_t tid = sys_tid(), r = __atomic_fetch_add(&h->thread_count, 1, __ATOMIC_RELAXED);
	if (r >= h->thread_max) {
		__atomic_fetch_sub(&h->thread_count, 1, __ATOMIC_RELAXED);
		r = 0;
	}
	t->rec = &recs[r];
	t->rec->tid = tid;
	t->rec->slot = s;
	t->rec->start_tick = LOAD(&h->tick);
	if (r != 0)
		SYS(SYS_prctl, PR_GET_NAME, t->rec->name);
	slots[s].thread = r;
	RELEASE(&slots[s].tid, tid);
	if (tid != proc.pid)
		STORE(&h->threaded, 1);
	self = t;
	thread_watch(t);
	return t;
}

/* thread_end is called by the thread's own destructor. Blocks that it makes or
 * frees afterwards find a slot anew. */
static void thread_end(struct thread *t)
{
	if (self != t || !gate_open() || t->busy)
		return;
	struct heap_slot *slots = (struct heap_slot *)(proc.region + proc.head->slots);
	t->rec->end_tick = LOAD(&proc.head->tick);
	SYS(SYS_prctl, PR_GET_NAME, t->rec->name);
	live_flush(t->rec);
	self = NULL;
	RELEASE(&slots[t->slot].tid, 0);
}
