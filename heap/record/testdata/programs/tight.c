/* A thread has no room for what is noted of it; a later one has. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

static void *volatile kept;

static void *busy(void *unused)
{
	for (int i = 0; i < 70000; i++)
		kept = malloc(16), free(kept);
	return unused;
}

static void *loses(void *unused)
{
	for (int i = 0; i < 10; i++)
		kept = malloc(33);
	kept = NULL;
	return unused;
}

static void run(void *(*f)(void *))
{
	pthread_t t;
	pthread_attr_t a;
	pthread_attr_init(&a);
	pthread_attr_setstacksize(&a, 128 << 10);
	if (pthread_create(&t, &a, f, NULL) != 0)
		exit(9);
	pthread_join(t, NULL);
}

int main(void)
{
	struct rlimit all, tight;
	long pages;
	FILE *f = fopen("/proc/self/statm", "r");
	if (!f || fscanf(f, "%ld", &pages) != 1 || getrlimit(RLIMIT_AS, &all))
		return 8;
	fclose(f);
	tight = all;
	tight.rlim_cur = pages * 4096 + (3 << 20);
	setrlimit(RLIMIT_AS, &tight);
	run(busy);
	setrlimit(RLIMIT_AS, &all);
	run(loses);
	return 0;
}
