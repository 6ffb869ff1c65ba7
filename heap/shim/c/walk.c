/* A walk up the stack: from the caller of an allocation to the root.
 *
 * The frames of the last walk are kept with the words of the stack that it read.
 * When the new walk comes to a state (sp, pc, and the fp where it matters) that
 * the last one was in, and all words that the last one read from there on are
 * still what they were, then the rest of the walk would go the same way: it is
 * taken as it was. What is compared is all that the outcome depends on, so the
 * result is that of a full walk. (Of very deep stacks only VERIFY_MAX words are
 * compared.) */
#include "state.h"

/* unchanged compares the words that frame j and those rootward of it were made of. */
INLINE bool unchanged(const struct thread *t, uint32_t n)
{
	const struct word *w = t->words + n, *stop = n > VERIFY_MAX ? w - VERIFY_MAX : t->words;
	uint64_t differ = 0;
	while (w - stop >= 4) {
		w -= 4;
		differ |= (*w[3].at ^ w[3].was) | (*w[2].at ^ w[2].was) | (*w[1].at ^ w[1].was) | (*w[0].at ^ w[0].was);
	}
	while (w > stop) {
		w--;
		differ |= *w->at ^ w->was;
	}
	return differ == 0;
}

INLINE bool on_stack(const struct thread *t, uint64_t at, uint64_t sp)
{
	return at >= sp && at <= t->high - 8 && !(at & 7);
}

/* Offsets from the stack pointer that a signal handler returns to (the kernel's
 * struct rt_sigframe, behind what the handler's return has popped). */
#if defined(__x86_64__)
enum { SIGNAL_FP = 120, SIGNAL_SP = 160, SIGNAL_PC = 168 };
#else
enum { SIGNAL_FP = 128 + 176 + 8 + 29 * 8, SIGNAL_LINK = SIGNAL_FP + 8, SIGNAL_SP = 128 + 176 + 8 + 31 * 8, SIGNAL_PC = 128 + 176 + 8 + 32 * 8 };
#endif

/* strip removes the signature that pointer authentication puts above an address. */
INLINE uint64_t strip(uint64_t ra)
{
#if defined(__aarch64__)
	return ra & ((1ull << 48) - 1);
#else
	return ra;
#endif
}

/* row_of_frame asks row_at, and keeps what it said. */
INLINE struct row row_of_frame(struct thread *t, uint64_t pc)
{
	struct known_row *k = &t->known[(pc ^ pc >> 10) % KNOWN_ROWS];
	if (unlikely(k->pc != pc)) {
		k->row = row_at(pc);
		k->pc = (k->row.cfa & ROW_KINDS) == ROW_NONE ? 0 : pc; /* a library may come to lie there */
	}
	return k->row;
}

enum outcome { GOES_ON, AT_ROOT, LOST };

/* begins_here says whether code without rows is where a stack begins. The first
 * function of a coroutine returns to where a function begins, which no call does.
 * Else it is code of the dynamic linker, which runs the constructors, or of a C
 * library without rows that called main or a thread's function: it stands at the
 * very end of the stack. */
static COLD bool begins_here(const struct thread *t, const struct step *s)
{
	uint64_t end = proc.head->stack_end, own;
#if defined(__x86_64__)
	__asm__("mov %%fs:0, %0" : "=r"(own));
#else
	__asm__("mrs %0, tpidr_el0" : "=r"(own));
#endif
	if ((row_at(s->pc).cfa & ROW_KINDS) != ROW_NONE)
		return true;
	/* A thread's own data lies at the end of its stack. */
	return (s->sp <= end && end - s->sp < 1024) || (own < t->high && s->sp <= own && own - s->sp < 4096);
}

/* leave moves s to the caller's frame. */
INLINE enum outcome leave(struct thread *t, struct step *s, struct machine *next)
{
	struct row r = row_of_frame(t, s->pc - 1);
	uint64_t cfa;
	s->fp_at = s->cfa_at = NULL;
	s->by_fp = false;
	switch (r.cfa & ROW_KINDS) {
	case ROW_SP:
		cfa = s->sp + (uint64_t)(int64_t)(r.cfa & ~ROW_KINDS);
		break;
	case ROW_FP:
		cfa = s->fp + (uint64_t)(int64_t)(r.cfa & ~ROW_KINDS);
		s->by_fp = true;
		break;
	case ROW_PLT:
		cfa = s->sp + 8 + (((s->pc - 1) & 15) >= 11 ? 8 : 0);
		break;
	case ROW_REALIGNED: {
		uint64_t at = s->fp + (uint64_t)(int64_t)(r.cfa & ~ROW_KINDS);
		if (!on_stack(t, at, s->sp))
			return LOST;
		s->cfa_at = (const uint64_t *)at;
		cfa = *s->cfa_at;
		s->by_fp = true;
		break;
	}
	case ROW_SIGNAL: {
		uint64_t last = s->sp + SIGNAL_PC;
		if (!on_stack(t, last, s->sp))
			return LOST;
		s->ra_at = (const uint64_t *)last;
		s->fp_at = (const uint64_t *)(s->sp + SIGNAL_FP);
		s->cfa_at = (const uint64_t *)(s->sp + SIGNAL_SP);
		/* An interrupted pc is no return address: one more, since the walk and
		 * the reader take one off. */
		*next = (struct machine){*s->cfa_at, *s->ra_at + 1, *s->fp_at, NULL};
#if defined(__aarch64__)
		next->link_at = (const uint64_t *)(s->sp + SIGNAL_LINK);
#endif
		if (next->sp < t->low || next->sp >= t->high)
			stack_bounds(t, next->sp); /* the handler ran on a stack of its own */
		return GOES_ON;
	}
	case ROW_END:
		return AT_ROOT;
	case ROW_NONE:
		return begins_here(t, s) ? AT_ROOT : LOST;
	default:
		return LOST;
	}
	/* The caller's frame lies rootward, on the same stack. */
	uint64_t ra_at = cfa + (uint64_t)(8 * (int64_t)r.ra);
	if (unlikely(r.ra == ROW_SAVED_NOT && s->link_at && cfa >= s->sp))
		s->ra_at = s->link_at; /* interrupted before it saved the register, or a leaf */
	else if (unlikely(cfa <= s->sp || r.ra == ROW_SAVED_NOT || !on_stack(t, ra_at, s->sp)))
		return LOST;
	else
		s->ra_at = (const uint64_t *)ra_at;
	next->link_at = NULL;
	next->sp = cfa;
	next->pc = strip(*s->ra_at);
	next->fp = s->fp;
	if (r.fp != ROW_SAVED_NOT) {
		uint64_t fp_at = ((r.cfa & ROW_KINDS) == ROW_REALIGNED ? s->fp : cfa) + (uint64_t)(8 * (int64_t)r.fp);
		if (unlikely(!on_stack(t, fp_at, s->sp)))
			return LOST;
		s->fp_at = (const uint64_t *)fp_at;
		next->fp = *s->fp_at;
	}
	return next->pc ? GOES_ON : AT_ROOT;
}

/* keep appends n steps, leaf first, to the first `from` frames that stay. */
static uint32_t keep(struct thread *t, uint32_t from, uint32_t n, uint32_t node)
{
	uint32_t words = from ? t->frames[from - 1].words : 0;
	bool need = from ? t->frames[from - 1].need : false;
	for (uint32_t i = n; i-- > 0; from++) {
		const struct step *s = &t->steps[i];
		struct frame *f = &t->frames[from];
		node = node_child(node, s->pc);
		if (!node) {
			t->depth = 0;
			return 0;
		}
		if (s->ra_at)
			t->words[words++] = (struct word){s->ra_at, *s->ra_at};
		if (s->cfa_at)
			t->words[words++] = (struct word){s->cfa_at, *s->cfa_at};
		if (s->fp_at && need)
			t->words[words++] = (struct word){s->fp_at, *s->fp_at};
		need = s->by_fp || (!s->fp_at && need);
		*f = (struct frame){.sp = s->sp, .pc = s->pc, .fp = s->fp, .node = node, .words = words, .need = need};
	}
	t->depth = from;
	return node;
}

/* walk returns the node of the stack that m is the innermost frame of. */
static uint32_t walk(struct thread *t, const struct machine *m)
{
	if (unlikely(m->sp < t->low || m->sp >= t->high)) {
		stack_bounds(t, m->sp);
		t->depth = 0;
	}
	if (unlikely(t->generation != proc.generation)) {
		t->generation = proc.generation;
		t->depth = 0;
	}
	uint32_t version = ACQUIRE(&modules_version);
	if (unlikely(t->modules_version != version)) {
		for (uint32_t i = 0; i < KNOWN_ROWS; i++)
			t->known[i].pc = 0;
		t->modules_version = version;
	}
	struct machine at = *m;
	uint32_t n = 0, j = t->depth;
	uint64_t high = t->high;
	enum outcome out = GOES_ON;
	for (;;) {
		while (j > 0 && t->frames[j - 1].sp < at.sp)
			j--;
		if (j > 0) {
			const struct frame *f = &t->frames[j - 1];
			if (f->sp == at.sp && f->pc == at.pc && (!f->need || f->fp == at.fp) && unchanged(t, f->words))
				break;
		}
		if (unlikely(n == DEPTH_MAX || n + j >= DEPTH_MAX)) {
			out = LOST;
			break;
		}
		struct step *s = &t->steps[n++];
		s->sp = at.sp, s->pc = at.pc, s->fp = at.fp, s->link_at = at.link_at;
		s->ra_at = NULL;
		out = leave(t, s, &at);
		if (out != GOES_ON)
			break;
	}
	t->rec->walked += n;
	if (likely(out == GOES_ON)) {
		t->rec->incomplete += !t->whole;
		return keep(t, j, n, t->frames[j - 1].node);
	}
	/* A walk to the end: nothing of the last one is left. */
	uint32_t root = proc.root;
	t->whole = out == AT_ROOT;
	if (!t->whole) {
		t->rec->incomplete++;
		root = node_child(root, HEAP_PC_CUT);
		if (n == DEPTH_MAX) {
			/* Where a stack is too deep, the part that is left differs at each
			 * depth: only its innermost frame is told. */
			t->depth = 0;
			return node_child(root, m->pc);
		}
	}
	uint32_t node = keep(t, 0, n, root);
	if (t->high != high)
		t->depth = 0, t->low = t->high = 0; /* it crossed stacks: the order of sps does not hold */
	return node;
}
