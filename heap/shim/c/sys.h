/* The kernel, without the C library: calls, pages, strings.
 *
 * The C library is not asked for anything on a path that an allocation takes: it
 * may hold a lock, allocate, or not be set up yet. */
#ifndef SOFTSHELL_HEAP_SYS_H
#define SOFTSHELL_HEAP_SYS_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define COLD __attribute__((cold, noinline))
#define INLINE static inline __attribute__((always_inline))
#define MAYBE_UNUSED __attribute__((unused))

INLINE long sys6(long n, long a, long b, long c, long d, long e, long f)
{
#if defined(__x86_64__)
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long ret;
	__asm__ volatile("syscall" : "=a"(ret) : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9) : "rcx", "r11", "memory");
	return ret;
#elif defined(__aarch64__)
	register long x8 __asm__("x8") = n;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = f;
	__asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
	return x0;
#else
#error "the collector knows x86-64 and aarch64"
#endif
}

/* SYS makes a system call; the result is negative on errors. */
#define SYS_PICK(_1, _2, _3, _4, _5, _6, _7, name, ...) name
#define SYS(...) SYS_PICK(__VA_ARGS__, SYS_6, SYS_5, SYS_4, SYS_3, SYS_2, SYS_1, SYS_0, )(__VA_ARGS__)
#define SYS_0(n) sys6(n, 0, 0, 0, 0, 0, 0)
#define SYS_1(n, a) sys6(n, (long)(a), 0, 0, 0, 0, 0)
#define SYS_2(n, a, b) sys6(n, (long)(a), (long)(b), 0, 0, 0, 0)
#define SYS_3(n, a, b, c) sys6(n, (long)(a), (long)(b), (long)(c), 0, 0, 0)
#define SYS_4(n, a, b, c, d) sys6(n, (long)(a), (long)(b), (long)(c), (long)(d), 0, 0)
#define SYS_5(n, a, b, c, d, e) sys6(n, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), 0)
#define SYS_6(n, a, b, c, d, e, f) sys6(n, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))

INLINE bool sys_failed(long ret) { return (unsigned long)ret > -4096ul; }

/* pages maps private memory that reads as 0 and costs nothing until it is
 * written; NULL when there is none. */
static MAYBE_UNUSED void *pages(size_t n)
{
	long p = SYS(SYS_mmap, 0, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (sys_failed(p))
		return NULL;
	SYS(SYS_madvise, p, n, MADV_NOHUGEPAGE);
	return (void *)p;
}

static MAYBE_UNUSED int open_read(const char *path)
{
	long fd;
	do
		fd = SYS(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
	while (fd == -EINTR);
	return sys_failed(fd) ? -1 : (int)fd;
}

static MAYBE_UNUSED long read_some(int fd, void *buf, size_t n)
{
	long got;
	do
		got = SYS(SYS_read, fd, buf, n);
	while (got == -EINTR);
	return got;
}

INLINE uint32_t sys_tid(void) { return (uint32_t)SYS(SYS_gettid); }
INLINE uint32_t sys_pid(void) { return (uint32_t)SYS(SYS_getpid); }

/* Strings; plain loops, none is long. */

static MAYBE_UNUSED size_t text_len(const char *s)
{
	size_t n = 0;
	while (s[n])
		n++;
	return n;
}

static MAYBE_UNUSED bool text_equal(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return *a == *b;
}

static MAYBE_UNUSED void bytes_copy(void *to, const void *from, size_t n)
{
	for (size_t i = 0; i < n; i++)
		((volatile char *)to)[i] = ((const char *)from)[i];
}

static MAYBE_UNUSED bool bytes_equal(const void *a, const void *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (((const char *)a)[i] != ((const char *)b)[i])
			return false;
	return true;
}

static MAYBE_UNUSED void bytes_zero(void *to, size_t n)
{
	for (size_t i = 0; i < n; i++)
		((volatile char *)to)[i] = 0;
}

#endif
