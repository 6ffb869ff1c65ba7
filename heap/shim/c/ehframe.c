/* Rows from .eh_frame: the call frame instructions of each function are run once
 * (DWARF 5, 6.4; LSB for the .eh_frame encodings), and what they say of the CFA,
 * the frame pointer and the return address at each pc is kept. */
#include "ehframe.h"

#if defined(__x86_64__)
enum { REG_FP = 6, REG_STACK = 7, REG_RETURN = 16 };
#else
enum { REG_FP = 29, REG_STACK = 31, REG_RETURN = 30 };
#endif

struct cursor {
	const uint8_t *at, *end;
};

static uint8_t cur_u8(struct cursor *c) { return c->at < c->end ? *c->at++ : 0; }

static uint64_t cur_fixed(struct cursor *c, unsigned n)
{
	uint64_t v = 0;
	if ((size_t)(c->end - c->at) < n) {
		c->at = c->end;
		return 0;
	}
	for (unsigned i = 0; i < n; i++)
		v |= (uint64_t)c->at[i] << (8 * i);
	c->at += n;
	return v;
}

static uint64_t cur_uleb(struct cursor *c)
{
	uint64_t v = 0;
	unsigned shift = 0;
	while (c->at < c->end) {
		uint8_t b = *c->at++;
		if (shift < 64)
			v |= (uint64_t)(b & 0x7f) << shift;
		shift += 7;
		if (!(b & 0x80))
			break;
	}
	return v;
}

static int64_t cur_sleb(struct cursor *c)
{
	uint64_t v = 0;
	unsigned shift = 0;
	uint8_t b = 0;
	while (c->at < c->end) {
		b = *c->at++;
		if (shift < 64)
			v |= (uint64_t)(b & 0x7f) << shift;
		shift += 7;
		if (!(b & 0x80))
			break;
	}
	if (shift < 64 && (b & 0x40))
		v |= ~0ull << shift;
	return (int64_t)v;
}

enum { ENC_OMIT = 0xff, ENC_PCREL = 0x10, ENC_DATAREL = 0x30, ENC_INDIRECT = 0x80 };

/* cur_pointer reads a pointer in one of the DW_EH_PE encodings. */
static uint64_t cur_pointer(struct cursor *c, uint8_t enc, uint64_t datarel)
{
	uint64_t at = (uint64_t)c->at, v;
	switch (enc & 0x0f) {
	case 0x00: case 0x04: case 0x0c: v = cur_fixed(c, 8); break;
	case 0x01: v = cur_uleb(c); break;
	case 0x02: v = cur_fixed(c, 2); break;
	case 0x03: v = cur_fixed(c, 4); break;
	case 0x09: v = (uint64_t)cur_sleb(c); break;
	case 0x0a: v = (uint64_t)(int16_t)cur_fixed(c, 2); break;
	case 0x0b: v = (uint64_t)(int32_t)cur_fixed(c, 4); break;
	default: c->at = c->end; return 0;
	}
	switch (enc & 0x70) {
	case ENC_PCREL: v += at; break;
	case ENC_DATAREL: v += datarel; break;
	}
	return v;
}

/* Where a register of the caller is. */
struct rule {
	enum { SAME, UNDEFINED, AT_CFA, AT_FP, UNKNOWN } kind;
	int64_t off;
};

/* What a pc's rules are. */
struct rules {
	enum { CFA_REG, CFA_PLT, CFA_DEREF, CFA_UNKNOWN } cfa;
	uint64_t reg;
	int64_t off;
	struct rule fp, ra;
};

struct cie {
	const uint8_t *at; /* NULL: none was read */
	uint64_t code_align;
	int64_t data_align;
	uint8_t encoding;
	bool augmented, signal;
	struct rules first;
};

struct build {
	struct rows *rows;
	uint64_t end; /* of the module */
	struct cie cie;
	uint32_t room;
	bool full;
};

/* ---- rows out ---- */

static struct row row_of(const struct rules *s, bool signal)
{
	struct row bad = {ROW_BAD, ROW_SAVED_NOT, ROW_SAVED_NOT}, r = bad;
	if (s->ra.kind == UNDEFINED) {
		r.cfa = ROW_END;
		return r;
	}
	if (signal) {
		r.cfa = ROW_SIGNAL;
		return r;
	}
	if (s->cfa == CFA_PLT) {
		r.cfa = ROW_PLT;
		return r;
	}
	if (s->cfa == CFA_UNKNOWN || (s->off & 7) || s->off > INT32_MAX || s->off < INT32_MIN)
		return bad;
	if (s->cfa == CFA_REG && s->reg != REG_STACK && s->reg != REG_FP)
		return bad;
	int kind = s->cfa == CFA_DEREF ? ROW_REALIGNED : s->reg == REG_STACK ? ROW_SP : ROW_FP;
	r.cfa = (int32_t)s->off | kind;
	if (s->fp.kind == UNKNOWN || s->fp.kind == (kind == ROW_REALIGNED ? AT_CFA : AT_FP))
		return bad;
	if (s->fp.kind == AT_CFA || s->fp.kind == AT_FP) {
		int64_t at = s->fp.off / 8;
		if ((s->fp.off & 7) || at > INT16_MAX || at <= INT16_MIN)
			return bad;
		r.fp = (int16_t)at;
	}
	if (s->ra.kind == AT_CFA) {
		int64_t at = s->ra.off / 8;
		if ((s->ra.off & 7) || at > INT16_MAX || at <= INT16_MIN)
			return bad;
		r.ra = (int16_t)at;
#if defined(__x86_64__)
		if (at != -1)
			return bad;
#endif
	} else if (s->ra.kind != SAME) {
		return bad;
	}
	return r;
}

/* add says that from pc on, row holds. Rows come in the order of their pcs, but
 * for functions that overlap: there the later one wins. */
static void add(struct build *b, uint64_t pc, struct row row)
{
	struct rows *rows = b->rows;
	if (pc < rows->base || pc - rows->base >= UINT32_MAX)
		return;
	uint32_t off = (uint32_t)(pc - rows->base), n = rows->count;
	while (n > 0 && rows->pc[n - 1] >= off)
		n--;
	if (n > 0 && bytes_equal(&rows->row[n - 1], &row, sizeof row)) {
		rows->count = n;
		return;
	}
	if (n + 1 >= b->room) {
		b->full = true;
		return;
	}
	rows->pc[n] = off;
	rows->row[n] = row;
	rows->count = n + 1;
}

/* ---- call frame instructions ---- */

enum { OP_DEREF = 0x06, OP_BREG0 = 0x70, OP_BREG31 = 0x8f };

/* expression reads one of the forms "breg" and "breg, deref"; *deref says which. */
static bool expression(struct cursor c, uint64_t *reg, int64_t *off, bool *deref)
{
	uint8_t op = cur_u8(&c);
	if (op < OP_BREG0 || op > OP_BREG31)
		return false;
	*reg = op - OP_BREG0;
	*off = cur_sleb(&c);
	*deref = c.at < c.end && *c.at == OP_DEREF;
	c.at += *deref;
	return c.at == c.end;
}

/* The expression that linkers write for .plt: sp + 8 + ((pc & 15) >= 11) * 8. */
static bool plt_expression(struct cursor c)
{
	static const uint8_t head[] = {0x77, 0x08, 0x80, 0x00, 0x3f, 0x1a}; /* breg7+8 breg16+0 lit15 and */
	static const uint8_t tail[] = {0x2a, 0x33, 0x24, 0x22}; /* ge lit3 shl plus */
	return c.end - c.at == sizeof head + 1 + sizeof tail && bytes_equal(c.at, head, sizeof head)
		&& (c.at[6] == 0x3b || c.at[6] == 0x3a || c.at[6] == 0x39) /* lit11, lit10, lit9 */
		&& bytes_equal(c.at + 7, tail, sizeof tail);
}

static struct cursor block(struct cursor *c)
{
	uint64_t n = cur_uleb(c);
	struct cursor in = {c->at, c->end};
	if (n > (uint64_t)(c->end - c->at))
		n = (uint64_t)(c->end - c->at);
	in.end = in.at + n;
	c->at += n;
	return in;
}

static void set_rule(struct rules *s, uint64_t reg, struct rule r)
{
	if (reg == REG_FP)
		s->fp = r;
	else if (reg == REG_RETURN)
		s->ra = r;
}

static void restore(struct rules *s, const struct rules *first, uint64_t reg)
{
	if (reg == REG_FP)
		s->fp = first->fp;
	else if (reg == REG_RETURN)
		s->ra = first->ra;
}

enum { REMEMBERED = 16 };

/* run runs instructions. With b == NULL they are a CIE's, and pc does not count. */
static void run(struct build *b, struct rules *s, const struct cie *cie, struct cursor c, uint64_t pc)
{
	struct rules kept[REMEMBERED];
	unsigned depth = 0;
	while (c.at < c.end) {
		uint8_t op = *c.at++;
		uint64_t low = op & 0x3f, reg, step = 0;
		int64_t off;
		bool moves = false, deref;
		struct cursor in;
		switch (op >> 6) {
		case 1: step = low * cie->code_align, moves = true; break;
		case 2: set_rule(s, low, (struct rule){AT_CFA, (int64_t)cur_uleb(&c) * cie->data_align}); break;
		case 3: restore(s, &cie->first, low); break;
		default:
			switch (low) {
			case 0x00: break;
			case 0x01: /* set_loc */
				step = cur_pointer(&c, cie->encoding, 0) - pc, moves = true;
				break;
			case 0x02: step = cur_fixed(&c, 1) * cie->code_align, moves = true; break;
			case 0x03: step = cur_fixed(&c, 2) * cie->code_align, moves = true; break;
			case 0x04: step = cur_fixed(&c, 4) * cie->code_align, moves = true; break;
			case 0x05: /* offset_extended */
				reg = cur_uleb(&c);
				set_rule(s, reg, (struct rule){AT_CFA, (int64_t)cur_uleb(&c) * cie->data_align});
				break;
			case 0x06: restore(s, &cie->first, cur_uleb(&c)); break;
			case 0x07: set_rule(s, cur_uleb(&c), (struct rule){UNDEFINED, 0}); break;
			case 0x08: set_rule(s, cur_uleb(&c), (struct rule){SAME, 0}); break;
			case 0x09: /* register */
				reg = cur_uleb(&c);
				cur_uleb(&c);
				set_rule(s, reg, (struct rule){UNKNOWN, 0});
				break;
			case 0x0a: /* remember_state */
				if (depth < REMEMBERED)
					kept[depth] = *s;
				depth++;
				break;
			case 0x0b: /* restore_state */
				if (depth > 0 && --depth < REMEMBERED)
					*s = kept[depth];
				break;
			case 0x0c: /* def_cfa */
				s->cfa = CFA_REG, s->reg = cur_uleb(&c), s->off = (int64_t)cur_uleb(&c);
				break;
			case 0x0d: s->cfa = CFA_REG, s->reg = cur_uleb(&c); break;
			case 0x0e: s->off = (int64_t)cur_uleb(&c); break;
			case 0x0f: /* def_cfa_expression */
				in = block(&c);
				if (plt_expression(in))
					s->cfa = CFA_PLT;
				else if (expression(in, &reg, &off, &deref) && (deref ? reg == REG_FP : true))
					s->cfa = deref ? CFA_DEREF : CFA_REG, s->reg = reg, s->off = off;
				else
					s->cfa = CFA_UNKNOWN;
				break;
			case 0x10: /* expression */
				reg = cur_uleb(&c);
				in = block(&c);
				{
					uint64_t base;
					bool known = expression(in, &base, &off, &deref) && !deref && base == REG_FP;
					set_rule(s, reg, (struct rule){known ? AT_FP : UNKNOWN, known ? off : 0});
				}
				break;
			case 0x11: /* offset_extended_sf */
				reg = cur_uleb(&c);
				set_rule(s, reg, (struct rule){AT_CFA, cur_sleb(&c) * cie->data_align});
				break;
			case 0x12: /* def_cfa_sf */
				s->cfa = CFA_REG, s->reg = cur_uleb(&c), s->off = cur_sleb(&c) * cie->data_align;
				break;
			case 0x13: s->off = cur_sleb(&c) * cie->data_align; break;
			case 0x14: case 0x15: /* val_offset, val_offset_sf */
				reg = cur_uleb(&c);
				cur_uleb(&c);
				set_rule(s, reg, (struct rule){UNKNOWN, 0});
				break;
			case 0x16: /* val_expression */
				reg = cur_uleb(&c);
				block(&c);
				set_rule(s, reg, (struct rule){UNKNOWN, 0});
				break;
			case 0x2d: break; /* AARCH64_negate_ra_state: the walk strips the signature */
			case 0x2e: cur_uleb(&c); break; /* GNU_args_size */
			default: /* of unknown length: nothing behind it can be read */
				s->cfa = CFA_UNKNOWN;
				c.at = c.end;
				break;
			}
		}
		if (moves && b) {
			if (step > 0)
				add(b, pc, row_of(s, cie->signal));
			pc += step;
		}
	}
	if (b)
		add(b, pc, row_of(s, cie->signal));
}

/* ---- entries ---- */

/* entry bounds the entry at p; at_id is where its id stands. */
static bool entry(const struct build *b, const uint8_t *p, struct cursor *c)
{
	*c = (struct cursor){p, (const uint8_t *)b->end};
	if (c->end - p < 12)
		return false;
	uint64_t n = cur_fixed(c, 4);
	if (n == 0xffffffff)
		n = cur_fixed(c, 8);
	if (n == 0 || n > (uint64_t)(c->end - c->at))
		return false;
	c->end = c->at + n;
	return true;
}

static bool read_cie(struct build *b, const uint8_t *at)
{
	struct cie *cie = &b->cie;
	struct cursor c;
	if (cie->at == at)
		return true;
	*cie = (struct cie){0};
	if (!entry(b, at, &c) || cur_fixed(&c, 4) != 0)
		return false;
	uint8_t version = cur_u8(&c);
	const char *aug = (const char *)c.at;
	while (cur_u8(&c))
		;
	if (version == 4)
		c.at += 2;
	cie->code_align = cur_uleb(&c);
	cie->data_align = cur_sleb(&c);
	if (version == 1)
		cur_u8(&c);
	else
		cur_uleb(&c);
	if (*aug == 'z') {
		struct cursor data = block(&c);
		cie->augmented = true;
		for (aug++; *aug; aug++) {
			if (*aug == 'R') {
				cie->encoding = cur_u8(&data);
			} else if (*aug == 'P') {
				uint8_t enc = cur_u8(&data);
				cur_pointer(&data, enc, 0);
			} else if (*aug == 'L') {
				cur_u8(&data);
			} else if (*aug == 'S') {
				cie->signal = true;
			}
		}
	} else if (*aug) {
		return false;
	}
	cie->first = (struct rules){.cfa = CFA_UNKNOWN};
	run(NULL, &cie->first, cie, c, 0);
	cie->at = at;
	return true;
}

/* read_fde adds the rows of one function. */
static void read_fde(struct build *b, const uint8_t *at)
{
	struct cursor c;
	if (!entry(b, at, &c))
		return;
	const uint8_t *id_at = c.at;
	uint64_t id = cur_fixed(&c, 4);
	if (id == 0 || !read_cie(b, id_at - id))
		return;
	const struct cie *cie = &b->cie;
	uint64_t pc = cur_pointer(&c, cie->encoding, 0);
	uint64_t len = cur_pointer(&c, cie->encoding & 0x0f, 0);
	if (len == 0 || pc < b->rows->base || pc + len > b->end)
		return;
	if (cie->augmented)
		block(&c);
	struct rules s = cie->first;
	run(b, &s, cie, c, pc);
	add(b, pc + len, (struct row){ROW_NONE, ROW_SAVED_NOT, ROW_SAVED_NOT});
}

static bool make_index(struct rows *rows)
{
	uint32_t n = rows->count;
	rows->buckets = (rows->pc[n - 1] >> ROWS_SHIFT) + 1;
	rows->index = pages(4ul * rows->buckets);
	if (!rows->index)
		return false;
	uint32_t i = 0;
	for (uint32_t bucket = 0; bucket < rows->buckets; bucket++) {
		while (i + 1 < n && rows->pc[i + 1] <= bucket << ROWS_SHIFT)
			i++;
		rows->index[bucket] = i;
	}
	return true;
}

/* shrink gives back the pages behind used bytes. */
static size_t shrink(void *p, size_t mapped, size_t used)
{
	size_t keep = (used + 4095) & ~4095ul;
	if (keep < mapped)
		SYS(SYS_munmap, (char *)p + keep, mapped - keep);
	return keep;
}

static bool rows_build(struct rows *rows, const uint8_t *hdr, uint64_t start, uint64_t end)
{
	*rows = (struct rows){.base = start};
	struct cursor c = {hdr, (const uint8_t *)end};
	if (c.end - c.at < 12 || cur_u8(&c) != 1)
		return false;
	uint8_t ptr_enc = cur_u8(&c), count_enc = cur_u8(&c), table_enc = cur_u8(&c);
	uint64_t frames = cur_pointer(&c, ptr_enc, (uint64_t)hdr);
	uint64_t count = count_enc == ENC_OMIT ? 0 : cur_pointer(&c, count_enc, (uint64_t)hdr);
	if (table_enc != (ENC_DATAREL | 0x0b) || count == 0 || count > (uint64_t)(c.end - c.at) / 8)
		return false; /* no sorted table: linkers write one wherever they write the header */

	/* A row takes two bytes of instructions at least. What it takes in all is
	 * not known before: room for the most that can be is mapped, and what was
	 * not used is given back. */
	uint64_t bytes = frames < end ? end - frames : 0;
	struct build b = {.rows = rows, .end = end, .room = (uint32_t)(bytes / 2 + 3 * count + 2)};
	size_t pc_bytes = 4ul * b.room + 4096, row_bytes = sizeof(struct row) * (size_t)b.room + 4096;
	pc_bytes &= ~4095ul, row_bytes &= ~4095ul;
	rows->pc = pages(pc_bytes);
	rows->row = pages(row_bytes);
	if (!rows->pc || !rows->row)
		return false;
	/* Before the first function there are no rows. */
	rows->pc[0] = 0;
	rows->row[0] = (struct row){ROW_NONE, ROW_SAVED_NOT, ROW_SAVED_NOT};
	rows->count = 1;
	for (uint64_t i = 0; i < count && !b.full; i++) {
		cur_fixed(&c, 4);
		read_fde(&b, hdr + (int32_t)cur_fixed(&c, 4));
	}
	rows->pc[rows->count] = UINT32_MAX;
	rows->mapped = shrink(rows->pc, pc_bytes, 4ul * (rows->count + 1));
	rows->mapped += shrink(rows->row, row_bytes, sizeof(struct row) * (size_t)rows->count);
	if (!make_index(rows))
		return false;
	rows->mapped += 4ul * rows->buckets;
	return true;
}
