/* SPDX-License-Identifier: ISC */
#include "press.h"

#include "flow/transcript.h"
#include "mail/trace.h"

#include <sys/wait.h>

static struct press press;
static char path[PRESS_PATH];

static int
setup(void **state)
{
	(void)state;
	press_folder(&press);
	press_path(&press, "trace", path);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	transcript_close();
	press_remove(press.folder);
	return 0;
}

static char *
content(void)
{
	static char text[8192];
	int fd = open(path, O_RDONLY);
	ssize_t n;

	assert_true(fd >= 0);
	n = read(fd, text, sizeof(text) - 1);
	assert_true(n >= 0);
	text[n] = '\0';
	close(fd);
	return text;
}

static void
session(const char *line)
{
	struct trace trace = {0};

	trace_begin(&trace, "relay:25");
	trace_lines(&trace, '>', line, strlen(line));
	trace_end(&trace, "bye");
}

/* 'd' stands for any digit, 'P' for this process. */
static bool
fits(const char *text, const char *shape)
{
	char pid[24];

	snprintf(pid, sizeof(pid), "%ld", (long)getpid());
	for (; *shape != '\0'; shape++) {
		if (*shape == 'P' && str_starts(text, pid)) {
			text += strlen(pid);
		} else if (*shape == *text ||
			   (*shape == 'd' && *text >= '0' && *text <= '9')) {
			text++;
		} else {
			return false;
		}
	}
	return *text == '\0';
}

#define TIME "dddd-dd-ddTdd:dd:dd.dddZ "

static void
lines_are_added(void **state)
{
	struct stat st;
	struct err err = ERR_INIT;

	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(transcript_open(path, &err), 0);
		session("MAIL FROM:<a@example.org>\r\n");
	}
	transcript_close();
	session("not this\r\n");
	assert_true(fits(content(), TIME
	    "P.1 * relay:25\n" TIME "P.1 > MAIL FROM:<a@example.org>\n" TIME
	    "P.1 * bye\n" TIME "P.1 * relay:25\n" TIME
	    "P.1 > MAIL FROM:<a@example.org>\n" TIME "P.1 * bye\n"));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
}

/* As the work processes do. */
static void
children_share_it(void **state)
{
	struct err err = ERR_INIT;
	const char *at;
	int lines = 0;

	(void)state;
	assert_int_equal(transcript_open(path, &err), 0);
	for (int i = 0; i < 4; i++) {
		pid_t pid = fork();

		assert_true(pid >= 0);
		if (pid == 0) {
			for (int k = 0; k < 10; k++)
				session("QUIT\r\n");
			_exit(0);
		}
	}
	while (wait(NULL) > 0)
		;
	for (at = content(); *at != '\0'; at = strchr(at, '\n') + 1) {
		assert_non_null(strchr(at, '\n'));
		assert_memory_equal(at + 10, "T", 1);
		lines++;
	}
	assert_int_equal(lines, 4 * 10 * 3);
}

static void
others_must_not_read_it(void **state)
{
	static const mode_t modes[] = {0644, 0640, 0604, 0666, 0660};
	struct err err = ERR_INIT;
	char link[PRESS_PATH];

	(void)state;
	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
		press_write(&press, "trace", "", modes[i]);
		assert_int_equal(transcript_open(path, &err), -1);
		assert_int_equal(err.code, ERR_DENIED);
		assert_non_null(strstr(err.msg, path));
		assert_false(trace_on());
	}
	press_write(&press, "trace", "old\n", 0600);
	press_path(&press, "link", link);
	assert_int_equal(symlink(path, link), 0);
	assert_int_equal(transcript_open(link, &err), -1);
	assert_int_equal(transcript_open(press.folder, &err), -1);
	assert_int_equal(transcript_open("/nowhere/trace", &err), -1);
	assert_int_equal(transcript_open("/dev/null", &err), -1);
	assert_false(trace_on());
	assert_int_equal(transcript_open(path, &err), 0);
	session("NOOP\r\n");
	assert_true(str_starts(content(), "old\n"));
}

/* As log rotation does it. */
static void
a_file_that_was_moved_begins_anew(void **state)
{
	struct err err = ERR_INIT;
	char moved[PRESS_PATH];

	(void)state;
	assert_int_equal(transcript_reopen(&err), 0); /* none is open */
	assert_false(trace_on());
	assert_int_equal(transcript_open(path, &err), 0);
	session("NOOP\r\n");
	press_path(&press, "trace.1", moved);
	assert_int_equal(rename(path, moved), 0);
	session("MOVED\r\n");
	assert_int_equal(transcript_reopen(&err), 0);
	session("ANEW\r\n");
	assert_null(strstr(content(), "MOVED"));
	assert_non_null(strstr(content(), "ANEW"));
	/* One that cannot be had leaves the former. */
	assert_int_equal(rename(path, moved), 0);
	press_write(&press, "trace", "", 0644);
	assert_int_equal(transcript_reopen(&err), -1);
	assert_true(trace_on());
	transcript_close();
	assert_int_equal(transcript_reopen(&err), 0);
	assert_false(trace_on());
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(lines_are_added),
	    TEST(children_share_it),
	    TEST(others_must_not_read_it),
	    TEST(a_file_that_was_moved_begins_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
