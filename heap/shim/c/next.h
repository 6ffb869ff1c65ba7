/* The functions behind ours. HOOK names ours, NEXT the one behind it: preloaded, a
 * function has the name of the one that it stands before, and finds that by
 * itself; linked, the linker's --wrap directs calls to __wrap_NAME, and __real_NAME
 * is what they would have reached. */
#ifndef SOFTSHELL_HEAP_NEXT_H
#define SOFTSHELL_HEAP_NEXT_H

#include "state.h"
#include "sys.h"
#include <pthread.h>
#include <signal.h>
#include <sys/types.h>

#define EXPORT __attribute__((visibility("default")))

#ifdef HEAP_LINK

#define HOOK_PASTE(a, b) a##b
#define HOOK_NAME(name) HOOK_PASTE(__wrap_, name)
#define NEXT_NAME(name) HOOK_PASTE(__real_, name)
#define HOOK(name) HOOK_NAME(name)
#define NEXT(name) NEXT_NAME(name)

extern int __real_pthread_create(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
extern void __real_exit(int);
extern void __real__exit(int);
extern void __real__Exit(int);
extern int __real_execve(const char *, char *const[], char *const[]);
extern int __real_execvp(const char *, char *const[]);
extern int __real_sigaction(int, const struct sigaction *, struct sigaction *);
extern sighandler_t __real_signal(int, sighandler_t);

#else

#define HOOK(name) name

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
#endif
