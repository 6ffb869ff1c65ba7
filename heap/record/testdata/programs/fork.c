/* Forks; both sides allocate. Only the parent's blocks count.
 * lost: 1 block, 33 bytes */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void lose(size_t n)
{
	volatile char *p = malloc(n);
	p[0] = 1;
	p = NULL;
}

int main(void)
{
	for (int i = 0; i < 5; i++) {
		pid_t child = fork();
		if (child == 0) {
			for (int k = 0; k < 1000; k++)
				lose(1000);
			fprintf(stderr, "child %d\n", i);
			exit(i);
		}
		int status;
		waitpid(child, &status, 0);
		printf("%d\n", WEXITSTATUS(status));
	}
	lose(33);
	return 5;
}
