/* Calls every function that needs an exchange, with valid arguments and with arguments that it must refuse. Usage:
 * exchange HOST:PORT, the address of an empty exchange that has no other user. */
#define _POSIX_C_SOURCE 199506L /* nanosleep, threads */
#include <pthread.h>
#include <time.h>

#include "check.h"

static const char FIGURES[] = "measure,area,period,breakdown,numerator,denominator,status,source\n"
                              "domestic-abuse-reports.share,E23000001,2017-02,,40,80,final,Test of the C library\n";

static peelian_records *figures(void) {
  peelian_records *records = NULL;
  peelian_error *error = NULL;
  CHECK_OK(peelian_records_from_csv("published_figure", (const uint8_t *)FIGURES, strlen(FIGURES), &records, &error));
  return records;
}

static peelian_submission *submission_by(const char *agency, const char *dataset) {
  peelian_submission *submission = NULL;
  peelian_error *error = NULL;
  CHECK_OK(peelian_submission_new(agency, dataset, "2017-02-01", "2017-02-28", 1488358800, &submission, &error));
  return submission;
}

/* Counts the reports, and stops the submission after the number of calls in `user_data`. */
struct told {
  uint64_t calls, sent, total;
  uint64_t stop_after;
};

static bool tell(void *user_data, uint64_t sent, uint64_t total) {
  struct told *told = user_data;
  told->calls++;
  told->sent = sent;
  told->total = total;
  return told->calls < told->stop_after;
}

static void submitted(const peelian_client *client) {
  peelian_records *records = figures();
  peelian_submission *submission = submission_by("mps", "published_figure");
  peelian_receipt *receipt = NULL;
  peelian_error *error = NULL;
  struct told told = {0, 0, 0, 100};
  char first[128];

  CHECK_OK(peelian_submission_set_dry_run(submission, true, &error));
  CHECK_OK(peelian_client_submit(client, submission, records, NULL, NULL, &receipt, &error));
  CHECK(peelian_receipt_get(receipt)->dry_run && peelian_receipt_get(receipt)->created == 1);
  peelian_receipt_free(receipt);

  CHECK_OK(peelian_submission_set_dry_run(submission, false, &error));
  CHECK_OK(peelian_client_submit(client, submission, records, tell, &told, &receipt, &error));
  CHECK(told.calls == told.total && told.sent == told.total && told.total == 1);
  const peelian_receipt_details *details = peelian_receipt_get(receipt);
  CHECK(details->received == 1 && details->created == 1 && details->ledger_position == 1 && !details->dry_run);
  CHECK(strncmp(details->submission, "agencies/mps/submissions/", 25) == 0 && strlen(details->content_sha256) == 64);
  snprintf(first, sizeof first, "%s", details->submission);
  peelian_receipt_free(receipt);

  /* A submission that is sent twice counts once. */
  CHECK_OK(peelian_client_submit(client, submission, records, NULL, NULL, &receipt, &error));
  CHECK(strcmp(peelian_receipt_get(receipt)->submission, first) == 0);
  peelian_receipt_free(receipt);
  CHECK_OK(peelian_client_submit(client, submission, records, NULL, NULL, NULL, &error));
  peelian_submission_free(submission);
  peelian_records_free(records);
}

static void asked(const peelian_client *client) {
  peelian_query *query = NULL;
  peelian_result *result = NULL;
  peelian_explanation *told = NULL;
  peelian_error *error = NULL;

  CHECK_OK(peelian_query_new(&query, &error));
  CHECK_OK(peelian_query_add_measure(query, "domestic-abuse-reports.share", &error));
  CHECK_OK(peelian_query_add_area(query, "E23000001", &error));
  CHECK_OK(peelian_query_add_period(query, "2017-02", &error));
  CHECK_OK(peelian_client_query(client, query, &result, &error));
  CHECK(peelian_result_count(result) == 1);
  const peelian_observation *found = peelian_result_get(result, 0);
  CHECK(found->missing == NULL && found->value == 0.5 && strcmp(found->basis, "submitted_figure") == 0);
  CHECK(found->lower < 0.5 && found->upper > 0.5 && strcmp(found->method, "wilson") == 0);
  CHECK(found->ledger_position == 1 && !found->synthetic);
  peelian_result_free(result);

  CHECK_OK(peelian_client_explain(client, "domestic-abuse-reports.share", "E23000001", "2017-02", "", &told, &error));
  CHECK(peelian_explanation_get(told)->contribution_count == 1 && peelian_explanation_get(told)->measure_version > 0);
  peelian_explanation_free(told);

  result = NULL;
  CHECK_OK(peelian_query_add_measure(query, "domestic-abuse-report", &error));
  CHECK_FAILS(peelian_client_query(client, query, &result, &error), PEELIAN_STATUS_EXCHANGE, "domestic-abuse-report");
  CHECK_FAILS(peelian_client_explain(client, "domestic-abuse-reports.share", "X", "2017-02", NULL, &told, &error),
              PEELIAN_STATUS_EXCHANGE, "X");
  CHECK(result == NULL);
  peelian_query_free(query);
}

static void refused(const peelian_client *client) {
  peelian_records *records = figures();
  peelian_submission *submission = submission_by("mps", "published_figure"), *other = submission_by("mps", "crime");
  peelian_receipt *receipt = NULL;
  peelian_error *error = NULL;
  struct told told = {0, 0, 0, 1};

  CHECK_FAILS(peelian_client_submit(client, other, records, NULL, NULL, &receipt, &error),
              PEELIAN_STATUS_INVALID_ARGUMENT, "the records are of published_figure");
  CHECK_FAILS(peelian_submission_set_mode(submission, "append", &error), PEELIAN_STATUS_INVALID_ARGUMENT, "append");
  CHECK_OK(peelian_submission_set_mode(submission, "merge", &error));
  CHECK_OK(peelian_submission_set_collection(submission, "C", &error));
  CHECK_OK(peelian_submission_set_expected_deletions(submission, 0, &error));
  /* The progress function stops the submission: the exchange keeps nothing. */
  CHECK_FAILS(peelian_client_submit(client, submission, records, tell, &told, &receipt, &error),
              PEELIAN_STATUS_CANCELLED, "stopped");
  CHECK(told.calls == 1 && receipt == NULL);
  CHECK_FAILS(peelian_client_submit(NULL, submission, records, NULL, NULL, NULL, &error),
              PEELIAN_STATUS_INVALID_ARGUMENT, "client is NULL");
  peelian_submission_free(submission);

  /* The period ends before it begins. The exchange gives its reason. */
  CHECK_OK(peelian_submission_new("mps", "published_figure", "2017-02-01", "2017-01-01", 1488358800, &submission, &error));
  CHECK(peelian_client_submit(client, submission, records, NULL, NULL, &receipt, &error) == PEELIAN_STATUS_EXCHANGE);
  CHECK(peelian_error_code(error)[0] != 0);
  peelian_error_free(error);
  error = NULL;
  peelian_submission_free(submission);

  /* A nil return: nothing happened. */
  CHECK_OK(peelian_client_submit(client, other, NULL, NULL, NULL, &receipt, &error));
  CHECK(peelian_receipt_get(receipt)->received == 0 && peelian_receipt_get(receipt)->submission[0] != 0);
  peelian_receipt_free(receipt);
  peelian_submission_free(other);
  peelian_records_free(records);
}

static void findings_are_read(const peelian_client *client) {
  /* A figure for each borough of the force. The sixth is not a number. */
  char csv[4096] = "measure,area,period,breakdown,numerator,status,source\n";
  peelian_submission *submission = submission_by("mps", "published_figure");
  peelian_records *records = NULL;
  peelian_receipt *receipt = NULL;
  peelian_findings *findings = NULL;
  peelian_error *error = NULL;

  for (int borough = 2; borough <= 33; borough++) {
    const size_t length = strlen(csv);
    snprintf(csv + length, sizeof csv - length, "knife-crime-offences,E090000%02d,2017-02,,%s,final,Test\n", borough,
             borough == 7 ? "many" : "52");
  }
  CHECK_OK(peelian_records_from_csv("published_figure", (const uint8_t *)csv, strlen(csv), &records, &error));
  CHECK_OK(peelian_submission_set_collection(submission, "findings", &error));
  CHECK_OK(peelian_client_submit(client, submission, records, NULL, NULL, &receipt, &error));
  const peelian_receipt_details *details = peelian_receipt_get(receipt);
  CHECK(details->received == 32 && details->rejected == 1 && details->errors == 1);
  CHECK_OK(peelian_client_findings(client, details->submission, &findings, &error));
  CHECK(peelian_findings_count(findings) == 1);
  const peelian_finding *first = peelian_findings_get(findings, 0);
  CHECK(strncmp(first->code, "PEEL-", 5) == 0 && first->row == 6 && first->message[0] != 0);
  peelian_findings_free(findings);
  peelian_findings_free(NULL);
  findings = NULL;
  CHECK_FAILS(peelian_client_findings(client, "agencies/mps/submissions/none", &findings, &error),
              PEELIAN_STATUS_EXCHANGE, "a submission's name");
  CHECK_FAILS(peelian_client_findings(NULL, details->submission, &findings, &error), PEELIAN_STATUS_INVALID_ARGUMENT,
              "client is NULL");
  CHECK(findings == NULL);
  peelian_receipt_free(receipt);
  peelian_submission_free(submission);
  peelian_records_free(records);
}

/* Submits a borough's own count of knife crime. The police has submitted 52, and is the authority. */
static void submit_own_count(const peelian_client *client) {
  static const char OWN[] = "measure,area,period,breakdown,numerator,status,source\n"
                            "knife-crime-offences,E09000028,2017-02,,60,final,Own count\n";
  peelian_submission *submission = submission_by("southwark", "published_figure");
  peelian_records *records = NULL;
  peelian_error *error = NULL;
  CHECK_OK(peelian_records_from_csv("published_figure", (const uint8_t *)OWN, strlen(OWN), &records, &error));
  CHECK_OK(peelian_client_submit(client, submission, records, NULL, NULL, NULL, &error));
  peelian_submission_free(submission);
  peelian_records_free(records);
}

static void alternatives_are_read(const peelian_client *client) {
  peelian_query *query = NULL;
  peelian_result *result = NULL;
  peelian_error *error = NULL;

  submit_own_count(client);
  CHECK_OK(peelian_query_new(&query, &error));
  CHECK_OK(peelian_query_add_measure(query, "knife-crime-offences", &error));
  CHECK_OK(peelian_query_add_area(query, "E09000028", &error));
  CHECK_OK(peelian_query_add_period(query, "2017-02", &error));
  CHECK_OK(peelian_query_set_basis(query, "submitted_figure", &error));
  CHECK_OK(peelian_client_query(client, query, &result, &error));
  CHECK(peelian_result_count(result) == 1 && peelian_result_get(result, 0)->value == 52);
  CHECK(peelian_result_alternative_count(result, 0) == 1 && peelian_result_alternative_count(result, 1) == 0);
  const peelian_alternative *other = peelian_result_alternative_get(result, 0, 0);
  CHECK(strcmp(other->agency, "southwark") == 0 && strcmp(other->source, "southwark: Own count") == 0);
  CHECK(other->value == 60 && other->difference == 8 && other->missing == NULL && !other->synthetic);
  CHECK(other->numerator == 60 && other->denominator != other->denominator);
  CHECK(peelian_result_alternative_get(result, 0, 1) == NULL && peelian_result_alternative_get(result, 1, 0) == NULL);
  CHECK(peelian_result_alternative_get(NULL, 0, 0) == NULL && peelian_result_alternative_count(NULL, 0) == 0);
  peelian_result_free(result);

  /* The borough's own figure is the value, if it is asked for. */
  CHECK_OK(peelian_query_set_source(query, "southwark", &error));
  CHECK_OK(peelian_client_query(client, query, &result, &error));
  CHECK(peelian_result_get(result, 0)->value == 60 && peelian_result_alternative_get(result, 0, 0)->value == 52);
  peelian_result_free(result);
  result = NULL;
  CHECK_OK(peelian_query_set_source(query, "southwalk", &error));
  CHECK_FAILS(peelian_client_query(client, query, &result, &error), PEELIAN_STATUS_EXCHANGE, "southwalk");
  CHECK_FAILS(peelian_query_set_source(query, NULL, &error), PEELIAN_STATUS_INVALID_ARGUMENT, "the text is NULL");
  CHECK(result == NULL);
  peelian_query_free(query);
}

/* The library refuses a column that is not a field of the dataset. It sends nothing to the exchange. */
static void other_columns_stay(const peelian_client *client) {
  static const char NAMED[] = "measure,area,victim_name\ndomestic-abuse-reports.share,E23000001,Jo Bloggs\n";
  peelian_submission *submission = submission_by("mps", "published_figure");
  peelian_records *records = NULL;
  peelian_error *error = NULL;
  struct told told = {0, 0, 0, 100};

  CHECK_OK(peelian_records_from_csv("published_figure", (const uint8_t *)NAMED, strlen(NAMED), &records, &error));
  CHECK_FAILS(peelian_client_submit(client, submission, records, tell, &told, NULL, &error), PEELIAN_STATUS_REFUSED,
              "victim_name");
  CHECK(told.calls == 0);
  peelian_submission_free(submission);
  peelian_records_free(records);
}

/* The queries of one of several threads, which share a client. */
static void *ask_often(void *shared) {
  const peelian_client *client = shared;
  for (int i = 0; i < 20; i++) {
    asked(client);
  }
  return NULL;
}

static void threads_share_a_client(peelian_client *client) {
  pthread_t threads[4];
  for (size_t i = 0; i < 4; i++) {
    CHECK(pthread_create(&threads[i], NULL, ask_often, client) == 0);
  }
  for (size_t i = 0; i < 4; i++) {
    CHECK(pthread_join(threads[i], NULL) == 0);
  }
}

/* Takes longer than the timeout of a call. */
static bool dawdle(void *user_data, uint64_t sent, uint64_t total) {
  const struct timespec time = {0, 100 * 1000 * 1000};
  (void)user_data, (void)sent, (void)total;
  nanosleep(&time, NULL);
  return true;
}

/* Stops the call in the way that another thread would. */
static bool cancel(void *user_data, uint64_t sent, uint64_t total) {
  (void)sent, (void)total;
  return peelian_client_cancel(user_data, NULL) == PEELIAN_STATUS_OK;
}

static void stopped(peelian_client *client) {
  peelian_records *records = figures();
  peelian_submission *submission = submission_by("mps", "published_figure");
  peelian_query *query = NULL;
  peelian_result *result = NULL;
  peelian_error *error = NULL;

  CHECK_OK(peelian_submission_set_dry_run(submission, true, &error));
  CHECK_OK(peelian_client_set_timeout(client, 0.01, &error));
  CHECK_FAILS(peelian_client_submit(client, submission, records, dawdle, NULL, NULL, &error),
              PEELIAN_STATUS_CANCELLED, "time");
  CHECK_FAILS(peelian_client_set_timeout(client, -1, &error), PEELIAN_STATUS_INVALID_ARGUMENT, "seconds");
  CHECK_OK(peelian_client_set_timeout(client, 0, &error));
  CHECK_FAILS(peelian_client_submit(client, submission, records, cancel, client, NULL, &error),
              PEELIAN_STATUS_CANCELLED, "stopped");
  peelian_submission_free(submission);
  peelian_records_free(records);

  /* Later calls are not stopped: the exchange answers this one, and says that the query names nothing. */
  CHECK_OK(peelian_query_new(&query, &error));
  CHECK_FAILS(peelian_client_query(client, query, &result, &error), PEELIAN_STATUS_EXCHANGE, "names no");
  CHECK_FAILS(peelian_client_cancel(NULL, &error), PEELIAN_STATUS_INVALID_ARGUMENT, "client is NULL");
  peelian_query_free(query);
}

int main(int argc, char **argv) {
  peelian_client *client = NULL;
  peelian_error *error = NULL;
  if (argc != 2) {
    return 2;
  }
  CHECK_OK(peelian_client_connect(argv[1], &client, &error));
  if (client == NULL) {
    return 1;
  }
  submitted(client);
  asked(client);
  threads_share_a_client(client);
  refused(client);
  findings_are_read(client);
  alternatives_are_read(client);
  other_columns_stay(client);
  stopped(client);
  peelian_client_free(client);
  return failures != 0;
}
