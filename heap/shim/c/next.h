/* The functions behind ours. */
#ifndef SOFTSHELL_HEAP_NEXT_H
#define SOFTSHELL_HEAP_NEXT_H

#include "state.h"
#include "sys.h"
#include <pthread.h>
#include <signal.h>
#include <sys/types.h>

#define NEXT_FUNCTIONS(X) \
	X(void *, malloc, (size_t)) \
	X(void, free, (void *)) \
	X(void *, calloc, (size_t, size_t)) \
	X(void *, realloc, (void *, size_t)) \
	X(void *, memalign, (size_t, size_t)) \
	X(void *, aligned_alloc, (size_t, size_t)) \
	X(int, posix_memalign, (void **, size_t, size_t)) \
	X(void *, valloc, (size_t)) \
	X(void *, pvalloc, (size_t)) \
	X(int, pthread_create, (pthread_t *, const pthread_attr_t *, void *(*)(void *), void *)) \
	X(int, dlclose, (void *)) \
	X(void, exit, (int)) \
	X(void, _exit, (int)) \
	X(void, _Exit, (int)) \
	X(void, quick_exit, (int)) \
	X(int, execve, (const char *, char *const[], char *const[])) \
	X(int, execvpe, (const char *, char *const[], char *const[])) \
	X(int, fexecve, (int, char *const[], char *const[])) \
	X(int, execveat, (int, const char *, char *const[], char *const[], int)) \
	X(int, sigaction, (int, const struct sigaction *, struct sigaction *)) \
	X(sighandler_t, signal, (int, sighandler_t)) \
	X(sighandler_t, sysv_signal, (int, sighandler_t)) \
	X(sighandler_t, sigset, (int, sighandler_t))

static struct {
#define X(ret, name, args) ret (*name) args;
	NEXT_FUNCTIONS(X)
#undef X
} next;

/* next_find looks all of them up: one pass at the first call of any. */
static COLD void next_find(void)
{
#define X(ret, name, args) STORE(&next.name, next_symbol(#name));
	NEXT_FUNCTIONS(X)
#undef X
}

#define NEXT(name) \
	({ \
		if (unlikely(!LOAD(&next.name))) \
			next_find(); \
		LOAD(&next.name); \
	})

#endif
