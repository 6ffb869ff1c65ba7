/* The collector as a shared object to preload. */
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
#include "symbols.c"
#include "socket.c"
#include "freeze.c"
#include "init.c"
#include "hooks.c"
#include "signals.c"
#include "leave.c"
#include "environ.c"

/* begin_late does what the C library must be set up for. */
__attribute__((constructor)) static void begin_late(void)
{
	if (!gate_open())
		return;
	watch_begin();
	leave_begin();
	signals_begin();
	if (!(proc.flags & HEAP_CHILDREN))
		environ_clean();
	if (self)
		thread_watch(self);
}
