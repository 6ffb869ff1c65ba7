/* Allocates in signal handlers, on the usual and on another stack, and takes its
 * own handlers for signals that end a program.
 * lost: 2 blocks, 240 bytes */
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *volatile lost;
static sigjmp_buf back;

static void on_user(int sig)
{
	free(malloc(64));
	lost = malloc(120);
	memset(lost, 1, 120);
	lost = NULL;
	(void)sig;
}

static void on_fault(int sig)
{
	(void)sig;
	siglongjmp(back, 1);
}

int main(void)
{
	static char room[1 << 16];
	stack_t stack = {.ss_sp = room, .ss_size = sizeof room};
	struct sigaction a = {.sa_handler = on_user}, old;
	sigaction(SIGUSR1, &a, NULL);
	raise(SIGUSR1);
	sigaltstack(&stack, NULL);
	a.sa_flags = SA_ONSTACK;
	sigaction(SIGUSR1, &a, NULL);
	raise(SIGUSR1);
	memset(room, 0, sizeof room); /* it may hold the address still */

	sigaction(SIGSEGV, NULL, &old);
	printf("%d", old.sa_handler == SIG_DFL);
	signal(SIGSEGV, on_fault);
	if (!sigsetjmp(back, 1))
		*(volatile int *)8 = 1;
	sigaction(SIGSEGV, NULL, &old);
	printf("%d", old.sa_handler == on_fault);
	printf("%d\n", signal(SIGSEGV, SIG_DFL) == on_fault);
	return 0;
}
