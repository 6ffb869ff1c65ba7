/* Standing still while the launcher reads. Threads that come to allocate or free
 * meanwhile wait. */
#include "state.h"
#include <linux/futex.h>
#include <signal.h>

static bool launcher_here(void);

static void freeze_wait(void)
{
	while (proc.gate && LOAD(&proc.gate->phase) == PHASE_FROZEN && proc.gate->frozen_by != sys_tid())
		SYS(SYS_futex, &proc.gate->phase, FUTEX_WAIT_PRIVATE, PHASE_FROZEN, NULL);
}

/* still is what the process does after a freeze for this reason. */
static uint32_t phase_after(uint32_t reason) { return reason == HEAP_EXEC ? PHASE_ON : PHASE_OFF; }

/* freeze_begin takes the turn. No signal may come between the two words: its handler
 * would wait for the thread that it interrupted. */
static bool freeze_begin(void)
{
	uint64_t all = ~0ull, before;
	uint32_t on = PHASE_ON;
	SYS(SYS_rt_sigprocmask, SIG_BLOCK, &all, &before, sizeof all);
	bool ours = __atomic_compare_exchange_n(&proc.gate->phase, &on, PHASE_FROZEN, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
	if (ours)
		STORE(&proc.gate->frozen_by, sys_tid());
	SYS(SYS_rt_sigprocmask, SIG_SETMASK, &before, NULL, sizeof before);
	return ours;
}

/* stack_of is the node of the stack that goes on at m; 0: it cannot be taken now. */
static COLD uint32_t stack_of(const struct machine *m)
{
	struct thread *t = self;
	if (!t || t->busy)
		return 0;
	t->busy = 1;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	uint32_t node = walk(t, m);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	t->busy = 0;
	return node;
}

/* freeze tells the launcher that the process ends, and returns when it has read
 * what it wants. registers is of the code that ends it. */
static COLD void freeze(uint32_t reason, int32_t status, const struct heap_frozen *registers)
{
	if (!proc.gate)
		return;
	freeze_wait();
	if (!freeze_begin())
		return freeze_wait();
	struct heap_frozen m = *registers;
	m.type = HEAP_FROZEN;
	m.reason = reason;
	m.pid = proc.pid;
	m.tid = sys_tid();
	m.status = status;
	m.reg_count = HEAP_REGS;
	struct heap_answer answer = {0};
	int fd;
	if (launcher_here() && socket_send(proc.socket, &m, sizeof m))
		while (socket_receive(proc.socket, &answer, &fd) && answer.type != HEAP_RESUME)
			;
	RELEASE(&proc.gate->phase, phase_after(reason));
	SYS(SYS_futex, &proc.gate->phase, FUTEX_WAKE_PRIVATE, INT32_MAX, NULL);
}
