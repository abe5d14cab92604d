// SPDX-License-Identifier: GPL-2.0-only
/*
 * Measures modules that watch packets at netfilter's hooks. A line written to
 * /sys/kernel/debug/tcpstate_bench is carried out; what it measured can be read
 * there afterwards, as lines "NAME VALUE".
 */
#include "bench.h"

#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>

#define ANSWER_BYTES	1024
#define LINE_BYTES	128

static DEFINE_MUTEX(mutex);
static struct dentry *file;
/* The answer to the last command, protected by @mutex. */
static char answer_text[ANSWER_BYTES];
static struct seq_buf answer;

static const struct {
	const char *name;
	bench_command_t *carry_out;
} commands[] = {
	{ "set", bench_lane_set },
	{ "order", bench_lane_order },
	{ "walk", bench_lane_walk },
	{ "pace", bench_lane_pace },
	{ "ask", bench_traffic_ask },
	{ "bulk", bench_traffic_bulk },
};

static int carry_out(char *line)
{
	int argc, err = -EINVAL;
	unsigned int i;
	char **argv;

	argv = argv_split(GFP_KERNEL, line, &argc);
	if (!argv)
		return -ENOMEM;
	mutex_lock(&mutex);
	seq_buf_init(&answer, answer_text, sizeof(answer_text));
	for (i = 0; argc && i < ARRAY_SIZE(commands); i++)
		if (!strcmp(argv[0], commands[i].name))
			err = commands[i].carry_out(argc, argv, &answer);
	mutex_unlock(&mutex);
	argv_free(argv);
	return err;
}

static ssize_t bench_write(struct file *f, const char __user *from, size_t len,
			   loff_t *pos)
{
	char line[LINE_BYTES] = "";
	int err;

	if (len >= sizeof(line))
		return -EINVAL;
	if (copy_from_user(line, from, len))
		return -EFAULT;
	err = carry_out(line);
	return err ?: len;
}

static ssize_t bench_read(struct file *f, char __user *to, size_t len, loff_t *pos)
{
	ssize_t done;

	mutex_lock(&mutex);
	done = simple_read_from_buffer(to, len, pos, answer_text,
				       answer.buffer ? seq_buf_used(&answer) : 0);
	mutex_unlock(&mutex);
	return done;
}

static const struct file_operations bench_fops = {
	.owner	= THIS_MODULE,
	.write	= bench_write,
	.read	= bench_read,
	.llseek	= default_llseek,
};

static int __init bench_init(void)
{
	file = debugfs_create_file("tcpstate_bench", 0600, NULL, NULL, &bench_fops);
	return PTR_ERR_OR_ZERO(file);
}

static void __exit bench_exit(void)
{
	debugfs_remove(file);
	bench_lane_exit();
}

module_init(bench_init);
module_exit(bench_exit);

MODULE_AUTHOR("The tcpstate developers");
MODULE_DESCRIPTION("Walks netfilter's hooks with prepared segments, and takes the time");
MODULE_LICENSE("GPL");
