/* Talking to the launcher: one message, one struct. */
#include "state.h"
#include <sys/socket.h>
#include <sys/un.h>

static int socket_open(const char *name)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	size_t n = text_len(name);
	if (n == 0 || n > sizeof to.sun_path - 1)
		return -1;
	bytes_copy(to.sun_path + 1, name, n);
	long fd = SYS(SYS_socket, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (sys_failed(fd))
		return -1;
	if (sys_failed(SYS(SYS_connect, fd, &to, offsetof(struct sockaddr_un, sun_path) + 1 + n))) {
		SYS(SYS_close, fd);
		return -1;
	}
	/* The program may close or count the low numbers. */
	long high = SYS(SYS_fcntl, fd, F_DUPFD_CLOEXEC, 700);
	if (!sys_failed(high)) {
		SYS(SYS_close, fd);
		fd = high;
	}
	return (int)fd;
}

/* socket_leads_to tells whether fd still is our socket: the program may have closed
 * it, as a number that it did not know, and opened another file there. */
static COLD bool socket_leads_to(int fd, const char *name)
{
	struct sockaddr_un peer;
	uint32_t n = sizeof peer;
	size_t len = text_len(name), head = offsetof(struct sockaddr_un, sun_path) + 1;
	return !sys_failed(SYS(SYS_getpeername, fd, &peer, &n)) && peer.sun_family == AF_UNIX && n == head + len
		&& bytes_equal(peer.sun_path + 1, name, len);
}

static bool socket_send(int fd, const void *message, size_t n)
{
	long sent;
	do
		sent = SYS(SYS_sendto, fd, message, n, MSG_NOSIGNAL, 0, 0);
	while (sent == -EINTR);
	return sent == (long)n;
}

/* socket_receive waits for an answer; *fd is the descriptor that came with it, or
 * -1. */
static bool socket_receive(int from, struct heap_answer *answer, int *fd)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control = {0};
	struct iovec part = {answer, sizeof *answer};
	struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
	long got;
	*fd = -1;
	do
		got = SYS(SYS_recvmsg, from, &m, MSG_CMSG_CLOEXEC);
	while (got == -EINTR);
	if (got != sizeof *answer)
		return false;
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS && c->cmsg_len >= CMSG_LEN(sizeof(int)))
		bytes_copy(fd, CMSG_DATA(c), sizeof *fd);
	return true;
}
