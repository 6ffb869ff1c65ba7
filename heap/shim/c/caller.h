/* The state that a walk starts from. */
#ifndef SOFTSHELL_HEAP_CALLER_H
#define SOFTSHELL_HEAP_CALLER_H

#include "state.h"

/* CALLER is the state in which the hook's caller goes on. */
#if defined(__x86_64__)
#define CALLER \
	{ \
		.sp = (uint64_t)__builtin_frame_address(0) + 16, .pc = ((uint64_t *)__builtin_frame_address(0))[1], \
		.fp = ((uint64_t *)__builtin_frame_address(0))[0] \
	}
#else
#define CALLER \
	{ \
		.sp = (uint64_t)__builtin_dwarf_cfa(), .pc = strip((uint64_t)__builtin_return_address(0)), \
		.fp = ((uint64_t *)__builtin_frame_address(0))[0] \
	}
#endif

#endif
