// SPDX-License-Identifier: GPL-2.0-only
/* Real connections between two network namespaces, made by sockets in the kernel. */
#include "bench.h"

#include <linux/completion.h>
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

/* struct server - the listener that answers */
struct server {
	struct net *net;
	struct socket *listener;
	struct task_struct *task;
	/* One transfer, and no connections */
	bool bulk;
	/* The bytes that it has received in bulk */
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

/* struct client - the caller that asks */
struct client {
	struct net *net;
	bool bulk;
	u64 until;
	/* Connections that were answered */
	u64 done;
	int err;
	struct completion ended;
};

static int ask(struct client *client, void *buffer)
{
	struct socket *sock;
	int err, got;

	while (ktime_get_ns() < client->until) {
		err = call(client->net, 2 + client->done, &sock);
		if (err)
			return err;
		transfer(sock, buffer, REQUEST_BYTES, true);
		got = transfer(sock, buffer, ANSWER_BYTES, false);
		sock_release(sock);
		if (got != ANSWER_BYTES)
			return got < 0 ? got : -EIO;
		client->done++;
	}
	return 0;
}

static int pour(struct client *client, void *buffer)
{
	struct socket *sock;
	int err = call(client->net, 2, &sock);

	if (err)
		return err;
	while (ktime_get_ns() < client->until && err >= 0)
		err = transfer(sock, buffer, BULK_BYTES, true);
	sock_release(sock);
	return min(err, 0);
}

static int call_all(void *data)
{
	void *buffer = kvzalloc(BULK_BYTES, GFP_KERNEL);
	struct client *client = data;

	client->err = -ENOMEM;
	if (buffer)
		client->err = client->bulk ? pour(client, buffer) : ask(client, buffer);
	kvfree(buffer);
	complete(&client->ended);
	return 0;
}

/*
 * Run both on one CPU, which then never sleeps: this measures the cost of a connection,
 * not the time that a guest takes to wake a CPU.
 */
static struct task_struct *start(int (*run)(void *data), void *data)
{
	struct task_struct *task = kthread_create(run, data, "tcpstate_bench/t");

	if (!IS_ERR(task)) {
		kthread_bind(task, 0);
		wake_up_process(task);
	}
	return task;
}

static int run_client(struct client *client)
{
	struct task_struct *task;

	init_completion(&client->ended);
	task = start(call_all, client);
	if (IS_ERR(task))
		return PTR_ERR(task);
	wait_for_completion(&client->ended);
	return client->err;
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
	server->task = start(serve, server);
	err = PTR_ERR_OR_ZERO(server->task);
	if (err)
		goto err;
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

static int talk(int argc, char **argv, bool bulk, struct seq_buf *answer)
{
	struct server server = { .bulk = bulk };
	struct client client = { .bulk = bulk };
	struct ends ends;
	u64 began;
	int err;

	err = parse(argc, argv, &ends);
	if (err)
		return err;
	server.net = ends.server;
	client.net = ends.client;
	err = begin(&server);
	if (err)
		goto put;
	began = ktime_get_ns();
	client.until = began + ends.ms * (u64)NSEC_PER_MSEC;
	err = run_client(&client);
	end(&server);
	seq_buf_printf(answer, "talk_ns %llu\ntalk_done %llu\n", ktime_get_ns() - began,
		       bulk ? server.received : client.done);
put:
	put_net(ends.client);
	put_net(ends.server);
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
