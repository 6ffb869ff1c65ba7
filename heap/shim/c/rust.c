/* The functions that the Rust compiler calls to allocate, whatever allocator
 * stands behind them. */
#include "caller.h"
#include "next.h"

extern void *NEXT(HEAP_ALLOC)(size_t, size_t);
extern void *NEXT(HEAP_ALLOC_ZEROED)(size_t, size_t);
extern void NEXT(HEAP_DEALLOC)(void *, size_t, size_t);
extern void *NEXT(HEAP_REALLOC)(void *, size_t, size_t, size_t);

void *HOOK(HEAP_ALLOC)(size_t n, size_t align);
void *HOOK(HEAP_ALLOC_ZEROED)(size_t n, size_t align);
void HOOK(HEAP_DEALLOC)(void *p, size_t n, size_t align);
void *HOOK(HEAP_REALLOC)(void *p, size_t was, size_t align, size_t n);

/* Any allocator may stand behind: of most, blocks are 8 bytes apart at least. */
static uint32_t granule_shift(void) { return 3; }

EXPORT void *HOOK(HEAP_ALLOC)(size_t n, size_t align)
{
	void *p = NEXT(HEAP_ALLOC)(n, align);
	if (likely(p && gate_open())) {
		struct machine m = CALLER;
		made((uint64_t)p, n, &m);
	}
	return p;
}

EXPORT void *HOOK(HEAP_ALLOC_ZEROED)(size_t n, size_t align)
{
	void *p = NEXT(HEAP_ALLOC_ZEROED)(n, align);
	if (likely(p && gate_open())) {
		struct machine m = CALLER;
		made((uint64_t)p, n, &m);
	}
	return p;
}

EXPORT void HOOK(HEAP_DEALLOC)(void *p, size_t n, size_t align)
{
	if (likely(gate_open()))
		left(leaves((uint64_t)p));
	NEXT(HEAP_DEALLOC)(p, n, align);
}

EXPORT void *HOOK(HEAP_REALLOC)(void *p, size_t was, size_t align, size_t n)
{
	if (unlikely(!gate_open()))
		return NEXT(HEAP_REALLOC)(p, was, align, n);
	struct machine m = CALLER;
	struct leaving old = leaves((uint64_t)p);
	void *q = NEXT(HEAP_REALLOC)(p, was, align, n);
	if (!q) {
		stays(old);
		return NULL;
	}
	left(old);
	made((uint64_t)q, n, &m);
	return q;
}
