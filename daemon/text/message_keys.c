/* SPDX-License-Identifier: ISC */
#include "text/message_keys.h"

#define PLAIN  false
#define COUNTS true

/* clang-format off */
static const struct message_key rows[] = {
	/* digest */
	{"new_articles",         COUNTS, ""},
	{"articles",             COUNTS, ""},
	{"subject",              PLAIN,  "title"},
	{"subject_more",         COUNTS, ""},
	{"digest_footer_why",    PLAIN,  "list"},
	{"unsubscribe",          PLAIN,  ""},
	{"read_more",            PLAIN,  ""},
	/* the mail that asks for a confirmation */
	{"confirm_subject",      PLAIN,  "list"},
	{"confirm_intro",        PLAIN,  "list"},
	{"confirm_button",       PLAIN,  ""},
	{"confirm_expiry",       PLAIN,  ""},
	{"confirm_ignore",       PLAIN,  ""},
	/* the mail that tells the admin of trouble */
	{"notice_subject",       COUNTS, ""},
	{"notice_intro",         PLAIN,  "site"},
	{"notice_relay",         PLAIN,  "name date time"},
	{"notice_domain",        PLAIN,  "name date time"},
	{"notice_clock",         PLAIN,  "date time"},
	{"notice_settings",      PLAIN,  "date time"},
	{"notice_settings_subject", PLAIN, ""},
	{"notice_settings_intro", PLAIN, "site"},
	{"notice_again",         PLAIN,  ""},
	{"notice_reload",        PLAIN,  "command"},
	{"notice_end",           PLAIN,  "command"},
	/* pages */
	{"page_subscribe_title", PLAIN,  "list"},
	{"page_email_label",     PLAIN,  ""},
	{"page_email_example",   PLAIN,  ""},
	{"page_every_label",     PLAIN,  ""},
	{"page_every_day",       PLAIN,  ""},
	{"page_every_week",      PLAIN,  ""},
	{"page_every_month",     PLAIN,  ""},
	{"page_every_instant",   PLAIN,  ""},
	{"page_subscribe_button", PLAIN, ""},
	{"page_trap_label",      PLAIN,  ""},
	{"page_privacy",         PLAIN,  ""},
	{"page_asked_title",     PLAIN,  ""},
	{"page_asked_text",      PLAIN,  ""},
	{"page_confirm_title",   PLAIN,  ""},
	{"page_confirm_text",    PLAIN,  "list"},
	{"page_confirm_button",  PLAIN,  ""},
	{"page_confirmed_title", PLAIN,  ""},
	{"page_confirmed_text",  PLAIN,  "list"},
	{"page_leave_title",     PLAIN,  ""},
	{"page_leave_text",      PLAIN,  "list"},
	{"page_leave_button",    PLAIN,  ""},
	{"page_left_title",      PLAIN,  ""},
	{"page_left_text",       PLAIN,  "list"},
	{"page_expired_title",   PLAIN,  ""},
	{"page_expired_text",    PLAIN,  ""},
	{"page_bad_link_title",  PLAIN,  ""},
	{"page_bad_link_text",   PLAIN,  ""},
	{"page_email_error",     PLAIN,  ""},
	{"page_form_error",      PLAIN,  ""},
	{"page_limit_title",     PLAIN,  ""},
	{"page_limit_text",      PLAIN,  ""},
	{"page_busy_title",      PLAIN,  ""},
	{"page_busy_text",       PLAIN,  ""},
	{"page_not_found_title", PLAIN,  ""},
	{"page_not_found_text",  PLAIN,  ""},
	{"page_too_large_title", PLAIN,  ""},
	{"page_too_large_text",  PLAIN,  ""},
	{"page_method_title",    PLAIN,  ""},
	{"page_method_text",     PLAIN,  ""},
	{"page_lists_title",     PLAIN,  ""},
	{"page_lists_empty",     PLAIN,  ""},
	{"page_error_prefix",    PLAIN,  ""},
	{"page_try_again",       PLAIN,  ""},
};
/* clang-format on */

const struct message_keys message_keys = {rows, sizeof(rows) / sizeof(*rows)};
