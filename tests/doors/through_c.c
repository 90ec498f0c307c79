/* Makes the calls that it reads, line by line, through the C library, and prints the outcome of each. Tabs separate cells,
 * and an empty cell is "-". tests/python/doors.py writes the lines and says what they mean. */
#define _DEFAULT_SOURCE /* getline, strsep */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <peelian.h>

/* What a call does with the rest of its line. It prints the cells of its answer if it succeeds. */
typedef peelian_status call_function(char *line, peelian_error **error);

/* 2026-04-02T09:30:00Z, when the data of every submission were extracted. */
static const int64_t EXTRACTED = 1775122200;

static peelian_client *client = NULL;

/* Takes the next cell off a line; empty for "-". */
static const char *cell(char **line) {
  char *start = strsep(line, "\t");
  return start == NULL || strcmp(start, "-") == 0 ? "" : start;
}

/* Prints a cell on one line; "-" if it is empty. */
static void put(const char *text) {
  putchar('\t');
  if (*text == '\0') {
    putchar('-');
  }
  for (; *text != '\0'; text++) {
    putchar(*text == '\n' || *text == '\t' ? ' ' : *text);
  }
}

static peelian_status set_credentials(peelian_client_options *options, char *line, peelian_error **error) {
  const char *ca = cell(&line), *certificate = cell(&line), *key = cell(&line), *token = cell(&line);
  peelian_status status = PEELIAN_STATUS_OK;
  if (*ca != '\0') {
    status = peelian_client_options_set_ca(options, ca, error);
  }
  if (status == PEELIAN_STATUS_OK && *certificate != '\0') {
    status = peelian_client_options_set_certificate(options, certificate, key, error);
  }
  if (status == PEELIAN_STATUS_OK && *token != '\0') {
    status = peelian_client_options_set_token(options, token, error);
  }
  return status;
}

static peelian_status connect_with(char *line, peelian_error **error) {
  const char *address = cell(&line);
  peelian_client_options *options = NULL;
  peelian_client_free(client);
  client = NULL;

  peelian_status status = peelian_client_options_new(&options, error);
  if (status == PEELIAN_STATUS_OK) {
    status = set_credentials(options, line, error);
  }
  if (status == PEELIAN_STATUS_OK) {
    status = peelian_client_connect_with(address, options, &client, error);
  }
  peelian_client_options_free(options);
  if (status == PEELIAN_STATUS_OK) {
    printf("answered");
  }
  return status;
}

/* Fills a query from a line: its measure, area and period. */
static peelian_status fill(peelian_query *query, char *line, peelian_error **error) {
  peelian_status status = peelian_query_add_measure(query, cell(&line), error);
  if (status == PEELIAN_STATUS_OK) {
    status = peelian_query_add_area(query, cell(&line), error);
  }
  if (status == PEELIAN_STATUS_OK) {
    status = peelian_query_add_period(query, cell(&line), error);
  }
  return status == PEELIAN_STATUS_OK ? peelian_query_set_companions(query, false, error) : status;
}

static void put_observation(const peelian_observation *seen) {
  char text[128];
  if (seen->missing != NULL) {
    snprintf(text, sizeof text, "%s=%s", seen->area, seen->missing);
  } else {
    snprintf(text, sizeof text, "%s=%g", seen->area, seen->value);
  }
  put(text);
}

static peelian_status query_release(const char *release, char *line, peelian_error **error) {
  peelian_query *asked = NULL;
  peelian_result *result = NULL;

  peelian_status status = peelian_query_new(&asked, error);
  if (status == PEELIAN_STATUS_OK) {
    status = peelian_query_set_release(asked, release, error);
  }
  if (status == PEELIAN_STATUS_OK) {
    status = fill(asked, line, error);
  }
  if (status == PEELIAN_STATUS_OK) {
    status = peelian_client_query(client, asked, &result, error);
  }
  if (status == PEELIAN_STATUS_OK) {
    printf("answered");
    for (size_t i = 0; i < peelian_result_count(result); i++) {
      put_observation(peelian_result_get(result, i));
    }
  }
  peelian_result_free(result);
  peelian_query_free(asked);
  return status;
}

static peelian_status query(char *line, peelian_error **error) { return query_release("", line, error); }

static peelian_status read_release(char *line, peelian_error **error) {
  const char *release = cell(&line);
  return query_release(release, line, error);
}

static peelian_status explain(char *line, peelian_error **error) {
  const char *measure = cell(&line), *area = cell(&line), *period = cell(&line);
  peelian_explanation *told = NULL;
  peelian_status status = peelian_client_explain(client, measure, area, period, NULL, &told, error);
  if (status == PEELIAN_STATUS_OK) {
    const peelian_explanation_details *details = peelian_explanation_get(told);
    printf("answered");
    for (size_t i = 0; i < details->contribution_count; i++) {
      put(details->contributions[i]->submission);
    }
  }
  peelian_explanation_free(told);
  return status;
}

/* Tries a nil return: the exchange checks it, and writes nothing. */
static peelian_status submit(char *line, peelian_error **error) {
  const char *agency = cell(&line), *dataset = cell(&line), *first = cell(&line), *last = cell(&line);
  peelian_submission *submission = NULL;
  peelian_receipt *receipt = NULL;

  peelian_status status = peelian_submission_new(agency, dataset, first, last, EXTRACTED, &submission, error);
  if (status == PEELIAN_STATUS_OK) {
    status = peelian_submission_set_dry_run(submission, true, error);
  }
  if (status == PEELIAN_STATUS_OK) {
    status = peelian_client_submit(client, submission, NULL, NULL, NULL, &receipt, error);
  }
  if (status == PEELIAN_STATUS_OK) {
    printf("answered\t%llu", (unsigned long long)peelian_receipt_get(receipt)->received);
  }
  peelian_receipt_free(receipt);
  peelian_submission_free(submission);
  return status;
}

static peelian_status findings(char *line, peelian_error **error) {
  peelian_findings *found = NULL;
  peelian_status status = peelian_client_findings(client, cell(&line), &found, error);
  if (status == PEELIAN_STATUS_OK) {
    printf("answered");
    for (size_t i = 0; i < peelian_findings_count(found); i++) {
      put(peelian_findings_get(found, i)->code);
    }
  }
  peelian_findings_free(found);
  return status;
}

/* Texts in one cell, with commas between them. */
static void put_joined(const char *const *texts, size_t count) {
  char joined[1024] = "";
  for (size_t i = 0; i < count; i++) {
    size_t used = strlen(joined);
    snprintf(joined + used, sizeof joined - used, "%s%s", i == 0 ? "" : ",", texts[i]);
  }
  put(joined);
}

static peelian_status whoami(char *line, peelian_error **error) {
  (void)line;
  peelian_caller *caller = NULL;
  peelian_status status = peelian_client_whoami(client, &caller, error);
  if (status == PEELIAN_STATUS_OK) {
    const peelian_caller_details *me = peelian_caller_get(caller);
    const char *agreements[64];
    for (size_t i = 0; i < me->agreement_count && i < 64; i++) {
      agreements[i] = me->agreements[i]->id;
    }
    printf("answered");
    put(me->agency);
    put_joined(me->roles, me->role_count);
    put_joined(agreements, me->agreement_count);
    for (size_t i = 0; i < me->permission_count; i++) {
      put(me->permissions[i]);
    }
  }
  peelian_caller_free(caller);
  return status;
}

static void put_decision(const peelian_access *access) {
  const peelian_access_details *decided = peelian_access_get(access);
  char seen[64];
  snprintf(seen, sizeof seen, "%u of %u", (unsigned)decided->visible_pairs, (unsigned)decided->pairs);
  printf("answered\t%s", decided->allowed ? "yes" : "no");
  put(seen);
  if (decided->allowed) {
    put_joined(decided->agreements, decided->agreement_count);
  } else {
    put_joined(decided->agreements_needed, decided->agreement_needed_count);
  }
}

static peelian_status can_query(char *line, peelian_error **error) {
  peelian_query *asked = NULL;
  peelian_access *access = NULL;
  peelian_status status = peelian_query_new(&asked, error);
  if (status == PEELIAN_STATUS_OK) {
    status = fill(asked, line, error);
  }
  if (status == PEELIAN_STATUS_OK) {
    status = peelian_client_can_query(client, asked, NULL, &access, error);
  }
  if (status == PEELIAN_STATUS_OK) {
    put_decision(access);
  }
  peelian_access_free(access);
  peelian_query_free(asked);
  return status;
}

static peelian_status can_submit(char *line, peelian_error **error) {
  const char *agency = cell(&line), *dataset = cell(&line);
  peelian_access *access = NULL;
  peelian_status status = peelian_client_can_submit(client, agency, dataset, &access, error);
  if (status == PEELIAN_STATUS_OK) {
    put_decision(access);
  }
  peelian_access_free(access);
  return status;
}

static peelian_status coverage(char *line, peelian_error **error) {
  (void)line;
  peelian_reports *reports = NULL;
  peelian_status status = peelian_client_reports(client, "mps", "crime", NULL, "2026-01", false, &reports, error);
  if (status == PEELIAN_STATUS_OK) {
    printf("answered\t%zu", peelian_reports_count(reports));
  }
  peelian_reports_free(reports);
  return status;
}

static const struct {
  const char *name;
  call_function *call;
} CALLS[] = {{"connect", connect_with}, {"query", query},           {"read_release", read_release}, {"explain", explain},
             {"submit", submit},        {"findings", findings},     {"whoami", whoami},             {"can_query", can_query},
             {"can_submit", can_submit}, {"coverage", coverage}};

/* Prints why a call failed. A status that no call should have ends the program. */
static void put_error(const peelian_error *error) {
  switch (peelian_error_status(error)) {
    case PEELIAN_STATUS_EXCHANGE:
      printf("refused");
      break;
    case PEELIAN_STATUS_UNREACHABLE:
      printf("unreachable");
      break;
    default:
      fprintf(stderr, "%s\n", peelian_error_message(error));
      exit(1);
  }
  put(peelian_error_code(error));
  put(peelian_error_message(error));
}

static void answer(char *line) {
  const char *name = cell(&line);
  for (size_t i = 0; i < sizeof CALLS / sizeof *CALLS; i++) {
    if (strcmp(CALLS[i].name, name) == 0) {
      peelian_error *error = NULL;
      if (CALLS[i].call(line, &error) != PEELIAN_STATUS_OK) {
        put_error(error);
      }
      peelian_error_free(error);
      putchar('\n');
      fflush(stdout);
      return;
    }
  }
  fprintf(stderr, "there is no call %s\n", name);
  exit(2);
}

int main(void) {
  char *line = NULL;
  size_t size = 0;
  while (getline(&line, &size, stdin) > 0) {
    line[strcspn(line, "\n")] = '\0';
    answer(line);
  }
  free(line);
  peelian_client_free(client);
  return 0;
}
