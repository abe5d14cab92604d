// SPDX-License-Identifier: GPL-2.0-only
/* Real connections between two network namespaces, by sockets of the kernel's own. */
#include "bench.h"

#include <linux/file.h>
#include <linux/in.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/net.h>
#include <linux/slab.h>
#include <linux/uio.h>
#include <net/net_namespace.h>
#include <net/sock.h>

#define PORT		5000
/* The server has all addresses of 10.2.0.0/16, so that ports need not wait. */
#define SERVER		0x0a020000
#define ADDRESSES	65536
#define REQUEST_BYTES	64
#define ANSWER_BYTES	1024
#define BULK_BYTES	65536

/* struct server - who answers */
struct server {
	struct net *net;
	struct socket *listener;
	struct task_struct *task;
	bool bulk;
	/* Bytes it was sent, in bulk */
	u64 received;
};

static int transfer(struct socket *sock, void *bytes, size_t len, bool out)
{
	struct msghdr msg = { .msg_flags = out ? MSG_NOSIGNAL : MSG_WAITALL };
	struct kvec vec = { .iov_base = bytes, .iov_len = len };

	return out ? kernel_sendmsg(sock, &msg, &vec, 1, len) :
		     kernel_recvmsg(sock, &msg, &vec, 1, len, msg.msg_flags);
}

static int open(struct net *net, struct socket **sock)
{
	return sock_create_kern(net, PF_INET, SOCK_STREAM, IPPROTO_TCP, sock);
}

static void answer_one(struct server *server, struct socket *sock, void *buffer)
{
	int got;

	if (server->bulk) {
		while ((got = transfer(sock, buffer, BULK_BYTES, false)) > 0)
			server->received += got;
		return;
	}
	if (transfer(sock, buffer, REQUEST_BYTES, false) == REQUEST_BYTES)
		transfer(sock, buffer, ANSWER_BYTES, true);
	/* The client closes first. */
	transfer(sock, buffer, 1, false);
}

static int serve(void *data)
{
	struct server *server = data;
	void *buffer = kvzalloc(BULK_BYTES, GFP_KERNEL);
	struct socket *sock;

	/* Ends when the listener is shut down. */
	while (buffer && !kernel_accept(server->listener, &sock, 0)) {
		answer_one(server, sock, buffer);
		sock_release(sock);
	}
	kvfree(buffer);
	while (!kthread_should_stop())
		schedule_timeout_interruptible(1);
	return 0;
}

static int begin(struct server *server)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_port = htons(PORT),
	};
	int err;

	err = open(server->net, &server->listener);
	if (err)
		return err;
	err = kernel_bind(server->listener, (void *)&addr, sizeof(addr));
	err = err ?: kernel_listen(server->listener, 128);
	if (err)
		goto err;
	server->task = kthread_create(serve, server, "tcpstate_bench/s");
	err = PTR_ERR_OR_ZERO(server->task);
	if (err)
		goto err;
	/* The client is on the other one. */
	kthread_bind(server->task, num_online_cpus() - 1);
	wake_up_process(server->task);
	return 0;
err:
	sock_release(server->listener);
	return err;
}

static void end(struct server *server)
{
	kernel_sock_shutdown(server->listener, SHUT_RDWR);
	kthread_stop(server->task);
	sock_release(server->listener);
}

static int call(struct net *net, u32 number, struct socket **sock)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_port = htons(PORT),
		.sin_addr.s_addr = htonl(SERVER + number % ADDRESSES),
	};
	int err;

	err = open(net, sock);
	if (err)
		return err;
	err = kernel_connect(*sock, (void *)&addr, sizeof(addr), 0);
	if (err)
		sock_release(*sock);
	return err;
}

/* Connections until @until; how many to @done. */
static int ask(struct net *net, void *buffer, u64 until, u64 *done)
{
	struct socket *sock;
	int err, got;

	while (ktime_get_ns() < until) {
		err = call(net, 2 + *done, &sock);
		if (err)
			return err;
		transfer(sock, buffer, REQUEST_BYTES, true);
		got = transfer(sock, buffer, ANSWER_BYTES, false);
		sock_release(sock);
		if (got != ANSWER_BYTES)
			return got < 0 ? got : -EIO;
		++*done;
	}
	return 0;
}

static int bulk(struct net *net, void *buffer, u64 until)
{
	struct socket *sock;
	int err = call(net, 2, &sock);

	if (err)
		return err;
	while (ktime_get_ns() < until && err >= 0)
		err = transfer(sock, buffer, BULK_BYTES, true);
	sock_release(sock);
	return min(err, 0);
}

/* struct ends - namespaces of client and server, and how long they talk */
struct ends {
	struct net *client;
	struct net *server;
	unsigned int ms;
};

static int parse(int argc, char **argv, struct ends *ends)
{
	int fd[2];

	if (argc != 4 || kstrtouint(argv[1], 0, &ends->ms) ||
	    kstrtoint(argv[2], 0, &fd[0]) || kstrtoint(argv[3], 0, &fd[1]))
		return -EINVAL;
	ends->client = get_net_ns_by_fd(fd[0]);
	if (IS_ERR(ends->client))
		return PTR_ERR(ends->client);
	ends->server = get_net_ns_by_fd(fd[1]);
	if (IS_ERR(ends->server)) {
		put_net(ends->client);
		return PTR_ERR(ends->server);
	}
	return 0;
}

static int talk(int argc, char **argv, bool in_bulk, struct seq_buf *answer)
{
	struct server server = { .bulk = in_bulk };
	void *buffer = kvzalloc(BULK_BYTES, GFP_KERNEL);
	u64 done = 0, began;
	struct ends ends;
	int err;

	err = buffer ? parse(argc, argv, &ends) : -ENOMEM;
	if (err)
		goto free;
	server.net = ends.server;
	err = begin(&server);
	if (err)
		goto put;
	began = ktime_get_ns();
	if (in_bulk)
		err = bulk(ends.client, buffer, began + ends.ms * (u64)NSEC_PER_MSEC);
	else
		err = ask(ends.client, buffer, began + ends.ms * (u64)NSEC_PER_MSEC,
			  &done);
	end(&server);
	seq_buf_printf(answer, "talk_ns %llu\ntalk_done %llu\n", ktime_get_ns() - began,
		       in_bulk ? server.received : done);
put:
	put_net(ends.client);
	put_net(ends.server);
free:
	kvfree(buffer);
	return err;
}

/**
 * bench_traffic_ask() - ask MS FD FD: connect, ask, be answered, close, again and again
 * @argc: how many words
 * @argv: the words; FDs of the caller's are the namespaces of client and server
 * @answer: what it took, ns; connections
 *
 * Context: process; may sleep.
 * Return: 0 or an error.
 */
int bench_traffic_ask(int argc, char **argv, struct seq_buf *answer)
{
	return talk(argc, argv, false, answer);
}

/**
 * bench_traffic_bulk() - bulk MS FD FD: as much as goes through one connection
 * @argc: how many words
 * @argv: the words
 * @answer: what it took, ns; bytes that arrived
 *
 * Context: process; may sleep.
 * Return: 0 or an error.
 */
int bench_traffic_bulk(int argc, char **argv, struct seq_buf *answer)
{
	return talk(argc, argv, true, answer);
}
