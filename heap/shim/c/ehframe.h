/* Unwind rows of one module, made from its .eh_frame. */
#ifndef SOFTSHELL_HEAP_EHFRAME_H
#define SOFTSHELL_HEAP_EHFRAME_H

#include "sys.h"

/* How the caller's frame is found from a pc on. Kinds stand in the low bits of
 * row.cfa; the rest of it is an offset, a multiple of 8. */
enum {
	ROW_NONE = 0, /* no rows here */
	ROW_END = 1, /* the return address is undefined: the root */
	ROW_SP = 2, /* CFA = sp + offset */
	ROW_FP = 3, /* CFA = fp + offset */
	ROW_PLT = 4, /* CFA = sp + 8, + 8 in the later part of a 16 byte entry */
	ROW_REALIGNED = 5, /* CFA = *(fp + offset); the fp was saved at fp + row.fp * 8 */
	ROW_SIGNAL = 6, /* a signal handler's return: the registers stand on the stack */
	ROW_BAD = 7, /* a rule that the walk does not know */
	ROW_KINDS = 7,
};

#define ROW_SAVED_NOT INT16_MIN

struct row {
	int32_t cfa;
	int16_t fp; /* where the caller's fp lies: CFA + 8 * fp, or ROW_SAVED_NOT */
	int16_t ra; /* the same of the return address */
};

/* Rows sorted by pc; a row holds up to the next one's pc. */
struct rows {
	uint64_t base; /* address that offsets count from */
	uint32_t *pc; /* offsets; pc[count] is the end */
	struct row *row;
	uint32_t *index; /* the last row at or before each multiple of 1 << ROWS_SHIFT */
	uint32_t count;
	uint32_t buckets;
	size_t mapped; /* bytes that all of it takes */
};

#define ROWS_SHIFT 8

/* rows_build reads the table that eh_frame_hdr points to. start and end bound the
 * module's memory. False when there is nothing to be read; rows is empty then. */
static bool rows_build(struct rows *rows, const uint8_t *eh_frame_hdr, uint64_t start, uint64_t end);

INLINE struct row rows_find(const struct rows *rows, uint64_t pc)
{
	uint64_t off = pc - rows->base;
	uint64_t bucket = off >> ROWS_SHIFT;
	if (unlikely(bucket >= rows->buckets))
		return (struct row){ROW_NONE, ROW_SAVED_NOT, ROW_SAVED_NOT};
	uint32_t i = rows->index[bucket];
	while (rows->pc[i + 1] <= off)
		i++;
	return rows->row[i];
}

#endif
