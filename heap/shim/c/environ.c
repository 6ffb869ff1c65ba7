/* The environment of a recorded program whose children are not wanted: what
 * brought the collector in is taken out again, so that the program and what it
 * starts see the environment that the user gave. */
#include "libc.h"
#include "state.h"

/* value_of returns the value in "name=value", or NULL when it is another's. */
static char *value_of(char *entry, const char *name)
{
	while (*name && *entry == *name)
		entry++, name++;
	return *name == 0 && *entry == '=' ? entry + 1 : NULL;
}

static bool ours(const char *path, size_t n)
{
	for (uint32_t i = 0; i < modules_count; i++) {
		const struct heap_module *r = modules_known[i].rec;
		if (modules_known[i].start <= (uint64_t)&ours && (uint64_t)&ours < modules_known[i].end)
			return r->path_len == n && bytes_equal(proc.region + r->path, path, n);
	}
	return false;
}

/* preload_clean takes our own path out of a list; true when nothing is left. */
static bool preload_clean(char *list)
{
	char *to = list;
	for (char *at = list; *at;) {
		size_t n = 0;
		while (at[n] && at[n] != ':' && at[n] != ' ')
			n++;
		size_t next = at[n] ? n + 1 : n;
		if (!ours(at, n)) {
			bytes_copy(to, at, next);
			to += next;
		}
		at += next;
	}
	*to = 0;
	return to == list;
}

static void environ_clean(void)
{
	char **to = &environ ? environ : NULL;
	if (!to)
		return;
	for (char **from = to; *from; from++) {
		char *preload = value_of(*from, "LD_PRELOAD");
		if (value_of(*from, HEAP_ENV) || (preload && preload_clean(preload)))
			continue;
		*to++ = *from;
	}
	*to = NULL;
}
