// SPDX-License-Identifier: GPL-2.0-only
/* Signals that ask a command to end. */
#include "stop.h"

#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <time.h>

static atomic_int asked;

static void ask(int number)
{
	(void)number;
	asked = 1;
}

/**
 * stop_at() - take a signal as the wish that the command ends
 * @number: the signal
 *
 * It stays blocked, so that none is missed before the command waits: a wait has to unblock
 * signals, as ppoll(2) does.
 */
void stop_at(int number)
{
	struct sigaction action = { .sa_handler = ask };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, number);
	sigprocmask(SIG_BLOCK, &set, NULL);
	sigaction(number, &action, NULL);
}

/**
 * stop_now() - do as if such a signal had come
 */
void stop_now(void)
{
	asked = 1;
}

/**
 * stop_asked() - has such a signal come?
 *
 * Return: true if the command should end.
 */
bool stop_asked(void)
{
	return asked;
}

/**
 * stop_wait() - wait, and let those signals in that are blocked
 * @ms: how long; 0 to take those that have come already
 *
 * Return: stop_asked().
 */
bool stop_wait(uint64_t ms)
{
	const struct timespec time = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };
	sigset_t none;

	sigemptyset(&none);
	ppoll(NULL, 0, &time, &none);
	return stop_asked();
}
