// SPDX-License-Identifier: GPL-2.0-only
/*
 * witness: writes down, as text, what the kernel and the module say of the same
 * connections.
 *
 *   witness NETNS...
 *
 * Reads commands from stdin and answers each with a line, "ok" or another that says what
 * is wrong:
 *
 *   wave FILE     from now on write into FILE; the one before is complete
 *   settle MS     wait until no socket but listeners, TIME_WAIT and dead FIN_WAIT_2
 *                 is left: "ok", or after MS "ok N", how many there are
 *   dump          both tables
 *   forget        kill every socket that is no listener, flush the module's table
 *
 * Lines of FILE; TIME is ns of CLOCK_BOOTTIME, SINCE and UNTIL of the coarse clock that
 * goes with jiffies, an end is ADDRESS,PORT:
 *
 *   s TIME SOCKET LOCAL REMOTE OLD NEW    sock:inet_sock_set_state, kernel's numbers
 *   r TIME SOCKET                         tcp:tcp_receive_reset
 *   x TIME SOCKET STATE LOCAL REMOTE      tcp:tcp_send_reset
 *   e TIME LOCAL REMOTE ERRNO             sock:inet_sk_error_report
 *   m NETNS NUMBER TIME ID KIND INITIATOR RESPONDER STATE STATE FLAGS VERDICT
 *     SEGMENT TRANSITIONS                      an event of the module; SEGMENT is
 *                                         FROM:FLAGS:SEQ:ACK:WINDOW:LEN, or a timer;
 *                                         TRANSITIONS are END:CAUSE:OLD:NEW;...
 *   d SINCE UNTIL TIME NETNS STATE LOCAL REMOTE TIMER LEFT   inet_diag's, left in ms;
 *                                         a dump's line was made between the times
 *   l SINCE UNTIL NETNS ID INITIATOR RESPONDER STATE STATE FLAGS VERDICT TIMER LEFT
 *   lost WHAT                             something was not seen
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "end.h"
#include "flow.h"
#include "genl.h"
#include "trace.h"

#define NETNSES 4
#define EVENTS_BYTES (64 << 20)

struct view {
	const char *name;
	/** @events: has joined the module's group */
	struct mnl_socket *events;
	/** @asks: the module's dumps and flushes */
	struct mnl_socket *asks;
	/** @diag: inet_diag's dumps */
	struct mnl_socket *diag;
	/** @kills: kills sockets; its answers are not read */
	struct mnl_socket *kills;
};

static struct view views[NETNSES];
static int n_views;
static FILE *out;
static struct genl_family family;
static struct nlmsghdr buffer[(1 << 20) / NLMSG_HDRLEN];

/* As coarse as jiffies, and as late where ticks are: both tables count in them. */
static __u64 tick_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

static __u64 now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

static void read_events(const struct view *view)
{
	int fd = mnl_socket_get_fd(view->events);
	ssize_t got;

	while ((got = recv(fd, buffer, sizeof(buffer), MSG_DONTWAIT)) != -1) {
		const struct nlmsghdr *nlh = buffer;
		int len = got;

		for (; mnl_nlmsg_ok(nlh, len); nlh = mnl_nlmsg_next(nlh, &len))
			flow_event(out, view->name, nlh);
	}
	if (errno != EAGAIN)
		fprintf(out, "lost events of %s: %s\n", view->name, strerror(errno));
}

static struct mnl_socket *open_diag(void)
{
	struct mnl_socket *nl = mnl_socket_open2(NETLINK_SOCK_DIAG, SOCK_CLOEXEC);

	if (!nl || mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0)
		genl_die("socket of inet_diag");
	return nl;
}

static void open_view(const char *name)
{
	struct view *view = &views[n_views++];

	view->name = name;
	genl_enter(name);
	view->events = genl_open(EVENTS_BYTES);
	view->asks = genl_open(0);
	view->diag = open_diag();
	view->kills = open_diag();
	family = genl_find(view->asks);
	if (mnl_socket_setsockopt(view->events, NETLINK_ADD_MEMBERSHIP, &family.events,
				  sizeof(family.events)))
		genl_die("join");
}

/* Everything that waits to be read. */
static void collect(void)
{
	trace_read(out);
	for (int i = 0; i < n_views; i++)
		read_events(&views[i]);
}

typedef bool show_t(const struct view *view, const struct nlmsghdr *nlh, __u64 since);

/*
 * What a request for a dump is answered with: show is called for each message, with
 * when the one before it was asked for, which is when this one was begun. Returns how
 * often it returned true.
 */
static int dump(struct mnl_socket *nl, const struct nlmsghdr *nlh, show_t *show,
		const struct view *view)
{
	__u64 since = tick_ns(), asked;
	int count = 0, len;

	if (mnl_socket_sendto(nl, nlh, nlh->nlmsg_len) < 0)
		genl_die("request");
	for (;;) {
		asked = tick_ns();
		len = mnl_socket_recvfrom(nl, buffer, sizeof(buffer));
		if (len < 0)
			genl_die("answer");
		for (nlh = buffer; mnl_nlmsg_ok(nlh, len); nlh = mnl_nlmsg_next(nlh, &len)) {
			if (nlh->nlmsg_type == NLMSG_DONE)
				return count;
			if (nlh->nlmsg_type == NLMSG_ERROR)
				genl_die("refused");
			count += show(view, nlh, since);
		}
		/* The next message is made while this one is fetched. */
		since = asked;
	}
}

static bool list_flow(const struct view *view, const struct nlmsghdr *nlh, __u64 since)
{
	flow_listed(out, view->name, nlh, since, tick_ns());
	return true;
}

static bool list_socket(const struct view *view, const struct nlmsghdr *nlh, __u64 since)
{
	const struct inet_diag_msg *msg = mnl_nlmsg_get_payload(nlh);
	char local[END_LEN], remote[END_LEN];

	end_show(local, msg->id.idiag_src, msg->idiag_family,
		 ntohs(msg->id.idiag_sport));
	end_show(remote, msg->id.idiag_dst, msg->idiag_family,
		 ntohs(msg->id.idiag_dport));
	fprintf(out, "d %llu %llu %llu %s %u %s %s %u %u\n", since, tick_ns(), now_ns(),
		view->name, msg->idiag_state, local, remote, msg->idiag_timer, msg->idiag_expires);
	return true;
}

/* Timer 3 is that of a minisocket. */
static bool is_full(const struct view *view, const struct nlmsghdr *nlh, __u64 since)
{
	const struct inet_diag_msg *msg = mnl_nlmsg_get_payload(nlh);

	(void)view;
	(void)since;
	return msg->idiag_timer != 3;
}

static bool kill_socket(const struct view *view, const struct nlmsghdr *nlh, __u64 since)
{
	const struct inet_diag_msg *msg = mnl_nlmsg_get_payload(nlh);
	struct {
		struct nlmsghdr nlh;
		struct inet_diag_req_v2 req;
	} request = {
		.nlh.nlmsg_len = sizeof(request),
		.nlh.nlmsg_type = SOCK_DESTROY,
		.nlh.nlmsg_flags = NLM_F_REQUEST,
		.req.sdiag_family = msg->idiag_family,
		.req.sdiag_protocol = IPPROTO_TCP,
		.req.id = msg->id,
	};

	(void)since;
	return send(mnl_socket_get_fd(view->kills), &request, sizeof(request),
		    MSG_DONTWAIT) > 0;
}

/* All its TCP sockets but listeners. */
static int each_socket(const struct view *view, show_t *show)
{
	struct {
		struct nlmsghdr nlh;
		struct inet_diag_req_v2 req;
	} request = {
		.nlh.nlmsg_len = sizeof(request),
		.nlh.nlmsg_type = SOCK_DIAG_BY_FAMILY,
		.nlh.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
		.req.sdiag_protocol = IPPROTO_TCP,
		.req.idiag_states = 0x1ffe & ~(1 << TCP_LISTEN),
	};
	int count = 0;

	request.req.sdiag_family = AF_INET;
	count += dump(view->diag, &request.nlh, show, view);
	request.req.sdiag_family = AF_INET6;
	return count + dump(view->diag, &request.nlh, show, view);
}

static int count_full(void)
{
	int count = 0;

	for (int i = 0; i < n_views; i++)
		count += each_socket(&views[i], is_full);
	return count;
}

static void settle(long ms)
{
	struct pollfd nothing = { .fd = -1 };
	__u64 end = now_ns() + ms * 1000000;
	int left;

	while ((left = count_full()) && now_ns() < end) {
		collect();
		poll(&nothing, 1, 20);
	}
	collect();
	if (left)
		printf("ok %d\n", left);
	else
		puts("ok");
}

static void dump_all(void)
{
	struct nlmsghdr request[8];

	for (int i = 0; i < n_views; i++) {
		each_socket(&views[i], list_socket);
		dump(views[i].asks,
		     genl_put(request, family.id, NLM_F_DUMP, TCPSTATE_CMD_FLOW_LIST),
		     list_flow, &views[i]);
	}
	/* What happened meanwhile belongs to it. */
	collect();
	fflush(out);
	puts("ok");
}

static void forget(void)
{
	struct nlmsghdr request[8];

	for (int i = 0; i < n_views; i++) {
		const struct nlmsghdr *nlh = genl_put(request, family.id, 0,
						      TCPSTATE_CMD_FLUSH);

		each_socket(&views[i], kill_socket);
		if (mnl_socket_sendto(views[i].asks, nlh, nlh->nlmsg_len) < 0 ||
		    mnl_socket_recvfrom(views[i].asks, buffer, sizeof(buffer)) < 0)
			genl_die("flush");
	}
	collect();
	puts("ok");
}

static void run(char *line)
{
	line[strcspn(line, "\n")] = '\0';
	if (!strncmp(line, "wave ", 5)) {
		collect();
		out = freopen(line + 5, "w", out);
		if (!out)
			genl_die(line + 5);
		puts("ok");
	} else if (!strncmp(line, "settle ", 7)) {
		settle(atol(line + 7));
	} else if (!strcmp(line, "dump")) {
		dump_all();
	} else if (!strcmp(line, "forget")) {
		forget();
	} else {
		printf("unknown: %s\n", line);
	}
}

int main(int argc, char **argv)
{
	struct pollfd pfd = { .fd = 0, .events = POLLIN };
	char line[512];

	/* Polled by itself: stdin keeps nothing back. */
	setvbuf(stdin, NULL, _IONBF, 0);
	setvbuf(stdout, NULL, _IOLBF, 0);
	out = fopen("/dev/null", "w");
	trace_open();
	for (int i = 1; i < argc && n_views < NETNSES; i++)
		open_view(argv[i]);
	puts("ok");
	for (;;) {
		if (!poll(&pfd, 1, 50)) {
			collect();
			continue;
		}
		if (!fgets(line, sizeof(line), stdin))
			return 0;
		run(line);
	}
}
