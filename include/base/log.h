/* SPDX-License-Identifier: ISC */
/*
 * log - one line per outcome, on standard error, for journald.
 *
 * Called from flow/, web/, cli/ and main only: everything below returns a
 * `struct err` and says nothing. Lines carry ids, never addresses: one
 * in a value, such as a relay's answer, is shown as "*@*". Control bytes are
 * shown as '?', so that no outside text starts a line.
 */
#ifndef NASHRA_BASE_LOG_H
#define NASHRA_BASE_LOG_H

/* The numbers are those of syslog, which journald reads from "<N>". */
enum log_level { LOG_ERROR = 3, LOG_WARN = 4, LOG_INFO = 6, LOG_DEBUG = 7 };

/* Lines above this level are dropped; LOG_INFO at start. */
void log_limit(enum log_level level);
/* Where a service manager does not read the "<N>", leave it out: main asks
 * whether standard error is a terminal. */
void log_prefix(const char *role);

/* log_line(LOG_INFO, "confirm", "list=%lld subscription=%lld", ...) */
void log_line(enum log_level level, const char *event, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
