/* SPDX-License-Identifier: ISC */
#include "base/log.h"
#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <stdlib.h>
#include <unistd.h>

static char written[4096];

/* Standard error goes to a file from here ... */
static int kept;
static int file;

static void catch (void)
{
	char path[] = "/tmp/nashra-log-XXXXXX";

	kept = dup(STDERR_FILENO);
	file = mkstemp(path);
	assert_true(kept >= 0 && file >= 0);
	(void)unlink(path);
	(void)dup2(file, STDERR_FILENO);
}

/* ... to here. */
static void
caught(void)
{
	ssize_t n = pread(file, written, sizeof(written) - 1, 0);

	(void)dup2(kept, STDERR_FILENO);
	close(kept);
	close(file);
	assert_true(n >= 0);
	written[n] = '\0';
}

static void
levels(void **state)
{
	static const struct {
		enum log_level limit, level;
		const char *want;
	} cases[] = {
	    {LOG_INFO, LOG_ERROR, "<3>event x=1\n"},
	    {LOG_INFO, LOG_WARN, "<4>event x=1\n"},
	    {LOG_INFO, LOG_INFO, "<6>event x=1\n"},
	    {LOG_INFO, LOG_DEBUG, ""},
	    {LOG_DEBUG, LOG_DEBUG, "<7>event x=1\n"},
	    {LOG_ERROR, LOG_WARN, ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		log_limit(cases[i].limit);
		catch ();
		log_line(cases[i].level, "event", "x=%d", 1);
		caught();
		assert_string_equal(written, cases[i].want);
	}
	log_limit(LOG_INFO);
}

/* No text from outside begins a line of its own. */
static void
control_bytes(void **state)
{
	(void)state;
	catch ();
	log_line(LOG_INFO, "event", "reply=%s",
	    "250 ok\r\n<3>forged x\t\x1b[31m\x7f نشرة");
	caught();
	assert_string_equal(
	    written, "<6>event reply=250 ok?\?<3>forged x??[31m? نشرة\n");
}

/* What a relay says is not ours to trust with names. */
static void
addresses(void **state)
{
	static const struct {
		const char *said, *want;
	} cases[] = {
	    {"421 <a.b+c@example.net> busy", "421 <*@*> busy"},
	    {"a@b", "*@*"},
	    {"to=a@b,c@d.", "to=*@*,*@*"},
	    {"http://user:word@host/x", "http://user:*@*/x"},
	    {"https://host/@user/feed @ a@ @b",
		"https://host/@user/feed @ a@ @b"},
	    {"قارئ@مثال", "*@*"},
	    {"a@b@c@d", "*@*"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct str want;

		str_init(&want, 200);
		str_addf(&want, "<6>event why=\"%s\"\n", cases[i].want);
		catch ();
		log_line(LOG_INFO, "event", "why=\"%s\"", cases[i].said);
		caught();
		assert_string_equal(written, want.data);
		str_release(&want);
	}
}

static void
long_lines(void **state)
{
	struct str text;

	(void)state;
	str_init(&text, 4096);
	while (text.len < 3000)
		str_add(&text, "0123456789");
	catch ();
	log_line(LOG_INFO, "event", "%s", text.data);
	log_line(LOG_INFO, "next", "x=%d", 1);
	caught();
	assert_true(strlen(written) < 1000);
	assert_true(str_ends(written, "\n<6>next x=1\n"));
	str_release(&text);
}

static void
roles(void **state)
{
	(void)state;
	log_prefix("work");
	catch ();
	log_line(LOG_INFO, "event", "x=%d", 1);
	caught();
	assert_string_equal(written, "<6>work: event x=1\n");
	log_prefix("");
	catch ();
	log_line(LOG_INFO, "event", "x=%d", 1);
	caught();
	assert_string_equal(written, "<6>event x=1\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(levels),
	    cmocka_unit_test(control_bytes),
	    cmocka_unit_test(addresses),
	    cmocka_unit_test(long_lines),
	    cmocka_unit_test(roles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
