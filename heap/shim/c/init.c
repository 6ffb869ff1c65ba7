/* The first hook that is called finds out whether this process is recorded: is
 * there a launcher, and does it want it? A forked child comes here too. */
#include "state.h"
#include <sys/prctl.h>

#ifndef MADV_WIPEONFORK
#define MADV_WIPEONFORK 18
#endif

/* The environment as the kernel placed it: the C library may not have its own yet. */
static bool environment(const char *name, char *value, size_t room)
{
	char buf[1024];
	size_t name_len = text_len(name), at = 0, len = 0;
	bool matching = true, found = false;
	int fd = open_read("/proc/self/environ");
	if (fd < 0)
		return false;
	for (long n; !found && (n = read_some(fd, buf, sizeof buf)) > 0;) {
		for (long i = 0; i < n && !found; i++) {
			char c = buf[i];
			if (matching && at > name_len) {
				if (len + 1 >= room)
					c = 0;
				value[len++] = c;
				found = c == 0;
			} else if (matching) {
				matching = at < name_len ? c == name[at] : c == '=';
			}
			at++;
			if (c == 0)
				at = 0, matching = true, len = found ? len : 0;
		}
	}
	SYS(SYS_close, fd);
	return found;
}

static char launcher_name[108];

/* hello_say opens the socket and says hello; -1 when nobody listens. */
static COLD int hello_say(uint32_t parent)
{
	/* Not on the stack: it may be a small one. */
	static struct heap_hello hello;
	int fd = socket_open(launcher_name);
	if (fd < 0)
		return -1;
	hello.type = HEAP_HELLO;
	hello.version = HEAP_VERSION;
	hello.pid = sys_pid();
	hello.parent = parent;
#ifdef HEAP_LINK
	hello.collector = HEAP_LINKED;
#else
	hello.collector = HEAP_PRELOAD;
#endif
	long n = SYS(SYS_readlinkat, AT_FDCWD, "/proc/self/exe", hello.exe, sizeof hello.exe);
	hello.exe_len = sys_failed(n) ? 0 : (uint32_t)n;
	if (socket_send(fd, &hello, sizeof hello))
		return fd;
	SYS(SYS_close, fd);
	return -1;
}

/* ask says hello and opens the region, if the launcher wants this process. */
static COLD bool ask(uint32_t parent)
{
	struct heap_answer answer;
	int fd = -1;
	proc.socket = hello_say(parent);
	if (proc.socket < 0)
		return false;
	bool yes = socket_receive(proc.socket, &answer, &fd) && answer.type == HEAP_ACCEPT && fd >= 0 && region_open(fd);
	if (fd >= 0)
		SYS(SYS_close, fd);
	if (!yes) {
		SYS(SYS_close, proc.socket);
		return false;
	}
	proc.pid = proc.head->pid;
	proc.flags = proc.head->flags;
#ifdef PR_SET_PTRACER
	SYS(SYS_prctl, PR_SET_PTRACER, proc.head->launcher);
#endif
	return true;
}

/* launcher_here tells whether the launcher can be spoken to; when the program has
 * closed our socket, another one is opened. */
static bool launcher_here(void)
{
	struct heap_answer answer;
	int fd;
	if (socket_leads_to(proc.socket, launcher_name))
		return true;
	proc.socket = hello_say(proc.pid);
	return proc.socket >= 0 && socket_receive(proc.socket, &answer, &fd) && answer.type == HEAP_ACCEPT;
}

/* after_fork forgets what belongs to the parent. */
static COLD void after_fork(void)
{
	if (socket_leads_to(proc.socket, launcher_name)) /* else the program has closed it, and perhaps uses its number */
		SYS(SYS_close, proc.socket);
	SYS(SYS_munmap, proc.region, proc.head->size);
	for (uint32_t i = 0; i < sizeof slot_private / sizeof *slot_private && slot_private[i]; i++) {
		SYS(SYS_munmap, slot_private[i], sizeof *slot_private[i]);
		slot_private[i] = NULL;
	}
	proc.region = NULL;
	proc.head = NULL;
	modules_known = NULL;
	modules_count = 0;
	modules_list = NULL;
	modules_lock = 0;
	self = NULL;
}

/* begin decides once for this process. */
static COLD bool begin(void)
{
	uint32_t parent = 0;
	if (proc.region) {
		parent = proc.pid;
		uint32_t flags = proc.flags;
		after_fork();
		if (!(flags & HEAP_CHILDREN))
			return false;
	} else if (!environment(HEAP_ENV, launcher_name, sizeof launcher_name)) {
		return false;
	}
	if (!ask(parent))
		return false;
	proc.head->stack_end = stack_end();
	modules_refresh();
	RELEASE(&proc.head->ready, 1);
	return true;
}

static COLD bool gate_slow(void)
{
	if (!proc.gate) {
		struct gate *gate = pages(4096), *none = NULL;
		if (!gate)
			return false;
		if (sys_failed(SYS(SYS_madvise, gate, 4096, MADV_WIPEONFORK)))
			gate->phase = PHASE_OFF; /* before Linux 4.14 a child could not be told from its parent */
		__atomic_compare_exchange_n(&proc.gate, &none, gate, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
	}
	uint32_t phase = LOAD(&proc.gate->phase);
	if (phase == PHASE_FROZEN) {
		freeze_wait();
		phase = LOAD(&proc.gate->phase);
	}
	if (phase != PHASE_NEW)
		return phase == PHASE_ON;
	if (!__atomic_compare_exchange_n(&proc.gate->phase, &phase, PHASE_ASKING, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		return false;
	bool on = begin();
	RELEASE(&proc.gate->phase, on ? PHASE_ON : PHASE_OFF);
	return on;
}
