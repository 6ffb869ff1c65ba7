/* What is asked of the C library, and may be missing there. */
#ifndef SOFTSHELL_HEAP_LIBC_H
#define SOFTSHELL_HEAP_LIBC_H

#include "sys.h"
#include <pthread.h>
#include <signal.h>

extern void *__libc_stack_end __attribute__((weak));
extern char **environ __attribute__((weak));
extern int on_exit(void (*)(int, void *), void *) __attribute__((weak));
extern int __cxa_atexit(void (*)(void *), void *, void *) __attribute__((weak));
#ifdef HEAP_LINK
extern int atexit(void (*)(void));
#endif
extern int pthread_key_create(pthread_key_t *, void (*)(void *)) __attribute__((weak));
extern int pthread_setspecific(pthread_key_t, const void *) __attribute__((weak));

#endif
