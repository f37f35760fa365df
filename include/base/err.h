/* SPDX-License-Identifier: ISC */
/*
 * err - why something failed, and what the caller can do about it.
 *
 * Lives on the caller's stack, so there is nothing to free. A function that
 * can fail takes `struct err *` last and returns 0, or -1 with it filled; on
 * success it has not touched it. A finder returns 1, 0 for none, -1.
 */
#ifndef NASHRA_BASE_ERR_H
#define NASHRA_BASE_ERR_H

/* A code names the caller's next move, not the cause. */
enum err_code {
	ERR_NONE,
	ERR_USAGE,    /* the command was put together wrongly */
	ERR_INPUT,    /* the person asking must change something */
	ERR_NOTFOUND, /* no such list, subscriber, issue */
	ERR_CONFIG,   /* the operator must change the settings */
	ERR_DENIED,   /* this user may not read or write that file */
	ERR_BUSY,     /* the database is locked: the same call again, soon */
	ERR_TEMP,     /* the same request may work later */
	ERR_PERM,     /* it never will: give up on it */
	ERR_DATA,     /* a file or the database is damaged or foreign */
	ERR_SYSTEM,   /* this machine: disk, memory, kernel */
	ERR_CODES
};

struct err {
	enum err_code code;
	char msg[384];
};

#define ERR_INIT ((struct err){.code = ERR_NONE})

/* Both return -1, so that `return err_set(...)` reads as one line. */
int err_set(struct err *err, enum err_code code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Puts "fmt: " before the message and keeps the code. */
int err_wrap(struct err *err, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Puts "fmt: " before strerror(errno); the code follows from errno. */
int err_errno(struct err *err, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* The exit status (sysexits.h) and the HTTP status of a code. */
int err_exit_status(enum err_code code);
unsigned err_http_status(enum err_code code);

#endif
