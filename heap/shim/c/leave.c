/* How a process ends of its own accord: exit and its kin, and exec. */
#include "caller.h"
#include "libc.h"
#include "next.h"
#include <stdarg.h>

static void leave_freeze(uint32_t reason, int status, const struct machine *m, uint32_t node)
{
	struct heap_frozen f;
	bytes_zero(&f, sizeof f);
	f.sp = m->sp;
	f.pc = m->pc;
	f.node = node;
	freeze(reason, status, &f);
}

/* leave_handler runs as the last of all exit handlers: it was registered first, before
 * the dynamic linker's own, so that all destructors have run. */
static void leave_handler(int status, void *unused)
{
	(void)unused;
	if (!gate_open() || proc.pid != sys_pid())
		return;
	struct machine m = {.sp = proc.leave_sp, .pc = proc.leave_pc, .fp = proc.leave_fp};
	if (m.sp)
		return leave_freeze(HEAP_EXIT, status, &m, stack_of(&m));
	m.sp = (uint64_t)__builtin_frame_address(0);
	leave_freeze(HEAP_RETURNED, status, &m, 0);
}

#ifdef HEAP_LINK
/* musl has no on_exit: of a main that returned the status is not known. */
static int leave_status;

static void leave_at_exit(void) { leave_handler(leave_status, NULL); }

static void leave_begin(void) { atexit(leave_at_exit); }
#else
static void leave_plain(void *unused) { leave_handler(0, unused); }

static void leave_begin(void)
{
	if (on_exit)
		on_exit(leave_handler, NULL);
	else if (__cxa_atexit)
		__cxa_atexit(leave_plain, NULL, NULL);
}
#endif

/* When main returns, the C library calls its own exit, not this one. */
EXPORT void HOOK(exit)(int status)
{
	struct machine m = CALLER;
	if (proc.pid == sys_pid()) { /* not a vforked child */
		proc.leave_sp = m.sp;
		proc.leave_pc = m.pc;
		proc.leave_fp = m.fp;
	}
#ifdef HEAP_LINK
	leave_status = status;
#endif
	NEXT(exit)(status);
	__builtin_unreachable();
}

static void leave_now(int status, const struct machine *m)
{
	if (gate_open() && proc.pid == sys_pid())
		leave_freeze(HEAP_QUICK, status, m, stack_of(m));
}

EXPORT void HOOK(_exit)(int status)
{
	struct machine m = CALLER;
	leave_now(status, &m);
	NEXT(_exit)(status);
	__builtin_unreachable();
}

EXPORT void HOOK(_Exit)(int status)
{
	struct machine m = CALLER;
	leave_now(status, &m);
	NEXT(_Exit)(status);
	__builtin_unreachable();
}

#ifndef HEAP_LINK
EXPORT void quick_exit(int status)
{
	struct machine m = CALLER;
	leave_now(status, &m);
	NEXT(quick_exit)(status);
	__builtin_unreachable();
}
#endif

/* ---- exec ---- */

static void leave_exec(const struct machine *m)
{
	if (gate_open() && proc.pid == sys_pid())
		leave_freeze(HEAP_EXEC, 0, m, 0);
}

EXPORT int HOOK(execve)(const char *path, char *const argv[], char *const envp[])
{
	struct machine m = CALLER;
	leave_exec(&m);
	return NEXT(execve)(path, argv, envp);
}

EXPORT int HOOK(execv)(const char *path, char *const argv[])
{
	struct machine m = CALLER;
	leave_exec(&m);
	return NEXT(execve)(path, argv, environ);
}

#ifdef HEAP_LINK

/* What else begins a program goes through these in the C library. */
EXPORT int HOOK(execvp)(const char *file, char *const argv[])
{
	struct machine m = CALLER;
	leave_exec(&m);
	return NEXT(execvp)(file, argv);
}

#else

EXPORT int execvpe(const char *file, char *const argv[], char *const envp[])
{
	struct machine m = CALLER;
	leave_exec(&m);
	return NEXT(execvpe)(file, argv, envp);
}

EXPORT int execvp(const char *file, char *const argv[])
{
	struct machine m = CALLER;
	leave_exec(&m);
	return NEXT(execvpe)(file, argv, environ);
}

EXPORT int fexecve(int fd, char *const argv[], char *const envp[])
{
	struct machine m = CALLER;
	leave_exec(&m);
	return NEXT(fexecve)(fd, argv, envp);
}

EXPORT int execveat(int dir, const char *path, char *const argv[], char *const envp[], int flags)
{
	struct machine m = CALLER;
	leave_exec(&m);
	return NEXT(execveat)(dir, path, argv, envp, flags);
}

/* The forms with a list of arguments, as the compiler's builtin rules know them. */

static size_t count_arguments(va_list args)
{
	size_t n = 1;
	while (va_arg(args, char *))
		n++;
	return n;
}

#define LIST_OF(first, argv) \
	va_list args, again; \
	va_start(args, first); \
	va_copy(again, args); \
	size_t n = count_arguments(args); \
	char *argv[n + 1]; \
	argv[0] = (char *)first; \
	for (size_t i = 1; i <= n; i++) \
		argv[i] = va_arg(again, char *)

EXPORT int execl(const char *path, const char *arg, ...)
{
	LIST_OF(arg, argv);
	va_end(again);
	va_end(args);
	return execv(path, argv);
}

EXPORT int execlp(const char *file, const char *arg, ...)
{
	LIST_OF(arg, argv);
	va_end(again);
	va_end(args);
	return execvp(file, argv);
}

EXPORT int execle(const char *path, const char *arg, ...)
{
	LIST_OF(arg, argv);
	char *const *envp = va_arg(again, char *const *);
	va_end(again);
	va_end(args);
	return execve(path, argv, envp);
}

#endif

/* ---- what else changes what is recorded ---- */

/* The creating thread is the only one until now: it is the one to say that it is
 * not any longer, so that no total is lost between two threads. */
EXPORT int HOOK(pthread_create)(pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *), void *arg)
{
	if (gate_open())
		STORE(&proc.head->threaded, 1);
	return NEXT(pthread_create)(thread, attr, start, arg);
}

#ifndef HEAP_LINK
EXPORT int dlclose(void *handle)
{
	int err = NEXT(dlclose)(handle);
	if (gate_open())
		modules_refresh();
	return err;
}
#endif
