/* Builds records from structures in the memory of a program, and submits them to an exchange.
 *
 *   cc submit_records.c $(pkg-config --cflags --libs peelian) -o submit_records
 *   ./submit_records 127.0.0.1:50829
 */
#include <stdio.h>
#include <stdlib.h>

#include <peelian.h>

/* A row in the form of the program. */
struct offence {
  const char *reference;
  const char *incident;
  const char *recorded; /* day */
  const char *class;    /* Home Office class */
  const char *borough;  /* code of the Office for National Statistics */
  bool has_victim;
  const char *knife;
};

static const struct offence OFFENCES[] = {
    {"C/1", "I/1", "2017-02-01", "39", "E09000028", true, "none"},
    {"C/2", "I/2", "2017-02-03", "8N", "E09000028", true, "injured"},
    {"C/3", "I/2", "2017-02-03", "34B", "E09000022", true, "threatened"},
};

/* Ends the program if a call failed. A real program would free its objects and continue. */
static void must(peelian_status status, peelian_error *error) {
  if (status != PEELIAN_STATUS_OK) {
    fprintf(stderr, "%s %s\n", peelian_error_message(error), peelian_error_code(error));
    peelian_error_free(error);
    exit(1);
  }
}

static peelian_records *records_of(const struct offence *offences, size_t count) {
  static const char *const FLAGS[] = {"flag_da", "flag_cse", "flag_csa", "flag_hba", "flag_fm", "flag_fgm"};
  peelian_records *records = NULL;
  peelian_error *error = NULL;

  must(peelian_records_new("crime", &records, &error), error);
  for (size_t i = 0; i < count; i++) {
    const struct offence *offence = &offences[i];
    must(peelian_records_set_text(records, "crime_ref", offence->reference, &error), error);
    must(peelian_records_set_text(records, "incident_ref", offence->incident, &error), error);
    must(peelian_records_set_text(records, "record_status", "active", &error), error);
    must(peelian_records_set_text(records, "recorded_at", offence->recorded, &error), error);
    must(peelian_records_set_text(records, "committed_from", offence->recorded, &error), error);
    must(peelian_records_set_text(records, "ho_class", offence->class, &error), error);
    must(peelian_records_set_text(records, "offence_borough", offence->borough, &error), error);
    must(peelian_records_set_boolean(records, "victim_based", offence->has_victim, &error), error);
    must(peelian_records_set_text(records, "knife_use", offence->knife, &error), error);
    must(peelian_records_set_text(records, "gun_use", "none", &error), error);
    must(peelian_records_set_text(records, "flag_hate", "", &error), error); /* an empty set */
    for (size_t flag = 0; flag < sizeof FLAGS / sizeof *FLAGS; flag++) {
      must(peelian_records_set_text(records, FLAGS[flag], "no", &error), error);
    }
    must(peelian_records_end_row(records, &error), error);
  }
  must(peelian_records_set_synthetic(records, true, &error), error); /* the records are invented, and always marked so */
  return records;
}

/* Prints the progress. Returning false would stop the submission. */
static bool progress(void *user_data, uint64_t sent, uint64_t total) {
  printf("%s: %llu of %llu\n", (const char *)user_data, (unsigned long long)sent, (unsigned long long)total);
  return true;
}

int main(int argc, char **argv) {
  char label[] = "sent";
  peelian_client *client = NULL;
  peelian_submission *submission = NULL;
  peelian_receipt *receipt = NULL;
  peelian_error *error = NULL;

  if (argc != 2) {
    fprintf(stderr, "usage: %s HOST:PORT\n", argv[0]);
    return 2;
  }
  peelian_records *records = records_of(OFFENCES, sizeof OFFENCES / sizeof *OFFENCES);

  /* Checks the records first in the same way as the exchange, without sending anything. */
  must(peelian_validate(NULL, records, &receipt, &error), error);
  const peelian_findings *findings = peelian_receipt_findings(receipt);
  for (size_t i = 0; i < peelian_findings_count(findings); i++) {
    const peelian_finding *finding = peelian_findings_get(findings, i);
    printf("%s row %llu %s: %s\n", finding->severity, (unsigned long long)finding->row, finding->field,
           finding->message);
  }
  peelian_receipt_free(receipt);

  must(peelian_client_connect(argv[1], &client, &error), error);
  /* 2017-03-01T09:00:00Z is when the data were extracted. */
  must(peelian_submission_new("mps", "crime", "2017-02-01", "2017-02-28", 1488358800, &submission, &error), error);
  must(peelian_client_submit(client, submission, records, progress, label, &receipt, &error), error);
  const peelian_receipt_details *details = peelian_receipt_get(receipt);
  printf("%s: %llu received, %llu created, %llu rejected\n", details->submission,
         (unsigned long long)details->received, (unsigned long long)details->created,
         (unsigned long long)details->rejected);

  peelian_receipt_free(receipt);
  peelian_submission_free(submission);
  peelian_client_free(client);
  peelian_records_free(records);
  return 0;
}
