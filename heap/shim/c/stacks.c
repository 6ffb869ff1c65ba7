/* Which stack a stack pointer lies on, so that a walk never reads an unmapped
 * page: the kernel is asked which mapping holds it. What it said is kept. */
#include "state.h"
#include <sys/resource.h>

#ifndef PROCMAP_QUERY
/* Linux 6.11: one question about one address. */
struct procmap_query {
	uint64_t size, query_flags, query_addr, vma_start, vma_end, vma_flags, vma_page_size, vma_offset, inode;
	uint32_t dev_major, dev_minor, vma_name_size, build_id_size;
	uint64_t vma_name_addr, build_id_addr;
};
#define PROCMAP_QUERY (3u << 30 | (uint32_t)sizeof(struct procmap_query) << 16 | 'f' << 8 | 17)
#endif

enum { WRITABLE = 2 };

static bool map_ask(int fd, uint64_t addr, uint64_t *low, uint64_t *high)
{
	struct procmap_query q = {.size = sizeof q, .query_flags = WRITABLE, .query_addr = addr};
	if (sys_failed(SYS(SYS_ioctl, fd, PROCMAP_QUERY, &q)))
		return false;
	*low = q.vma_start;
	*high = q.vma_end;
	return true;
}

/* map_read looks through the lines "low-high rwxp ..." for addr. */
static bool map_read(int fd, uint64_t addr, uint64_t *low, uint64_t *high)
{
	char buf[1024];
	uint64_t word = 0, start = 0;
	enum { FIRST, SECOND, MODE, REST } part = FIRST;
	for (long n; (n = read_some(fd, buf, sizeof buf)) > 0;) {
		for (long i = 0; i < n; i++) {
			char c = buf[i];
			if (c == '\n') {
				part = FIRST, word = 0;
			} else if (part == MODE) {
				if (c == 'w' && addr >= start && addr < word) {
					*low = start;
					*high = word;
					return true;
				}
				part = c == 'r' ? MODE : REST;
			} else if (part == FIRST && c == '-') {
				part = SECOND, start = word, word = 0;
			} else if (part == SECOND && c == ' ') {
				part = MODE;
			} else if (part != REST) {
				word = word << 4 | (uint64_t)(c <= '9' ? c - '0' : c - 'a' + 10);
			}
		}
	}
	return false;
}

/* map_probe is for a process that may not open /proc: pages from addr on, as
 * long as they are mapped. */
static bool map_probe(uint64_t addr, uint64_t *low, uint64_t *high)
{
	unsigned char seen[16];
	uint64_t at = addr & ~4095ull;
	*low = at;
	while (at - *low < 8 << 20 && !sys_failed(SYS(SYS_mincore, at, sizeof seen * 4096, seen)))
		at += sizeof seen * 4096;
	while (at - *low < 8 << 20 && !sys_failed(SYS(SYS_mincore, at, 4096, seen)))
		at += 4096;
	*high = at;
	return at > *low;
}

/* stack_bounds sets t's stack to the one that holds sp; to nothing when that
 * cannot be known. */
static COLD void stack_bounds(struct thread *t, uint64_t sp)
{
	uint64_t low = 0, high = 0;
	for (uint32_t i = 0; i < KNOWN_STACKS; i++) {
		if (sp >= t->stacks[i].low && sp < t->stacks[i].high) {
			t->low = t->stacks[i].low;
			t->high = t->stacks[i].high;
			return;
		}
	}
	int fd = open_read("/proc/self/maps");
	bool found = fd >= 0 && (map_ask(fd, sp, &low, &high) || map_read(fd, sp, &low, &high));
	if (fd >= 0)
		SYS(SYS_close, fd);
	if (!found && !map_probe(sp, &low, &high))
		low = high = 0;
	uint64_t end = proc.head->stack_end;
	if (end > low && end <= high) {
		/* The first thread's stack grows; the kernel keeps its room free. */
		struct rlimit limit;
		uint64_t room = 8 << 20;
		if (!sys_failed(SYS(SYS_prlimit64, 0, RLIMIT_STACK, NULL, &limit)) && limit.rlim_cur < room)
			room = limit.rlim_cur;
		if (high - room < low)
			low = high - room;
	}
	t->low = low;
	t->high = high;
	t->stacks[t->stacks_next++ % KNOWN_STACKS] = (struct stack){low, high};
	if (t->rec->stack_high == 0) {
		t->rec->stack_low = low;
		t->rec->stack_high = high;
	}
}
