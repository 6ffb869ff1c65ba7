/* Standing still while the launcher reads. Threads that come to allocate or free
 * meanwhile wait. */
#include "state.h"
#include <linux/futex.h>

static bool launcher_here(void);

static void freeze_wait(void)
{
	while (proc.gate && LOAD(&proc.gate->phase) == PHASE_FROZEN && proc.gate->frozen_by != sys_tid())
		SYS(SYS_futex, &proc.gate->phase, FUTEX_WAIT_PRIVATE, PHASE_FROZEN, NULL);
}

/* still is what the process does after a freeze for this reason. */
static uint32_t phase_after(uint32_t reason) { return reason == HEAP_EXEC ? PHASE_ON : PHASE_OFF; }

/* freeze tells the launcher that the process ends, and returns when it has read
 * what it wants. registers is of the interrupted code, or NULL: then the caller's
 * own stack pointer is told. */
static COLD void freeze(uint32_t reason, int32_t status, const struct heap_frozen *registers)
{
	uint32_t on = PHASE_ON;
	if (!proc.gate)
		return;
	freeze_wait();
	if (!__atomic_compare_exchange_n(&proc.gate->phase, &on, PHASE_FROZEN, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		return freeze_wait();
	STORE(&proc.gate->frozen_by, sys_tid());
	struct heap_frozen m;
	if (registers) {
		m = *registers;
	} else {
		bytes_zero(&m, sizeof m);
		m.sp = (uint64_t)__builtin_frame_address(0);
	}
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
