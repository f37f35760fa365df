/* SPDX-License-Identifier: ISC */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "../../cli/doc.h"

#include "base/str.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int out = -1; /* the real one, while ours is in its place */
static FILE *caught;

static void
catch_output(void)
{
	fflush(stdout);
	caught = tmpfile();
	assert_non_null(caught);
	out = dup(STDOUT_FILENO);
	assert_true(out >= 0);
	assert_true(dup2(fileno(caught), STDOUT_FILENO) >= 0);
}

static const char *
caught_output(void)
{
	static char text[20000];
	size_t n;

	fflush(stdout);
	assert_true(dup2(out, STDOUT_FILENO) >= 0);
	close(out);
	rewind(caught);
	n = fread(text, 1, sizeof(text) - 1, caught);
	text[n] = '\0';
	fclose(caught);
	return text;
}

static void
every_type_is_spelled_as_json_does(void **state)
{
	struct doc *root = doc_object();
	struct doc *inside;
	struct doc *list;

	(void)state;
	doc_text(root, "text", "a \"quoted\" \\ <b> نص\n\t\x01");
	doc_text(root, "empty", "");
	doc_int(root, "big", INT64_MAX);
	doc_int(root, "small", INT64_MIN);
	doc_milli(root, "some", 1234567);
	doc_milli(root, "whole", 12000);
	doc_bool(root, "yes", true);
	doc_bool(root, "no", false);
	doc_null(root, "none");
	doc_time(root, "when", INT64_C(1764000000));
	doc_time(root, "never", 0);
	inside = doc_put_object(root, "inside");
	doc_int(inside, "n", 1);
	list = doc_put_array(root, "list");
	assert_true(doc_empty(list));
	doc_int(doc_push_object(list), "n", 2);
	assert_false(doc_empty(list));
	catch_output();
	doc_print(root);
	assert_string_equal(caught_output(),
	    "{\n"
	    "  \"text\": \"a \\\"quoted\\\" \\\\ <b> نص\\n\\t\\u0001\",\n"
	    "  \"empty\": \"\",\n"
	    "  \"big\": 9223372036854775807,\n"
	    "  \"small\": -9223372036854775808,\n"
	    "  \"some\": 1234.567,\n"
	    "  \"whole\": 12.0,\n"
	    "  \"yes\": true,\n"
	    "  \"no\": false,\n"
	    "  \"none\": null,\n"
	    "  \"when\": \"2025-11-24T16:00:00Z\",\n"
	    "  \"never\": null,\n"
	    "  \"inside\": {\n"
	    "    \"n\": 1\n"
	    "  },\n"
	    "  \"list\": [\n"
	    "    {\n"
	    "      \"n\": 2\n"
	    "    }\n"
	    "  ]\n"
	    "}\n");
	assert_non_null(doc_get(root, "text"));
	assert_null(doc_get(root, "not there"));
	assert_true(doc_is(root, "yes"));
	assert_false(doc_is(root, "no"));
	assert_false(doc_is(root, "big"));
	assert_false(doc_is(root, "not there"));
	doc_free(root);
}

/* One bad text does not lose the document. */
static void
bytes_that_are_no_text_are_shown_as_such(void **state)
{
	static const char *const texts[] = {
	    "\xff", "a\xc3", "\xed\xa0\x80", "\xf8\x88\x80\x80\x80"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct doc *root = doc_object();

		doc_text(root, "text", texts[i]);
		catch_output();
		doc_print(root);
		assert_string_equal(
		    caught_output(), "{\n  \"text\": \"?\"\n}\n");
		doc_free(root);
	}
}

static void
a_key_said_twice_has_the_last_word(void **state)
{
	struct doc *root = doc_object();

	(void)state;
	doc_int(root, "n", 1);
	doc_int(root, "n", 2);
	catch_output();
	doc_print(root);
	assert_string_equal(caught_output(), "{\n  \"n\": 2\n}\n");
	doc_free(root);
}

/* Columns are counted in what a reader sees, not in bytes. */
static void
a_table_has_straight_columns(void **state)
{
	static const char *const columns[] = {
	    "name", "title", "n", "ok", "none", NULL};
	struct doc *rows = doc_array();
	struct doc *row;

	(void)state;
	row = doc_push_object(rows);
	doc_text(row, "name", "daily");
	doc_text(row, "title", "نَشرة");
	doc_int(row, "n", 7);
	doc_bool(row, "ok", true);
	doc_null(row, "none");
	doc_text(row, "hidden", "not a column");
	row = doc_push_object(rows);
	doc_text(row, "name", "a-longer-name");
	doc_text(row, "title", "x");
	doc_bool(row, "ok", false);
	(void)doc_put_object(row, "none");
	catch_output();
	doc_table(rows, columns);
	assert_string_equal(caught_output(),
	    "name           title  n  ok   none\n"
	    "daily          نَشرة   7  yes  -\n"
	    "a-longer-name  x      -  no   -\n");
	doc_free(rows);
}

static void
an_empty_table_says_nothing(void **state)
{
	static const char *const columns[] = {"name", NULL};
	struct doc *rows = doc_array();

	(void)state;
	catch_output();
	doc_table(rows, columns);
	assert_string_equal(caught_output(), "");
	doc_free(rows);
}

static void
one_object_is_a_line_a_key(void **state)
{
	struct doc *root = doc_object();

	(void)state;
	doc_text(root, "name", "daily");
	doc_int(root, "readers", 3);
	doc_int(doc_put_object(root, "inside"), "n", 1);
	(void)doc_put_array(root, "rows");
	doc_time(root, "never", 0);
	doc_milli(root, "rate", 12340);
	catch_output();
	doc_lines(root);
	assert_string_equal(caught_output(), "name           daily\n"
					     "readers        3\n"
					     "never          -\n"
					     "rate           12.3\n");
	doc_free(root);
}

static void
write_json(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void
what_is_read_keeps_its_types(void **state)
{
	char path[] = "/tmp/doc-XXXXXX";
	int fd = mkstemp(path);
	struct err err = ERR_INIT;
	struct doc *root = NULL;
	const struct doc *value = NULL;
	void *place = NULL;
	size_t keys = 0;

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	write_json(path, "{\"t\": \"نص\", \"i\": -7, \"r\": 1.5, \"b\": true, "
			 "\"n\": null, \"a\": [1, \"x\"], \"o\": {}}");
	assert_int_equal(doc_read(&root, path, &err), 0);
	while (doc_next(root, &place, &value) != NULL)
		keys++;
	assert_int_equal(keys, doc_size(root));
	assert_int_equal(doc_type(root), DOC_OBJECT);
	assert_string_equal(doc_as_text(doc_get(root, "t")), "نص");
	assert_string_equal(doc_as_text(doc_get(root, "i")), "");
	assert_int_equal(doc_as_int(doc_get(root, "i")), -7);
	assert_int_equal(doc_as_int(doc_get(root, "b")), 1);
	assert_true(doc_as_real(doc_get(root, "r")) > 1.4);
	assert_int_equal(doc_type(doc_get(root, "r")), DOC_REAL);
	assert_int_equal(doc_type(doc_get(root, "n")), DOC_NULL);
	assert_int_equal(doc_type(doc_get(root, "o")), DOC_OBJECT);
	value = doc_get(root, "a");
	assert_int_equal(doc_type(value), DOC_ARRAY);
	assert_int_equal(doc_size(value), 2);
	assert_string_equal(doc_as_text(doc_item(value, 1)), "x");
	doc_free(root);
	/* Any value may be a document; twice a key, a NUL or more may not. */
	write_json(path, "\"alone\"");
	assert_int_equal(doc_read(&root, path, &err), 0);
	assert_string_equal(doc_as_text(root), "alone");
	doc_free(root);
	static const char *const bad[] = {"", "{", "{\"a\": 1, \"a\": 2}",
	    "\"\\u0000\"", "1 2", "\"\xff\"", "[1,]", "99999999999999999999"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		write_json(path, bad[i]);
		assert_int_equal(doc_read(&root, path, &err), -1);
		assert_int_equal(err.code, ERR_INPUT);
		assert_true(str_starts(err.msg, path));
	}
	unlink(path);
	assert_int_equal(doc_read(&root, path, &err), -1);
	assert_int_equal(err.code, ERR_NOTFOUND);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_type_is_spelled_as_json_does),
	    cmocka_unit_test(bytes_that_are_no_text_are_shown_as_such),
	    cmocka_unit_test(a_key_said_twice_has_the_last_word),
	    cmocka_unit_test(a_table_has_straight_columns),
	    cmocka_unit_test(an_empty_table_says_nothing),
	    cmocka_unit_test(one_object_is_a_line_a_key),
	    cmocka_unit_test(what_is_read_keeps_its_types),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
