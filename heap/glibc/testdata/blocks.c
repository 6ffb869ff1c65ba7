/* Allocates in two threads, gives some of it back, says what is what, and waits.
 * Where the C library is another it says so, and no more. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;

static void *work(void *seed)
{
	unsigned s = *(unsigned *)seed;
	enum { N = 3000 };
	static __thread void *p[N];
	static __thread char freed[N];
	for (int i = 0; i < N; i++) {
		s = s * 1103515245 + 12345;
		size_t n = i % 500 == 7 ? 300000 : 1 + (s >> 16) % 1500;
		p[i] = malloc(n);
		memset(p[i], 0x55, n);
		if (s % 3 == 0 && i > 40) {
			int k = i - (s >> 8) % 40;
			if (!freed[k])
				free(p[k]);
			freed[k] = 1;
		}
	}
	pthread_mutex_lock(&turn);
	for (int i = 0; i < N; i++)
		printf("%c %p\n", freed[i] ? 'f' : 'l', p[i]);
	pthread_mutex_unlock(&turn);
	return NULL;
}

static void *second(void *seed)
{
	work(seed);
	pthread_mutex_lock(&turn);
	puts("ready");
	fflush(stdout);
	pause();
	return NULL;
}

int main(void)
{
	static char buf[1 << 20];
	setvbuf(stdout, buf, _IOFBF, sizeof buf);
	unsigned a = 1, b = 2;
	pthread_t t;
#ifndef __GLIBC__
	puts("other");
	return 0;
#endif
	work(&a);
	pthread_create(&t, NULL, second, &b);
	pthread_join(t, NULL);
}
