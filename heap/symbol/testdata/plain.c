#include <stdio.h>
#include <stdlib.h>

struct item {
	struct item *next;
	long key;
};

static inline struct item *item(long key, struct item *next)
{
	struct item *i = malloc(sizeof *i);
	i->key = key;
	i->next = next;
	return i;
}

__attribute__((noinline)) struct item *list(long n)
{
	struct item *head = NULL;
	for (long k = 0; k < n; k++)
		head = item(k * k, head);
	return head;
}

int main(int argc, char **argv)
{
	(void)argv;
	for (struct item *i = list(argc * 3); i; i = i->next)
		printf("%ld\n", i->key);
	return 0;
}
