/* Being told that a thread ends. */
#include "libc.h"
#include "state.h"

static void thread_end(struct thread *t);

static pthread_key_t watch_key;
static bool watch_on;

static void watch_end(void *t) { thread_end(t); }

/* watch_begin runs when the C library is set up. */
static void watch_begin(void)
{
	watch_on = pthread_key_create && pthread_setspecific && pthread_key_create(&watch_key, watch_end) == 0;
}

static void thread_watch(struct thread *t)
{
	if (!watch_on)
		return;
	t->busy = 1; /* it may allocate */
	pthread_setspecific(watch_key, t);
	t->busy = 0;
}

/* stack_end is the root end of the first thread's stack. */
static uint64_t stack_end(void)
{
	if (&__libc_stack_end)
		return (uint64_t)__libc_stack_end;
	/* The environment was put there by the kernel. */
	return &environ ? (uint64_t)environ : 0;
}
