/* A known number of calls of each function. */
#define _GNU_SOURCE
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

static void *volatile keep[16];

int main(void)
{
	keep[0] = malloc(100);                /* stays: 100 */
	keep[1] = calloc(3, 5);               /* stays: 15 */
	free(malloc(7));                      /* temporary */
	keep[2] = malloc(10);
	keep[2] = realloc(keep[2], 1000);     /* frees 10 (temporary), makes 1000 */
	keep[2] = realloc(keep[2], 20);       /* frees 1000 (temporary), makes 20, stays */
	keep[3] = realloc(NULL, 30);          /* stays: 30 */
	keep[4] = reallocarray(NULL, 4, 10);  /* stays: 40 */
	free(keep[3]);                        /* not temporary */
	keep[3] = NULL;
	keep[5] = memalign(64, 50);           /* stays: 50 */
	keep[6] = aligned_alloc(64, 64);      /* stays: 64 */
	void *p;
	if (posix_memalign(&p, 4096, 60) == 0)
		keep[7] = p;                  /* stays: 60 */
	keep[8] = valloc(70);                 /* stays: 70 */
	keep[9] = malloc(20 << 20);           /* stays: larger than an entry holds */
	keep[10] = malloc(17 << 20);
	free(keep[10]);                       /* temporary */
	if (realloc(keep[0], (size_t)-4096))  /* fails: nothing is counted */
		return 2;
	keep[0] = realloc(keep[0], 101);      /* frees 100, makes 101 */
	free(NULL);
	return 5;
}
