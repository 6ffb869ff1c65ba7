/* Ways in which a program lives and ends: ends MODE. Each prints what it sees. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

static void *volatile keep[8];
static volatile int turns;

static int deeper(volatile int n)
{
	volatile char room[512];
	room[n & 511] = (char)n;
	if ((n & 255) == 0)
		free(malloc(40));
	return deeper(n + 1) + room[(n + 1) & 511];
}

static void on_alarm(int sig)
{
	(void)sig;
	keep[1] = malloc(33);
	free(keep[1]);
	turns++;
}

static void on_segv(int sig)
{
	static const char text[] = "handler\n";
	keep[2] = malloc(77);
	if (write(1, text, sizeof text - 1) < 0)
		_exit(9);
	signal(sig, SIG_DFL);
}

static void *allocates(void *arg)
{
	for (long i = 0; i < 1000; i++)
		free(malloc((size_t)arg + (size_t)i));
	return malloc(11);
}

static void *never_ends(void *arg)
{
	for (;;) {
		free(malloc(64));
		turns++;
	}
	return arg;
}

static ucontext_t main_context, other_context;

static void coroutine(void)
{
	for (int i = 0; i < 1000; i++) {
		free(malloc(48));
		swapcontext(&other_context, &main_context);
	}
}

static void at_exit(void)
{
	keep[3] = malloc(99);
	puts("at exit");
	fflush(stdout);
}

static void wait_for(pid_t pid)
{
	int status;
	waitpid(pid, &status, 0);
	printf("child %d %d\n", WIFEXITED(status) ? WEXITSTATUS(status) : -1, WIFSIGNALED(status) ? WTERMSIG(status) : -1);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	const char *mode = argc > 1 ? argv[1] : "";
	struct sigaction act;
	keep[0] = malloc(123);
	sigaction(SIGSEGV, NULL, &act);
	printf("%s: segv is %s, env %s %s\n", mode, act.sa_handler == SIG_DFL ? "default" : "set", getenv("LD_PRELOAD") ? "preloaded" : "plain",
		getenv("SOFTSHELL_HEAP") ? "told" : "untold");
	fflush(stdout);
	atexit(at_exit);
	if (!strcmp(mode, "return"))
		return 7;
	if (!strcmp(mode, "exit"))
		exit(8);
	if (!strcmp(mode, "_exit"))
		_exit(9);
	if (!strcmp(mode, "quick"))
		quick_exit(10);
	if (!strcmp(mode, "abort"))
		abort();
	if (!strcmp(mode, "segv"))
		*(volatile int *)8 = 1;
	if (!strcmp(mode, "handled")) {
		signal(SIGSEGV, on_segv);
		*(volatile int *)8 = 1;
	}
	if (!strcmp(mode, "term")) {
		kill(getpid(), SIGTERM);
		for (;;)
			pause();
	}
	if (!strcmp(mode, "kill"))
		kill(getpid(), SIGKILL);
	if (!strcmp(mode, "signals")) {
		printf("%d ", signal(SIGTERM, SIG_IGN) == SIG_DFL);
		printf("%d ", signal(SIGTERM, SIG_DFL) == SIG_IGN);
		printf("%d ", signal(SIGTERM, on_alarm) == SIG_DFL);
		memset(&act, 0, sizeof act);
		act.sa_handler = SIG_DFL;
		act.sa_flags = SA_RESTART;
		struct sigaction old;
		sigaction(SIGTERM, &act, &old);
		printf("%d ", old.sa_handler == on_alarm);
		sigaction(SIGTERM, NULL, &old);
		printf("%d %d ", old.sa_handler == SIG_DFL, old.sa_flags & SA_RESTART ? 1 : 0);
		printf("%d\n", sigaction(SIGKILL, &act, NULL) == -1 && errno == EINVAL);
		return 0;
	}
	if (!strcmp(mode, "overflow") || !strcmp(mode, "overflow-alt")) {
		if (mode[8]) {
			stack_t alt = {.ss_sp = malloc(65536), .ss_size = 65536};
			sigaltstack(&alt, NULL);
			memset(&act, 0, sizeof act);
			act.sa_handler = on_segv;
			act.sa_flags = SA_ONSTACK;
			sigaction(SIGSEGV, &act, NULL);
		}
		return deeper(1);
	}
	if (!strcmp(mode, "alarm")) {
		struct sigaction a = {.sa_handler = on_alarm};
		sigaction(SIGALRM, &a, NULL);
		for (int i = 0; i < 200; i++) {
			ualarm(500, 0);
			for (int was = turns; was == turns;)
				;
		}
		return 0;
	}
	if (!strcmp(mode, "threads")) {
		for (int round = 0; round < 20; round++) {
			pthread_t t[8];
			for (long i = 0; i < 8; i++)
				pthread_create(&t[i], NULL, allocates, (void *)(i + 1));
			for (int i = 0; i < 8; i++) {
				void *p;
				pthread_join(t[i], &p);
				free(p);
			}
		}
		return 0;
	}
	if (!strcmp(mode, "small-stack")) {
		pthread_t t;
		pthread_attr_t attr;
		void *p = NULL;
		pthread_attr_init(&attr);
		printf("%d ", pthread_attr_setstacksize(&attr, 16384));
		printf("%d\n", pthread_create(&t, &attr, allocates, (void *)1));
		pthread_join(t, &p);
		free(p);
		return 0;
	}
	if (!strcmp(mode, "alive")) {
		pthread_t t;
		for (int i = 0; i < 2; i++)
			pthread_create(&t, NULL, never_ends, NULL);
		while (turns < 1000)
			sched_yield();
		exit(3);
	}
	if (!strcmp(mode, "coroutine")) {
		getcontext(&other_context);
		other_context.uc_stack.ss_sp = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		other_context.uc_stack.ss_size = 65536;
		other_context.uc_link = &main_context;
		makecontext(&other_context, coroutine, 0);
		for (int i = 0; i < 1000; i++) {
			swapcontext(&main_context, &other_context);
			free(malloc(56));
		}
		return 0;
	}
	if (!strcmp(mode, "fork")) {
		pid_t pid = fork();
		if (pid == 0) {
			for (int i = 0; i < 1000; i++)
				free(malloc(500));
			free(keep[0]);
			exit(4);
		}
		wait_for(pid);
		return 0;
	}
	if (!strcmp(mode, "fork-killed")) {
		pid_t pid = fork();
		if (pid == 0)
			abort();
		wait_for(pid);
		return 0;
	}
	if (!strcmp(mode, "vfork")) {
		pid_t pid = vfork();
		if (pid == 0) {
			execl("/bin/sh", "sh", "-c", "exit 5", NULL);
			_exit(6);
		}
		wait_for(pid);
		return 0;
	}
	if (!strcmp(mode, "system")) {
		printf("%d\n", system("exit 3"));
		fflush(stdout);
		FILE *f = popen("echo hello", "r");
		char line[20] = "";
		if (f && fgets(line, sizeof line, f))
			printf("%s", line);
		pclose(f);
		return 0;
	}
	if (!strcmp(mode, "exec")) {
		execl("/nonexistent", "x", NULL);
		printf("failed\n");
		fflush(stdout);
		free(malloc(5));
		execlp("sh", "sh", "-c", "echo execed $0 $1; exit 11", "a", "b", NULL);
		return 1;
	}
	if (!strcmp(mode, "execle")) {
		char *env[] = {"A=b", NULL};
		execle("/bin/sh", "sh", "-c", "echo $A $LD_PRELOAD; exit 12", NULL, env);
		return 1;
	}
	if (!strcmp(mode, "dlopen")) {
		for (int i = 0; i < 50; i++) {
			void *m = dlopen(argv[2 + i % 2], RTLD_NOW);
			void *(*make)(size_t) = m ? (void *(*)(size_t))dlsym(m, "make") : NULL;
			if (!make)
				return 1;
			free(make(1000));
			dlclose(m);
		}
		return 0;
	}
	if (!strcmp(mode, "closefrom")) {
		for (int i = 3; i < 1024; i++)
			close(i);
		printf("%d\n", dup(1));
		return 6;
	}
	if (!strcmp(mode, "limits")) {
		struct rlimit limit = {256 << 20, 256 << 20};
		setrlimit(RLIMIT_AS, &limit);
		free(malloc(1 << 20));
		printf("%d\n", malloc(1 << 30) == NULL);
		return 0;
	}
	return 1;
}
