/* The next definition of a function behind ours, as dlsym(RTLD_NEXT) would find
 * it; but dlsym may allocate, and it is asked for before the first allocation. */
#include "state.h"
#include <elf.h>
#include <link.h>

struct wanted {
	const char *name;
	uint32_t hash;
	uint64_t us; /* an address in our own module */
	bool behind; /* our module was passed */
	void *at;
};

static const void *dynamic_at(const struct dl_phdr_info *info, uint64_t value)
{
	/* The linker may have relocated the table, or not. */
	return (const void *)(value < info->dlpi_addr ? value + info->dlpi_addr : value);
}

static int look_for(struct dl_phdr_info *info, size_t size, void *data)
{
	(void)size;
	struct wanted *w = data;
	const ElfW(Dyn) *dyn = NULL;
	bool ours = false;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];
		uint64_t at = info->dlpi_addr + p->p_vaddr;
		if (p->p_type == PT_DYNAMIC)
			dyn = (const ElfW(Dyn) *)at;
		if (p->p_type == PT_LOAD && w->us >= at && w->us < at + p->p_memsz)
			ours = true;
	}
	if (ours || !w->behind) {
		w->behind |= ours;
		return 0;
	}
	const ElfW(Sym) *syms = NULL;
	const char *names = NULL;
	const uint32_t *gnu = NULL;
	const uint16_t *versions = NULL;
	for (; dyn && dyn->d_tag != DT_NULL; dyn++) {
		switch (dyn->d_tag) {
		case DT_SYMTAB: syms = dynamic_at(info, dyn->d_un.d_ptr); break;
		case DT_STRTAB: names = dynamic_at(info, dyn->d_un.d_ptr); break;
		case DT_GNU_HASH: gnu = dynamic_at(info, dyn->d_un.d_ptr); break;
		case DT_VERSYM: versions = dynamic_at(info, dyn->d_un.d_ptr); break;
		}
	}
	if (!syms || !names || !gnu || gnu[0] == 0)
		return 0;
	const uint32_t *buckets = gnu + 4 + 2 * gnu[2], *chain = buckets + gnu[0];
	uint32_t i = buckets[w->hash % gnu[0]];
	if (i < gnu[1])
		return 0;
	for (;; i++) {
		uint32_t h = chain[i - gnu[1]];
		const ElfW(Sym) *s = &syms[i];
		if ((h | 1) == (w->hash | 1) && s->st_shndx != SHN_UNDEF && (s->st_info & 15) == STT_FUNC
			&& !(versions && versions[i] & 0x8000) && text_equal(names + s->st_name, w->name)) {
			w->at = (void *)(info->dlpi_addr + s->st_value);
			return 1;
		}
		if (h & 1)
			return 0;
	}
}

/* next_symbol returns NULL when no module behind ours defines the name. */
static COLD void *next_symbol(const char *name)
{
	struct wanted w = {.name = name, .hash = 5381, .us = (uint64_t)&next_symbol};
	for (const char *c = name; *c; c++)
		w.hash = w.hash * 33 + (uint8_t)*c;
	dl_iterate_phdr(look_for, &w);
	return w.at;
}
