/* What the collector's parts share inside of the process. */
#ifndef SOFTSHELL_HEAP_STATE_H
#define SOFTSHELL_HEAP_STATE_H

#include "ehframe.h"
#include "proto.h"
#include "sys.h"

#define LOAD(p) __atomic_load_n(p, __ATOMIC_RELAXED)
#define STORE(p, v) __atomic_store_n(p, v, __ATOMIC_RELAXED)
#define ACQUIRE(p) __atomic_load_n(p, __ATOMIC_ACQUIRE)
#define RELEASE(p, v) __atomic_store_n(p, v, __ATOMIC_RELEASE)

/* ---- the process ---- */

enum phase {
	PHASE_NEW = 0, /* not asked yet; also what a forked child finds */
	PHASE_ON = 1,
	PHASE_OFF = 2,
	PHASE_FROZEN = 3, /* the launcher reads: who comes by waits */
	PHASE_ASKING = 4, /* one thread asks; the others go by */
};

/* One page that a forked child finds zeroed (MADV_WIPEONFORK), however it was
 * forked: it then is not recorded, or asks for itself. A vforked child shares the
 * memory of its parent, and this page with it. */
struct gate {
	uint32_t phase;
	uint32_t frozen_by; /* tid */
};

static struct process {
	struct gate *gate;
	char *region;
	struct heap_header *head;
	struct heap_node *nodes;
	struct heap_site *sites;
	uint32_t *shadow;
	uint32_t granule_shift;
	const uint32_t *tick_ms;
	uint32_t pid;
	uint32_t root; /* node that stacks start from */
	uint32_t collector_site; /* of blocks whose stack was not taken */
	uint32_t generation; /* of root */
	uint32_t flags;
	int socket;
	uint64_t leave_sp, leave_pc, leave_fp; /* who called exit */
} proc;

/* ---- a thread ---- */

/* A frame of the last walk. need: its fp decides how the walk goes on from it. */
struct frame {
	uint64_t sp, pc, fp;
	uint32_t node;
	uint32_t words : 31; /* words of its own and of all rootward of it */
	uint32_t need : 1;
};

/* A word of the stack that the last walk read, and what it read there. */
struct word {
	const uint64_t *at;
	uint64_t was;
};

/* What one step of a walk read. */
struct step {
	uint64_t sp, pc, fp;
	const uint64_t *link_at;
	const uint64_t *ra_at, *fp_at, *cfa_at; /* NULL: not read */
	bool by_fp; /* the CFA came from the fp */
};

/* The row of a pc that was asked for before. */
struct known_row {
	uint64_t pc;
	struct row row;
};

#define KNOWN_ROWS 1024

struct stack {
	uint64_t low, high;
};

#define KNOWN_STACKS 64

#define DEPTH_MAX 65536 /* frames of a stack; a deeper one is cut */
#define VERIFY_MAX 4096 /* words that are compared again, from the leaf on */

struct thread {
	struct heap_thread *rec;
	uint32_t *chunks; /* of the slot, in the region */
	uint64_t last; /* the block it made last, 0 when it was freed since */
	uint32_t busy; /* inside of a walk: a signal handler that allocates is not walked */
	uint32_t slot;

	uint64_t low, high; /* the stack it walked last */
	uint32_t generation;
	uint32_t depth; /* frames in use */
	bool whole; /* the last walk reached the root */
	uint32_t modules_version; /* of the rows in known */

	struct known_row known[KNOWN_ROWS];
	struct stack stacks[KNOWN_STACKS]; /* that it walked before: of coroutines */
	uint32_t stacks_next; /* to be replaced */

	struct heap_counter *counters[1u << (24 - HEAP_CHUNK_SHIFT)]; /* chunks, mapped */
	struct frame frames[DEPTH_MAX]; /* from the root on */
	struct word words[2 * DEPTH_MAX];
	struct step steps[DEPTH_MAX]; /* of the walk under way, from the leaf on */
};

/* The only thread-local word: a thread's record is mapped, since a stack of the
 * smallest size must hold what is thread-local. */
static __thread struct thread *self __attribute__((tls_model("initial-exec")));

/* ---- parts ---- */

struct machine {
	uint64_t sp, pc, fp;
	const uint64_t *link_at; /* aarch64: where the link register of an interrupted function lies; NULL: it was called, and is in a call */
};

/* region.c */
static uint64_t region_take(uint64_t n);
static bool region_open(int fd);
/* nodes.c */
static uint32_t node_child(uint32_t parent, uint64_t pc);
static uint32_t site_of(uint32_t node);
/* modules.c */
static void modules_refresh(void);
static struct row row_at(uint64_t pc);
static uint32_t modules_version;
/* hooks.c or rust.c */
static uint32_t granule_shift(void);
/* walk.c */
static uint32_t walk(struct thread *t, const struct machine *m);
/* stacks.c */
static void stack_bounds(struct thread *t, uint64_t sp);
/* record.c */
static void live_flush(struct heap_thread *rec);
static inline void made(uint64_t addr, uint64_t size, const struct machine *m);
/* watch.c */
static void thread_watch(struct thread *t);
static uint64_t stack_end(void);
/* threads.c */
static struct thread *thread_start(void);
/* init.c */
static bool gate_slow(void);
/* freeze.c */
static void freeze(uint32_t reason, int32_t status, const struct heap_frozen *registers);
static void freeze_wait(void);

/* gate_open says whether this process is recorded. */
INLINE bool gate_open(void)
{
	if (likely(proc.gate && LOAD(&proc.gate->phase) == PHASE_ON))
		return true;
	return gate_slow();
}

#endif
