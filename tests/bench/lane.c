// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lanes: connections that one CPU walks through, one step of their lives after
 * the other. Packets are made ready in batches, outside of the time that counts.
 */
#include "bench.h"

#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <linux/nsproxy.h>
#include <linux/random.h>
#include <linux/skbuff.h>
#include <linux/sort.h>
#include <net/net_namespace.h>
#include <net/tcp.h>

#include "chase.h"
#include "packet.h"

#define DEVICE		"bench0"
/* As many as a network device hands on at one time. */
#define BATCH		64
#define LANES		4
#define PAYLOAD		100
#define CONNECTIONS_MAX	4000000

/* struct step - a segment that each connection sends once in its life, or oftener */
struct step {
	u8 from;
	u8 flags;
	u16 len;
};

static const struct step open_steps[] = {
	{ 0, TCPHDR_SYN },
	{ 1, TCPHDR_SYN | TCPHDR_ACK },
	{ 0, TCPHDR_ACK },
};

static const struct step data_steps[] = {
	{ 0, TCPHDR_ACK | TCPHDR_PSH, PAYLOAD },
	{ 1, TCPHDR_ACK | TCPHDR_PSH, PAYLOAD },
};

static const struct step close_steps[] = {
	{ 0, TCPHDR_ACK | TCPHDR_FIN },
	{ 1, TCPHDR_ACK },
	{ 1, TCPHDR_ACK | TCPHDR_FIN },
	{ 0, TCPHDR_ACK },
};

/* struct walk - steps, and how they are taken */
struct walk {
	const char *name;
	/* One part after the other, each up to its number of steps */
	struct {
		const struct step *steps;
		unsigned int n;
	} part[3];
	/* Whether each segment of the first step is timed */
	bool each;
	/* Without hooks: a loop that shares nothing */
	u32 (*alone)(const struct bench_chase *chase, const u32 *order, u32 n, u32 seed);
};

static const struct walk walks[] = {
	{ "open", { { open_steps, ARRAY_SIZE(open_steps) } } },
	{ "syn", { { open_steps, 1 } } },
	{ "fill", { { open_steps, ARRAY_SIZE(open_steps) } }, .each = true },
	{ "data", { { data_steps, ARRAY_SIZE(data_steps) } } },
	{ "close", { { close_steps, ARRAY_SIZE(close_steps) } } },
	{ "half", { { close_steps, 1 } } },
	{ "life", { { open_steps, ARRAY_SIZE(open_steps) },
		    { data_steps, ARRAY_SIZE(data_steps) },
		    { close_steps, ARRAY_SIZE(close_steps) } } },
	{ "chase", .alone = bench_chase_run },
	{ "alone", .alone = bench_chase_work },
};

/* struct lane - what belongs to one thread */
struct lane {
	struct sk_buff *skb[BATCH];
	/* Numbers of connections, in the order in which they take a step */
	u32 *order;
	u32 first;
	u32 count;
	/* How often the connections were opened */
	u32 life;
	/* The next sequence number of either end: the same for all connections */
	u32 nxt[2];
	struct bench_chase *chase;
	/* The time of each segment in ns, if wanted */
	u32 *each_ns;
	/* The time of the last walk; and of its last step with everything around it */
	u64 ns;
	u64 step_ns;
	u64 segments;
	int err;
};

/* struct job - what the threads do, beginning at the same time */
struct job {
	const struct walk *walk;
	/* How often to do it, and the most connections of a lane */
	u32 times;
	u32 limit;
	atomic_t waiting;
	struct completion done;
};

/* struct thread - one lane's part of a job */
struct thread {
	struct job *job;
	struct lane *lane;
};

static struct lane lanes[LANES];
static u8 family;
static struct net_device *device;

/* The initial sequence number of an end in one of the lives of a connection */
static u32 isn(u32 life, int from)
{
	return (life << 20) + (from ? 0x40000000 : 0);
}

static void begin_life(u32 nxt[2], u32 life)
{
	nxt[0] = isn(life, 0);
	nxt[1] = isn(life, 1);
}

static struct bench_segment segment_of(const struct step *step, u32 conn, const u32 nxt[2])
{
	return (struct bench_segment){
		.conn = conn,
		.from = step->from,
		.flags = step->flags,
		.len = step->len,
		.seq = nxt[step->from],
		.ack = step->flags & TCPHDR_ACK ? nxt[!step->from] : 0,
		/* The clock: no segment is older than those before it. */
		.ts = jiffies_to_msecs(jiffies),
	};
}

static void advance(u32 nxt[2], const struct step *step)
{
	nxt[step->from] += step->len + !!(step->flags & TCPHDR_SYN) +
			   !!(step->flags & TCPHDR_FIN);
}

/* Drop references that a module has taken: the packets are used again. */
static int reset(struct lane *lane, u32 n, int passed)
{
	u32 i;

	if (passed != 1)
		return -EIO;
	for (i = 0; i < n; i++)
		nf_reset_ct(lane->skb[i]);
	return 0;
}

static int walk_batch(struct lane *lane, const struct step *step, u32 n, u32 *each_ns)
{
	u64 began, before, now;
	int passed = 1;
	u32 i;

	local_bh_disable();
	began = ktime_get_ns();
	if (each_ns) {
		for (i = 0, before = began; i < n && passed == 1; i++, before = now) {
			passed = bench_packet_walk(lane->skb[i], family, step->from);
			now = ktime_get_ns();
			each_ns[i] = now - before;
		}
	} else {
		for (i = 0; i < n && passed == 1; i++)
			passed = bench_packet_walk(lane->skb[i], family, step->from);
	}
	lane->ns += ktime_get_ns() - began;
	local_bh_enable();
	if (passed != 1)
		lane->skb[i - 1] = NULL;
	return reset(lane, n, passed);
}

/* Every connection of the lane takes a step. */
static int pass(struct lane *lane, const struct job *job, const struct step *step,
		bool each)
{
	u32 count = min(lane->count, job->limit), i, k, n;
	int err;

	for (i = 0; i < count; i += n) {
		n = min(count - i, (u32)BATCH);
		for (k = 0; k < n; k++) {
			struct bench_segment segment =
				segment_of(step, lane->order[i + k], lane->nxt);

			bench_packet_fill(lane->skb[k], family, &segment);
		}
		err = walk_batch(lane, step, n, each ? lane->each_ns + i : NULL);
		if (err)
			return err;
		lane->segments += n;
		cond_resched();
	}
	advance(lane->nxt, step);
	return 0;
}

/* A loop that shares nothing, as many times as the hooks run. */
static int run_alone(struct lane *lane, const struct walk *walk)
{
	u32 i, n, seed = 0;

	for (i = 0; i < lane->count; i += n) {
		u64 began = ktime_get_ns();

		n = min(lane->count - i, (u32)BATCH);
		seed = walk->alone(lane->chase, lane->order + i, n, seed);
		lane->ns += ktime_get_ns() - began;
		cond_resched();
	}
	lane->segments += lane->count;
	return seed;
}

static int take_part(struct lane *lane, const struct job *job, unsigned int part)
{
	const struct step *steps = job->walk->part[part].steps;
	unsigned int i;
	int err = 0;

	if (steps == open_steps)
		begin_life(lane->nxt, ++lane->life);
	for (i = 0; i < job->walk->part[part].n && !err; i++) {
		u64 began = ktime_get_ns();

		err = pass(lane, job, &steps[i], job->walk->each && !i);
		lane->step_ns = ktime_get_ns() - began;
	}
	return err;
}

static int carry_out(struct lane *lane, const struct job *job)
{
	unsigned int part, i;
	int err = 0;

	if (job->walk->alone)
		return run_alone(lane, job->walk);
	for (i = 0; i < job->times; i++)
		for (part = 0; part < ARRAY_SIZE(job->walk->part) && !err; part++)
			err = take_part(lane, job, part);
	return err;
}

static int thread_main(void *data)
{
	struct thread *thread = data;
	struct job *job = thread->job;
	struct lane *lane = thread->lane;

	lane->ns = 0;
	lane->segments = 0;
	/* Do not begin before the other thread is there. */
	atomic_dec(&job->waiting);
	while (atomic_read(&job->waiting))
		cpu_relax();
	lane->err = carry_out(lane, job);
	complete(&job->done);
	return 0;
}

static int run(struct job *job, unsigned int threads)
{
	struct thread thread[LANES];
	struct task_struct *task[LANES];
	unsigned int i;
	int err = 0;

	for (i = 0; i < threads; i++) {
		thread[i] = (struct thread){ .job = job, .lane = &lanes[i] };
		task[i] = kthread_create(thread_main, &thread[i], "tcpstate_bench/%u", i);
		if (IS_ERR(task[i])) {
			err = PTR_ERR(task[i]);
			while (i--)
				kthread_stop(task[i]);
			return err;
		}
		kthread_bind(task[i], i);
	}
	atomic_set(&job->waiting, threads);
	init_completion(&job->done);
	for (i = 0; i < threads; i++)
		wake_up_process(task[i]);
	for (i = 0; i < threads; i++)
		wait_for_completion(&job->done);
	for (i = 0; i < threads; i++)
		err = err ?: lanes[i].err;
	return err;
}

static int compare(const void *a, const void *b)
{
	return cmp_int(*(const u32 *)a, *(const u32 *)b);
}

static void tell(const struct job *job, unsigned int threads, struct seq_buf *answer)
{
	unsigned int i;

	for (i = 0; i < threads; i++)
		seq_buf_printf(answer, "lane%u_ns %llu\nlane%u_segments %llu\n",
			       i, lanes[i].ns, i, lanes[i].segments);
	seq_buf_printf(answer, "step_ns %llu\n", lanes->step_ns);
	if (!job->walk->each)
		return;
	sort(lanes->each_ns, lanes->count, sizeof(*lanes->each_ns), compare, NULL);
	seq_buf_printf(answer, "p9999_ns %u\nmax_ns %u\n",
		       lanes->each_ns[lanes->count - 1 - lanes->count / 10000],
		       lanes->each_ns[lanes->count - 1]);
}

static const struct walk *find_walk(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(walks); i++)
		if (!strcmp(walks[i].name, name))
			return &walks[i];
	return NULL;
}

/**
 * bench_lane_walk() - walk WHAT THREADS [TIMES [LIMIT]]
 * @argc: how many words
 * @argv: the words
 * @answer: for each lane ns and segments; step_ns: its last step, with all there is
 * to it; for fill, of the SYNs the slowest but one in 10,000, and the slowest, ns
 *
 * WHAT is open, syn, data, half, close or life: each connection takes these steps; fill:
 * open, where each SYN is timed; chase: no hooks, but two dependent misses for each;
 * alone: with as much work on them as a segment is.
 * The first THREADS lanes, each on a CPU of its own, do, TIMES times, of their first LIMIT
 * connections.
 *
 * Context: process; may sleep.
 * Return: 0 or an error.
 */
int bench_lane_walk(int argc, char **argv, struct seq_buf *answer)
{
	struct job job = { .times = 1, .limit = U32_MAX };
	unsigned int threads, i;
	int err;

	if (argc < 3 || kstrtouint(argv[2], 0, &threads) || !threads ||
	    threads > min(LANES, num_online_cpus()) ||
	    (argc > 3 && kstrtouint(argv[3], 0, &job.times)) ||
	    (argc > 4 && kstrtouint(argv[4], 0, &job.limit)))
		return -EINVAL;
	job.walk = find_walk(argv[1]);
	if (!job.walk || (job.walk->each && threads > 1))
		return -EINVAL;
	for (i = 0; i < threads; i++)
		if (!lanes[i].order)
			return -ENOENT;
	err = run(&job, threads);
	if (!err)
		tell(&job, threads, answer);
	return err;
}

static void forget(struct lane *lane)
{
	unsigned int i;

	for (i = 0; i < BATCH; i++)
		kfree_skb(lane->skb[i]);
	kvfree(lane->order);
	kvfree(lane->each_ns);
	bench_chase_free(lane->chase);
	memset(lane, 0, sizeof(*lane));
}

/**
 * bench_lane_exit() - forget all lanes
 *
 * Context: process.
 */
void bench_lane_exit(void)
{
	unsigned int i;

	for (i = 0; i < LANES; i++)
		forget(&lanes[i]);
	dev_put(device);
	device = NULL;
}

static void put_in_order(struct lane *lane, bool shuffled)
{
	u32 i;

	for (i = 0; i < lane->count; i++) {
		u32 k = shuffled ? get_random_u32_below(i + 1) : i;

		lane->order[i] = lane->order[k];
		lane->order[k] = lane->first + i;
	}
}

/**
 * bench_lane_order() - order ORDER
 * @argc: how many words
 * @argv: the words
 * @answer: empty
 *
 * From now on the connections are gone through in ORDER: random, or rising.
 *
 * Context: process.
 * Return: 0 or an error.
 */
int bench_lane_order(int argc, char **argv, struct seq_buf *answer)
{
	unsigned int i;

	if (argc != 2)
		return -EINVAL;
	for (i = 0; i < LANES; i++)
		put_in_order(&lanes[i], !strcmp(argv[1], "random"));
	return 0;
}

static int make(struct lane *lane, u32 first, u32 count, bool shuffled)
{
	u32 i;

	lane->count = count;
	lane->order = kvmalloc_array(count, sizeof(*lane->order), GFP_KERNEL);
	lane->each_ns = kvcalloc(count, sizeof(*lane->each_ns), GFP_KERNEL);
	lane->chase = bench_chase_alloc(count);
	if (!lane->order || !lane->each_ns || !lane->chase)
		return -ENOMEM;
	for (i = 0; i < BATCH; i++) {
		lane->skb[i] = bench_packet_alloc(device);
		if (!lane->skb[i])
			return -ENOMEM;
	}
	lane->first = first;
	put_in_order(lane, shuffled);
	return 0;
}

/**
 * bench_lane_set() - set FAMILY COUNT LANES ORDER [FIRST]
 * @argc: how many words
 * @argv: the words
 * @answer: empty
 *
 * FAMILY is ipv4 or ipv6; COUNT connections, from number FIRST (0) on and shared out between
 * LANES, are gone through in ORDER: random, or rising. They pass the device bench0 of the caller's
 * network namespace.
 *
 * Context: process; may sleep.
 * Return: 0 or an error.
 */
int bench_lane_set(int argc, char **argv, struct seq_buf *answer)
{
	unsigned int count, n, i, first = 0;
	int err = 0;

	if ((argc != 5 && argc != 6) || kstrtouint(argv[2], 0, &count) || !count ||
	    count > CONNECTIONS_MAX || kstrtouint(argv[3], 0, &n) || !n || n > LANES ||
	    (argc == 6 && kstrtouint(argv[5], 0, &first)) || first > CONNECTIONS_MAX)
		return -EINVAL;
	bench_lane_exit();
	device = dev_get_by_name(current->nsproxy->net_ns, DEVICE);
	if (!device)
		return -ENODEV;
	family = strcmp(argv[1], "ipv6") ? NFPROTO_IPV4 : NFPROTO_IPV6;
	for (i = 0; i < n && !err; i++)
		err = make(&lanes[i], first + i * (count / n), count / n,
			   !strcmp(argv[4], "random"));
	if (err)
		bench_lane_exit();
	return err;
}

/* Take a connection through its whole life. */
static int live(struct lane *lane, u32 conn)
{
	const struct walk *life = find_walk("life");
	unsigned int part, i;
	u32 nxt[2];

	begin_life(nxt, 1);
	for (part = 0; part < ARRAY_SIZE(life->part); part++) {
		for (i = 0; i < life->part[part].n; i++) {
			const struct step *step = &life->part[part].steps[i];
			struct bench_segment segment = segment_of(step, conn, nxt);
			int err;

			bench_packet_fill(lane->skb[0], family, &segment);
			err = walk_batch(lane, step, 1, NULL);
			if (err)
				return err;
			advance(nxt, step);
		}
	}
	return 0;
}

/**
 * bench_lane_pace() - pace RATE COUNT FIRST
 * @argc: how many words
 * @argv: the words
 * @answer: what it took, ns
 *
 * Take COUNT connections, from number FIRST on, one after the other through their whole
 * lives, RATE of them a second.
 *
 * Context: process; may sleep.
 * Return: 0 or an error.
 */
int bench_lane_pace(int argc, char **argv, struct seq_buf *answer)
{
	unsigned int rate, count, first, i;
	u64 began = ktime_get_ns();
	int err = 0;

	if (argc != 4 || kstrtouint(argv[1], 0, &rate) || !rate ||
	    kstrtouint(argv[2], 0, &count) || kstrtouint(argv[3], 0, &first))
		return -EINVAL;
	if (!lanes->order)
		return -ENOENT;
	for (i = 0; i < count && !err; i++) {
		s64 early;

		err = live(lanes, first + i);
		early = began + div_u64((u64)(i + 1) * NSEC_PER_SEC, rate) - ktime_get_ns();
		if (early > (s64)NSEC_PER_MSEC)
			usleep_range(1000, 1500);
		else if (!(i % BATCH))
			cond_resched();
	}
	seq_buf_printf(answer, "pace_ns %llu\n", ktime_get_ns() - began);
	return err;
}
