/* A child that never allocates outlives the program, and holds what it had open. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(void)
{
	char *lost = malloc(70);
	*lost = 1;
	if (fork() == 0) {
		sleep(60);
		_exit(0);
	}
	return 6;
}
