/* The collector as an object to link into a program, for allocators that cannot be
 * preloaded: the linker is told to wrap the functions that the Rust compiler calls
 * to allocate. Their names are mangled with a hash of the compiler, so they are
 * given on the command line: -DHEAP_ALLOC=..., -DHEAP_DEALLOC=..., -DHEAP_REALLOC=...,
 * -DHEAP_ALLOC_ZEROED=.... */
#define HEAP_LINK

#include "libc.h"
#include "state.h"

#include "ehframe.c"
#include "region.c"
#include "nodes.c"
#include "stacks.c"
#include "watch.c"
#include "threads.c"
#include "modules.c"
#include "walk.c"
#include "record.c"
#include "socket.c"
#include "freeze.c"
#include "init.c"
#include "rust.c"
#include "signals.c"
#include "leave.c"

__attribute__((constructor(101))) static void begin_late(void)
{
	if (!gate_open())
		return;
	watch_begin();
	leave_begin();
	signals_begin();
	if (self)
		thread_watch(self);
}
