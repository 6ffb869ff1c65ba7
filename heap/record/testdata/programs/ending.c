/* Ends in the way that its argument says; before, 5 blocks of 10 bytes are lost. */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static char *volatile here;

static void *ender(void *how)
{
	exit(*(int *)how);
}

static void clear(void)
{
	char room[4096];
	memset(room, 0, sizeof room);
	__asm__ volatile("" : : "r"(room) : "memory");
}

__attribute__((noinline)) static void lose(void)
{
	for (int i = 0; i < 5; i++) {
		here = malloc(10);
		here[0] = 'x';
		here = NULL;
	}
}

int main(int argc, char **argv)
{
	const char *how = argv[argc - 1];
	lose();
	clear();
	write(1, "out\n", 4);
	write(2, "err\n", 4);
	if (!strcmp(how, "return"))
		return 9;
	if (!strcmp(how, "exit"))
		exit(10);
	if (!strcmp(how, "_exit"))
		_exit(11);
	if (!strcmp(how, "quick"))
		quick_exit(12);
	if (!strcmp(how, "raw"))
		syscall(SYS_exit_group, 13);
	if (!strcmp(how, "abort"))
		abort();
	if (!strcmp(how, "fault"))
		*(volatile int *)8 = 1;
	if (!strcmp(how, "divide"))
		raise(SIGFPE);
	if (!strcmp(how, "term"))
		raise(SIGTERM);
	if (!strcmp(how, "interrupt"))
		kill(getpid(), SIGINT);
	if (!strcmp(how, "kill"))
		raise(SIGKILL);
	if (!strcmp(how, "exec"))
		execl("/bin/echo", "echo", "replaced", NULL);
	if (!strcmp(how, "exec-fails")) {
		execl("/no/such/program", "x", NULL);
		return 14;
	}
	if (!strcmp(how, "close")) {
		for (int i = 3; i < 1100; i++)
			close(i);
		close_range(3, ~0u, 0);
		return 15;
	}
	if (!strcmp(how, "thread")) {
		pthread_t t;
		static int code = 16;
		pthread_create(&t, NULL, ender, &code);
		pthread_exit(NULL);
	}
	return 1;
}
