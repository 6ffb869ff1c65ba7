/* The allocator's functions, as the program finds them. Each calls the next
 * definition behind ours and records what it gave. */
#include "caller.h"
#include "next.h"

/* glibc's blocks stand 16 bytes apart at least; those of others may be 8. */
static uint32_t granule_shift(void)
{
	void *libc = next_symbol("__libc_malloc");
	return libc && libc == (void *)NEXT(malloc) ? 4 : 3;
}

EXPORT void *malloc(size_t n)
{
	void *p = NEXT(malloc)(n);
	if (likely(p && gate_open())) {
		struct machine m = CALLER;
		made((uint64_t)p, n, &m);
	}
	return p;
}

static inline __attribute__((always_inline)) void given_back(void *p)
{
	if (unlikely(!p || !gate_open())) {
		NEXT(free)(p);
		return;
	}
	struct leaving b = leaves((uint64_t)p);
	leaves_soon(b);
	NEXT(free)(p);
	left(b);
}

EXPORT void free(void *p)
{
	given_back(p);
}

EXPORT void cfree(void *p) __attribute__((alias("free")));

EXPORT void free_sized(void *p, size_t n)
{
	(void)n;
	given_back(p);
}

EXPORT void free_aligned_sized(void *p, size_t align, size_t n)
{
	(void)align, (void)n;
	given_back(p);
}

EXPORT void *calloc(size_t n, size_t each)
{
	void *p = NEXT(calloc)(n, each);
	if (likely(p && gate_open())) {
		struct machine m = CALLER;
		made((uint64_t)p, n * each, &m);
	}
	return p;
}

/* resized is a free and an allocation. The old block's entry is taken out before
 * the allocator is called, and put back when that fails. */
static inline __attribute__((always_inline)) void *resized(void *p, size_t n, const struct machine *m)
{
	if (unlikely(!gate_open()))
		return NEXT(realloc)(p, n);
	if (!p) {
		p = NEXT(realloc)(NULL, n);
		if (p)
			made((uint64_t)p, n, m);
		return p;
	}
	struct leaving old = leaves((uint64_t)p);
	void *q = NEXT(realloc)(p, n);
	if (!q && n != 0) {
		stays(old);
		return NULL;
	}
	left(old);
	if (q)
		made((uint64_t)q, n, m);
	return q;
}

EXPORT void *realloc(void *p, size_t n)
{
	struct machine m = CALLER;
	return resized(p, n, &m);
}

EXPORT void *reallocarray(void *p, size_t n, size_t each)
{
	size_t bytes;
	if (__builtin_mul_overflow(n, each, &bytes)) {
		errno = ENOMEM;
		return NULL;
	}
	struct machine m = CALLER;
	return resized(p, bytes, &m);
}

EXPORT void *memalign(size_t align, size_t n)
{
	void *p = NEXT(memalign)(align, n);
	if (likely(p && gate_open())) {
		struct machine m = CALLER;
		made((uint64_t)p, n, &m);
	}
	return p;
}

EXPORT void *aligned_alloc(size_t align, size_t n)
{
	void *p = NEXT(aligned_alloc)(align, n);
	if (likely(p && gate_open())) {
		struct machine m = CALLER;
		made((uint64_t)p, n, &m);
	}
	return p;
}

EXPORT int posix_memalign(void **out, size_t align, size_t n)
{
	int err = NEXT(posix_memalign)(out, align, n);
	if (likely(err == 0 && *out && gate_open())) {
		struct machine m = CALLER;
		made((uint64_t)*out, n, &m);
	}
	return err;
}

EXPORT void *valloc(size_t n)
{
	void *p = NEXT(valloc)(n);
	if (likely(p && gate_open())) {
		struct machine m = CALLER;
		made((uint64_t)p, n, &m);
	}
	return p;
}

EXPORT void *pvalloc(size_t n)
{
	void *p = NEXT(pvalloc)(n);
	if (likely(p && gate_open())) {
		struct machine m = CALLER;
		made((uint64_t)p, n, &m);
	}
	return p;
}
