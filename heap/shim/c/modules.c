/* The modules that are mapped, each with its rows.
 *
 * The list that walks look into is replaced as a whole; an old one stays where it
 * is, since a walk may be in it. */
#include "state.h"
#include <elf.h>
#include <link.h>

struct module {
	uint64_t start, end;
	struct rows rows;
	struct heap_module *rec;
	bool here; /* still mapped, found in the look under way */
};

struct module_list {
	uint32_t count;
	struct module *at[]; /* by start */
};

enum { MODULES_MAX = 4096 };

static struct module *modules_known; /* array, in the order of their records */
static uint32_t modules_count;
static struct module_list *modules_list;
static uint32_t modules_lock;
static uint64_t modules_adds; /* as dl_iterate_phdr counts, at the last look */

/* found is what a look is told of one module. */
struct found {
	uint64_t start, end, bias;
	const uint8_t *eh_frame_hdr;
	const char *path;
	const uint8_t *id;
	uint32_t id_len;
};

static void find_build_id(struct found *f, const ElfW(Nhdr) *n, uint64_t size)
{
	const char *end = (const char *)n + size;
	while ((const char *)(n + 1) <= end) {
		const char *name = (const char *)(n + 1);
		const uint8_t *desc = (const uint8_t *)name + ((n->n_namesz + 3) & ~3u);
		const char *next = (const char *)desc + ((n->n_descsz + 3) & ~3u);
		if (next > end || next <= (const char *)n)
			return;
		if (n->n_type == NT_GNU_BUILD_ID && n->n_namesz == 4 && bytes_equal(name, "GNU", 4)) {
			f->id = desc;
			f->id_len = n->n_descsz < 32 ? n->n_descsz : 32;
			return;
		}
		n = (const ElfW(Nhdr) *)next;
	}
}

static struct found found_of(const struct dl_phdr_info *info)
{
	struct found f = {.start = ~0ull, .bias = info->dlpi_addr, .path = info->dlpi_name};
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];
		uint64_t at = info->dlpi_addr + p->p_vaddr;
		if (p->p_type == PT_LOAD) {
			if ((at & ~4095ull) < f.start)
				f.start = at & ~4095ull;
			if (at + p->p_memsz > f.end)
				f.end = (at + p->p_memsz + 4095) & ~4095ull;
		} else if (p->p_type == PT_GNU_EH_FRAME) {
			f.eh_frame_hdr = (const uint8_t *)at;
		} else if (p->p_type == PT_NOTE) {
			find_build_id(&f, (const ElfW(Nhdr) *)at, p->p_memsz);
		}
	}
	return f;
}

static bool same(const struct module *m, const struct found *f, const char *path, uint32_t path_len)
{
	const struct heap_module *r = m->rec;
	return m->start == f->start && m->end == f->end && r->build_id_len == f->id_len && bytes_equal(r->build_id, f->id, f->id_len)
		&& r->path_len == path_len && bytes_equal(proc.region + r->path, path, path_len);
}

/* generation_next gives later stacks a root of their own: the pcs of what was
 * unloaded are about to mean something else. */
static void generation_next(void)
{
	uint32_t root = node_child(proc.root, HEAP_PC_GENERATION);
	if (!root)
		return;
	STORE(&proc.root, root);
	__atomic_fetch_add(&proc.generation, 1, __ATOMIC_RELEASE);
}

static void module_add(const struct found *f, const char *path, uint32_t path_len)
{
	struct heap_header *h = proc.head;
	if (modules_count >= h->module_max || modules_count >= MODULES_MAX)
		return;
	struct module *m = &modules_known[modules_count];
	struct heap_module *rec = (struct heap_module *)(proc.region + h->modules) + modules_count;
	uint32_t first = 0;
	for (uint32_t i = 0; i < modules_count; i++) {
		struct module *old = &modules_known[i];
		if (old->here || old->rec->end_node || old->end <= f->start || old->start >= f->end)
			continue;
		if (first == 0) {
			first = LOAD(&h->node_count);
			generation_next();
		}
		old->rec->end_node = first;
	}
	*rec = (struct heap_module){.start = f->start, .end = f->end, .bias = f->bias, .first_node = first, .build_id_len = f->id_len};
	if (f->id_len)
		bytes_copy(rec->build_id, f->id, f->id_len);
	rec->path = region_take(path_len + 1);
	if (rec->path) {
		bytes_copy(proc.region + rec->path, path, path_len);
		rec->path_len = path_len;
	}
	*m = (struct module){.start = f->start, .end = f->end, .rec = rec, .here = true};
	if (f->eh_frame_hdr)
		rows_build(&m->rows, f->eh_frame_hdr, f->start, f->end);
	__atomic_fetch_add(&h->own, m->rows.mapped, __ATOMIC_RELAXED);
	RELEASE(&h->module_count, ++modules_count);
}

/* look is called for each module that the dynamic linker knows. */
static int look(struct dl_phdr_info *info, size_t size, void *data)
{
	(void)size;
	bool *first = data;
	struct found f = found_of(info);
	char exe[4096];
	const char *path = f.path;
	if (f.start >= f.end)
		return 0;
	if (*first) {
		*first = false;
		modules_adds = info->dlpi_adds;
		long n = SYS(SYS_readlinkat, AT_FDCWD, "/proc/self/exe", exe, sizeof exe - 1);
		exe[sys_failed(n) ? 0 : n] = 0;
		path = exe;
	}
	uint32_t len = path && path[0] == '/' ? (uint32_t)text_len(path) : 0;
	for (uint32_t i = 0; i < modules_count; i++) {
		if (same(&modules_known[i], &f, path, len) && !modules_known[i].rec->end_node) {
			modules_known[i].here = true;
			return 0;
		}
	}
	module_add(&f, path, len);
	return 0;
}

static void list_publish(void)
{
	__atomic_fetch_add(&modules_version, 1, __ATOMIC_RELEASE);
	struct module_list *list = pages(sizeof *list + modules_count * sizeof list->at[0]);
	if (!list)
		return;
	for (uint32_t i = 0; i < modules_count; i++) {
		struct module *m = &modules_known[i];
		if (!m->here || !m->rows.count)
			continue;
		uint32_t k = list->count++;
		for (; k > 0 && list->at[k - 1]->start > m->start; k--)
			list->at[k] = list->at[k - 1];
		list->at[k] = m;
	}
	RELEASE(&modules_list, list);
	__atomic_fetch_add(&modules_version, 1, __ATOMIC_RELEASE);
}

/* modules_refresh looks at what is mapped now. Where another thread is at it,
 * nothing is done: that one may wait for a lock of the dynamic linker that this
 * one holds. */
static COLD void modules_refresh(void)
{
	if (__atomic_exchange_n(&modules_lock, 1, __ATOMIC_ACQUIRE))
		return;
	if (!modules_known)
		modules_known = pages(MODULES_MAX * sizeof *modules_known);
	if (modules_known) {
		for (uint32_t i = 0; i < modules_count; i++)
			modules_known[i].here = false;
		bool first = true;
		dl_iterate_phdr(look, &first);
		list_publish();
	}
	RELEASE(&modules_lock, 0);
}

static int look_adds(struct dl_phdr_info *info, size_t size, void *data)
{
	(void)size;
	*(uint64_t *)data = info->dlpi_adds;
	return 1;
}

static const struct module *module_at(uint64_t pc)
{
	const struct module_list *list = ACQUIRE(&modules_list);
	uint32_t low = 0, high = list ? list->count : 0;
	while (low < high) {
		uint32_t mid = (low + high) / 2;
		if (list->at[mid]->end <= pc)
			low = mid + 1;
		else
			high = mid;
	}
	return list && low < list->count && list->at[low]->start <= pc ? list->at[low] : NULL;
}

/* module_miss looks again, if the dynamic linker has loaded anything since. */
static COLD const struct module *module_miss(uint64_t pc)
{
	uint64_t adds = 0;
	dl_iterate_phdr(look_adds, &adds);
	if (adds == LOAD(&modules_adds))
		return NULL;
	modules_refresh();
	return module_at(pc);
}

/* row_at returns the row for a pc. */
static COLD struct row row_at(uint64_t pc)
{
	const struct module *m = module_at(pc);
	if (unlikely(!m) && !(m = module_miss(pc)))
		return (struct row){ROW_NONE, ROW_SAVED_NOT, ROW_SAVED_NOT};
	return rows_find(&m->rows, pc);
}
