/* A library that the program loads; see load.c. */
#include <stdlib.h>
#include <string.h>

char *plugin_make(size_t n)
{
	char *p = malloc(n);
	memset(p, 7, n);
	return p;
}
