/* The collector, with each CHECK_EVERY-th stack compared with what libunwind says. */
#define _GNU_SOURCE
#define UNW_LOCAL_ONLY
#include <libunwind.h>

#include "state.h"

#ifndef CHECK_EVERY
#define CHECK_EVERY 101
#endif

static void check_walk(uint32_t node, const struct machine *m);
#define CHECK_WALK(node, m) check_walk(node, m)

#include "preload.c"

#include <stdio.h>
#include <stdlib.h>

static unsigned long check_calls, check_same, check_differ;

static void check_walk(uint32_t node, const struct machine *m)
{
	if (__atomic_fetch_add(&check_calls, 1, __ATOMIC_RELAXED) % CHECK_EVERY)
		return;
	static __thread uint64_t ours[DEPTH_MAX], theirs[DEPTH_MAX];
	unw_context_t context;
	unw_cursor_t cursor;
	size_t n = 0, k = 0;
	for (uint32_t i = node; i != 0 && n < DEPTH_MAX && proc.nodes[i].pc != HEAP_PC_CUT && proc.nodes[i].pc != HEAP_PC_GENERATION; i = proc.nodes[i].parent)
		ours[n++] = proc.nodes[i].pc;
	unw_getcontext(&context);
	unw_init_local(&cursor, &context);
	bool found = false;
	do {
		unw_word_t ip = 0;
		unw_get_reg(&cursor, UNW_REG_IP, &ip);
		found |= ip == m->pc;
		if (found && k < DEPTH_MAX)
			theirs[k++] = ip;
	} while (unw_step(&cursor) > 0);
	bool same = n == k && n > 0;
	for (size_t i = 0; same && i < n; i++)
		same = ours[i] == theirs[i] || ours[i] == theirs[i] + 1; /* of an interrupted frame */
	__atomic_fetch_add(same ? &check_same : &check_differ, 1, __ATOMIC_RELAXED);
	if (same || !getenv("CHECK_SHOW"))
		return;
	char line[64];
	for (size_t i = 0; i < n || i < k; i++)
		SYS(SYS_write, 2, line, snprintf(line, sizeof line, "%zu %lx %lx\n", i, i < n ? ours[i] : 0, i < k ? theirs[i] : 0));
	SYS(SYS_write, 2, "\n", 1);
}

__attribute__((destructor)) static void check_end(void)
{
	const char *path = getenv("CHECK_OUT");
	char line[64];
	if (!path || check_calls == 0)
		return;
	int fd = (int)SYS(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND, 0666);
	if (fd >= 0)
		SYS(SYS_write, fd, line, snprintf(line, sizeof line, "%lu %lu\n", check_same, check_differ));
}
