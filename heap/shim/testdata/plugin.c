#include <stdlib.h>
void *make(size_t n);
void *make(size_t n)
{
	return calloc(1, n + PAD);
}
