/* What the collector and its launcher share: the region and the messages.
 *
 * The region is one sparse file that both map shared. Its maker (the launcher)
 * fills in the first part of the header; the collector lays out the rest and
 * then sets ready. Everything in it is found by offsets from its start; new room
 * is taken from `next`, which only grows. It can be read at any time: a record
 * is written in full before its id is published, and a count is one word.
 *
 * layout.go says the same in Go; a test compares the two. */
#ifndef SOFTSHELL_HEAP_PROTO_H
#define SOFTSHELL_HEAP_PROTO_H

#include <stdint.h>

#define HEAP_MAGIC 0x5041454854464f53u /* "SOFTHEAP" */
#define HEAP_VERSION 1

#define HEAP_ENV "SOFTSHELL_HEAP" /* name of the launcher's abstract socket, without its leading 0 */

/* ---- header ------------------------------------------------------------ */

enum { /* heap_header.flags, heap_answer.flags */
	HEAP_CHILDREN = 1, /* a forked child asks for a region of its own */
};

struct heap_header {
	/* written by the launcher before it hands the region over */
	uint64_t magic;
	uint32_t version;
	uint32_t flags;
	uint64_t size; /* of the file */
	uint32_t launcher; /* its pid */
	uint32_t reserved0[9];

	/* written by the launcher all the time: see tick_ms */
	uint32_t tick;
	uint32_t reserved1[15];

	/* written by the collector once; ready last */
	uint32_t ready;
	uint32_t pid;
	uint32_t granule_shift; /* a shadow entry stands for 1 << this bytes */
	uint32_t machine; /* EM_X86_64 or EM_AARCH64 */
	uint64_t collector; /* an address in the collector's own code, to know its frames */
	uint64_t stack_end; /* root end of the first thread's stack, 0 unknown */
	uint64_t nodes; /* offset of struct heap_node[node_max] */
	uint64_t sites; /* offset of struct heap_site[site_max] */
	uint64_t slots; /* offset of struct heap_slot[slot_max] */
	uint64_t threads; /* offset of struct heap_thread[thread_max] */
	uint64_t modules; /* offset of struct heap_module[module_max] */
	uint64_t shadow; /* offset of uint32_t[HEAP_SHADOW_DIR] */
	uint32_t node_max;
	uint32_t site_max;
	uint32_t slot_max;
	uint32_t thread_max;
	uint32_t module_max;
	uint32_t reserved2[7];

	/* grow while the program runs; each on a line of its own kind */
	uint64_t next; /* first free byte of the region */
	uint32_t node_count; /* ids below it are taken */
	uint32_t site_count;
	uint32_t slot_count;
	uint32_t thread_count;
	uint32_t module_count;
	uint32_t reserved3;
	uint64_t lost; /* blocks not recorded, since the region was full */
	uint64_t own; /* private bytes that the collector mapped beside the region */
	uint64_t reserved4;

	/* the live total; threads add to it in batches, so it may lag by
	 * threads x 32 KiB; it is exact while there is one thread. The exact sum is
	 * that of the thread records. */
	int64_t live; /* bytes asked for and not given back */
	int64_t peak; /* greatest live */
	uint32_t peak_tick;
	uint32_t epoch; /* of the peak: see heap_counter.epoch */
	uint32_t rising; /* live is at a new peak, and epoch does not stand for it yet */
	uint32_t threaded; /* more than one thread was seen */
	uint64_t reserved5[4];
};

#define HEAP_HEADER_SIZE 4096

/* The clock: tick_ms[t] is the time of tick t in milliseconds since the start.
 * The launcher writes tick_ms[t], then tick = t. Ticks only grow and never pass
 * HEAP_TICKS - 1; a later tick is later by more, the longer the program runs.
 * A uint32_t array at this offset. */
#define HEAP_TICK_MS HEAP_HEADER_SIZE
#define HEAP_TICKS 16384
#define HEAP_TABLES (HEAP_TICK_MS + 4 * HEAP_TICKS) /* what the launcher leaves to the collector starts here */

/* ---- stacks ------------------------------------------------------------ */

/* A node is a return address called from its parent; a stack is its innermost
 * node. Node 0 is the empty stack. A parent's id is less than its child's. A
 * record below node_count whose pc is 0 is not in use. */
struct heap_node {
	uint64_t pc; /* return address, or one of HEAP_PC_* */
	uint32_t parent;
	uint32_t site; /* blocks were allocated here: its site, else 0 */
	uint32_t child[4]; /* for the collector: one of its children, then three of its parent's */
};

enum {
	HEAP_PC_CUT = 1, /* stands where the root of a stack was not reached */
	HEAP_PC_GENERATION = 2, /* a library was unloaded; stacks from then on have this root, then their frames */
	HEAP_PC_COLLECTOR = 3, /* no stack was taken: an allocation made inside of the collector's own work */
};

/* A site is a stack that allocated; sites are numbered densely from 1. Site 0
 * is never used. */
struct heap_site {
	uint32_t node;
	uint32_t temporary_high; /* to be added to temporary, times 2^32 */
	uint64_t largest; /* bytes of the greatest block */
};

/* ---- counters ---------------------------------------------------------- */

/* One per slot and site; written by the slot's owner alone. A free counts in the
 * slot of the thread that frees, so one slot's difference may be negative: sum
 * over slots first. Live at the peak: peak_bytes and peak_blocks when epoch ==
 * header.epoch and header.rising is 0, else the difference as it stands now.
 * (The first change after a peak keeps the figures of the peak.) */
struct heap_counter {
	uint64_t allocs;
	uint64_t bytes;
	uint64_t frees;
	uint64_t freed_bytes;
	uint32_t temporary; /* the low 32 bits: the others stand in the site */
	uint32_t largest; /* for the collector: of the blocks made here, or 2^32 - 1 */
	uint64_t lifetime_ms; /* of all freed blocks together */
	int64_t peak_bytes;
	int32_t peak_blocks;
	uint32_t epoch;
};

/* The counters of site s in a slot: chunk = slot.chunks[s >> HEAP_CHUNK_SHIFT],
 * 0 when there are none, else the offset of struct heap_counter[HEAP_CHUNK] in
 * pages of 4096 bytes. */
#define HEAP_CHUNK_SHIFT 9
#define HEAP_CHUNK (1 << HEAP_CHUNK_SHIFT)

/* A slot is a set of counters. It belongs to one thread at a time; when that has
 * ended another takes it over, and adds to what stands there. */
struct heap_slot {
	uint32_t tid; /* of the owner, 0 free, -1 is being taken */
	uint32_t thread; /* index of its record */
	uint64_t chunks; /* offset of uint32_t[site_max >> HEAP_CHUNK_SHIFT] */
};

/* A thread that allocated or freed. Written by itself alone. Record 0 is shared
 * by those that found no room. */
struct heap_thread {
	uint32_t tid;
	uint32_t slot;
	uint32_t start_tick;
	uint32_t end_tick; /* when it ended, 0 while it runs */
	char name[16]; /* at its end; of a running thread as it was at its first block */
	uint64_t allocs;
	uint64_t bytes;
	uint64_t frees;
	uint64_t freed_bytes;
	uint64_t temporary;
	uint64_t unknown; /* frees of blocks that are not known */
	uint64_t incomplete; /* allocations whose stack's root was not reached */
	int64_t pending; /* bytes not yet added to header.live */
	uint64_t stack_low; /* its stack, as far as known, else 0 */
	uint64_t stack_high;
	uint64_t walked; /* frames that were unwound anew, for figures */
	uint64_t reserved;
};

/* ---- blocks ------------------------------------------------------------ */

/* The shadow of address a: page = shadow[a >> HEAP_LEAF_SHIFT], 0 when nothing
 * was allocated there, else the offset in pages of 4096 bytes of
 * uint64_t[1 << (HEAP_LEAF_SHIFT - granule_shift)], one per granule. An entry:
 *
 *   bits 0-1    HEAP_NONE, HEAP_LIVE, HEAP_FREED
 *   bits 2-15   tick of its birth
 *   bits 16-39  size, or HEAP_SIZE_FAR: the next granule's entry holds size << 2
 *               (in state HEAP_NONE; in another state it was overwritten since,
 *               and the block, freed, is no more)
 *   bits 40-63  site
 *
 * Only the entry of a block's first granule is written when it is made. Entries
 * of older blocks stay inside of it: in a live block they mean nothing; of two
 * freed blocks that overlap the one born later hides the other. */
enum {
	HEAP_NONE = 0,
	HEAP_LIVE = 1,
	HEAP_FREED = 2,
};

#define HEAP_ADDRESS_BITS 48
#define HEAP_LEAF_SHIFT 24
#define HEAP_SHADOW_DIR (1 << (HEAP_ADDRESS_BITS - HEAP_LEAF_SHIFT))
#define HEAP_SIZE_FAR 0xffffff
#define HEAP_PAGE_SHIFT 12

/* ---- modules ----------------------------------------------------------- */

/* A module explains the pcs of nodes from first_node up to end_node (0: it is
 * still loaded). Never removed. */
struct heap_module {
	uint64_t start; /* of its first mapped byte */
	uint64_t end;
	uint64_t bias; /* added to the addresses in the file */
	uint64_t path; /* offset of its bytes */
	uint32_t path_len; /* 0: not known (the vdso) */
	uint32_t first_node;
	uint32_t end_node;
	uint32_t build_id_len;
	uint8_t build_id[32];
};

/* ---- messages ---------------------------------------------------------- */

/* On a connected SOCK_SEQPACKET socket, one struct each, host byte order.
 * collector: hello; launcher: answer, with the region's descriptor (SCM_RIGHTS)
 * when it accepts. Later, any number of times, collector: frozen; launcher:
 * resume when it has read what it wants. A closed socket means refuse, or
 * resume. */
enum {
	HEAP_HELLO = 1,
	HEAP_ACCEPT = 2,
	HEAP_REFUSE = 3,
	HEAP_FROZEN = 4,
	HEAP_RESUME = 5,
};

enum { /* heap_hello.collector */
	HEAP_PRELOAD = 1,
	HEAP_LINKED = 2,
};

struct heap_hello {
	uint32_t type;
	uint32_t version;
	uint32_t pid;
	uint32_t parent; /* that was recorded and forked this, else 0; pid itself: it is recorded, and lost its socket; accept then brings no region */
	uint32_t collector;
	uint32_t exe_len;
	char exe[4096]; /* what /proc/self/exe points to */
};

struct heap_answer { /* accept, refuse, resume */
	uint32_t type;
	uint32_t reserved;
};

enum { /* heap_frozen.reason */
	HEAP_RETURNED = 1, /* main returned; status is the exit code. Handlers and destructors have run */
	HEAP_EXIT = 2, /* exit was called, from where sp and pc say. They have run too */
	HEAP_QUICK = 3, /* _exit, _Exit or quick_exit */
	HEAP_SIGNAL = 4, /* status is the signal, with its default action; registers are the interrupted ones */
	HEAP_EXEC = 5, /* about to call exec; if it fails the program goes on, and is recorded on */
};

/* Registers in the order of DWARF (x86-64: rax rdx rcx rbx rsi rdi rbp rsp r8-r15;
 * aarch64: x0-x30 sp). For reasons other than a signal only the stack pointer and
 * the callee-saved ones are known; the others are 0. */
#define HEAP_REGS 32

struct heap_frozen {
	uint32_t type;
	uint32_t reason;
	uint32_t pid;
	uint32_t tid;
	int32_t status;
	uint32_t reg_count; /* of regs */
	uint32_t node; /* of the stack of who called exit or abort; 0 not known */
	uint32_t reserved;
	uint64_t sp;
	uint64_t pc;
	uint64_t regs[HEAP_REGS];
};

#endif
