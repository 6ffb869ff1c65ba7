/* Small blocks, which some allocators place 8 bytes apart. */
#include <stdlib.h>

static void *volatile kept[1000];

int main(void)
{
	for (int i = 0; i < 1000; i++)
		kept[i] = malloc(8);
	for (int i = 0; i < 1000; i++)
		free(kept[i]);
	return 0;
}
