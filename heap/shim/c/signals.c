/* Signals that end the process: a handler of ours stands where the default action
 * would, freezes, and then lets the default action happen. The program is shown
 * what it set itself. */
#include "next.h"
#include <ucontext.h>

enum { SIGNALS = 65 };

static const uint8_t signals_fatal[] = {
	SIGHUP, SIGINT, SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGUSR1, SIGSEGV, SIGUSR2, SIGPIPE,
	SIGALRM, SIGTERM, SIGSTKFLT, SIGXCPU, SIGXFSZ, SIGVTALRM, SIGPROF, SIGIO, SIGPWR, SIGSYS,
};

static struct {
	bool ours; /* our handler is installed */
	struct sigaction shown; /* what the program believes, while it is */
} signals[SIGNALS];

static bool signal_fatal(int sig)
{
	for (size_t i = 0; i < sizeof signals_fatal; i++)
		if (signals_fatal[i] == sig)
			return true;
	return false;
}

static void signal_registers(struct heap_frozen *m, const ucontext_t *uc)
{
#if defined(__x86_64__)
	static const uint8_t order[] = {REG_RAX, REG_RDX, REG_RCX, REG_RBX, REG_RSI, REG_RDI, REG_RBP, REG_RSP,
		REG_R8, REG_R9, REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15};
	for (size_t i = 0; i < sizeof order; i++)
		m->regs[i] = (uint64_t)uc->uc_mcontext.gregs[order[i]];
	m->sp = (uint64_t)uc->uc_mcontext.gregs[REG_RSP];
	m->pc = (uint64_t)uc->uc_mcontext.gregs[REG_RIP];
#else
	for (size_t i = 0; i < 31; i++)
		m->regs[i] = uc->uc_mcontext.regs[i];
	m->regs[31] = m->sp = uc->uc_mcontext.sp;
	m->pc = uc->uc_mcontext.pc;
#endif
}

/* signal_machine is the state that a walk starts from; it takes one off the pc. */
static struct machine signal_machine(const struct heap_frozen *m, const ucontext_t *uc)
{
#if defined(__x86_64__)
	(void)uc;
	return (struct machine){.sp = m->sp, .pc = m->pc + 1, .fp = m->regs[6]};
#else
	return (struct machine){.sp = m->sp, .pc = m->pc + 1, .fp = m->regs[29], .link_at = (const uint64_t *)&uc->uc_mcontext.regs[30]};
#endif
}

/* signal_die lets the default action happen when the handler has returned: a
 * fault happens again, another signal is sent again. */
static void signal_die(int sig, const siginfo_t *info)
{
	struct sigaction dfl = {.sa_handler = SIG_DFL};
	NEXT(sigaction)(sig, &dfl, NULL);
	bool fault = info->si_code > 0 && (sig == SIGSEGV || sig == SIGBUS || sig == SIGILL || sig == SIGFPE);
	if (!fault)
		SYS(SYS_tgkill, sys_pid(), sys_tid(), sig);
}

static void signal_handle(int sig, siginfo_t *info, void *context)
{
	int err = errno;
	if (gate_open() && proc.pid == sys_pid()) {
		struct heap_frozen m;
		bytes_zero(&m, sizeof m);
		signal_registers(&m, context);
		if (sig == SIGABRT && info->si_code <= 0) { /* called for: then the stack is sound */
			struct machine at = signal_machine(&m, context);
			m.node = stack_of(&at);
		}
		freeze(HEAP_SIGNAL, sig, &m);
	}
	signal_die(sig, info);
	errno = err;
}

static bool signal_install(int sig)
{
	struct sigaction act = {.sa_sigaction = signal_handle, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART};
	for (size_t i = 0; i < sizeof act.sa_mask; i++)
		((unsigned char *)&act.sa_mask)[i] = 0xff;
	return NEXT(sigaction)(sig, &act, NULL) == 0;
}

/* signals_begin stands in for the default action of each signal that has it. */
static void signals_begin(void)
{
	for (size_t i = 0; i < sizeof signals_fatal; i++) {
		int sig = signals_fatal[i];
		struct sigaction was;
		if (NEXT(sigaction)(sig, NULL, &was) == 0 && was.sa_handler == SIG_DFL && signal_install(sig)) {
			signals[sig].ours = true;
			signals[sig].shown = was;
		}
	}
}

static bool signals_watched(int sig) { return sig > 0 && sig < SIGNALS && (signals[sig].ours || (signal_fatal(sig) && gate_open())); }

EXPORT int HOOK(sigaction)(int sig, const struct sigaction *restrict act, struct sigaction *restrict old)
{
	if (!signals_watched(sig))
		return NEXT(sigaction)(sig, act, old);
	bool was_ours = signals[sig].ours;
	struct sigaction shown = signals[sig].shown;
	if (act && act->sa_handler == SIG_DFL) {
		struct sigaction before;
		if (!was_ours && NEXT(sigaction)(sig, NULL, &before) == 0)
			shown = before;
		signals[sig].shown = *act;
		signals[sig].ours = true;
		if (!was_ours && !signal_install(sig)) {
			signals[sig].ours = false;
			return NEXT(sigaction)(sig, act, old);
		}
		was_ours = true;
	} else if (act) {
		int err = NEXT(sigaction)(sig, act, was_ours ? NULL : old);
		if (err)
			return err;
		signals[sig].ours = false;
	} else if (!was_ours) {
		return NEXT(sigaction)(sig, NULL, old);
	}
	if (was_ours && old)
		*old = shown;
	return 0;
}

/* handler_set is signal and its kin; set is the function behind ours. */
static sighandler_t handler_set(sighandler_t (*set)(int, sighandler_t), int sig, sighandler_t handler)
{
	if (!signals_watched(sig) || handler == SIG_ERR)
		return set(sig, handler);
	bool was_ours = signals[sig].ours;
	if (handler == SIG_DFL && was_ours)
		return SIG_DFL;
	sighandler_t was = set(sig, handler);
	if (was == SIG_ERR)
		return was;
	if (handler == SIG_DFL && signal_install(sig)) {
		bytes_zero(&signals[sig].shown, sizeof signals[sig].shown);
		signals[sig].ours = true;
	} else {
		signals[sig].ours = false;
	}
	return was_ours ? SIG_DFL : was;
}

EXPORT sighandler_t HOOK(signal)(int sig, sighandler_t handler)
{
	return handler_set(NEXT(signal), sig, handler);
}

#ifndef HEAP_LINK

EXPORT sighandler_t bsd_signal(int sig, sighandler_t handler)
{
	return handler_set(NEXT(signal), sig, handler);
}

EXPORT sighandler_t sysv_signal(int sig, sighandler_t handler)
{
	return handler_set(NEXT(sysv_signal), sig, handler);
}

EXPORT sighandler_t __sysv_signal(int sig, sighandler_t handler)
{
	return handler_set(NEXT(sysv_signal), sig, handler);
}

EXPORT sighandler_t sigset(int sig, sighandler_t handler)
{
	return handler_set(NEXT(sigset), sig, handler);
}

#endif
