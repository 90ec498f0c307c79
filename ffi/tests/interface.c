/* Calls every function that needs no exchange, with valid arguments and with arguments that it must refuse. Usage:
 * interface KEYS, where KEYS is a file of linkage keys. */
#include <math.h>
#include <stdlib.h>

#include "check.h"

static const char PRIORITIES[] = "borough,valid_from,priority_1,priority_2\n"
                                 "E09000028,2017-04-01,robbery_personal,burglary_residential\n";

static void versions(void) {
  char text[32];
  CHECK(strcmp(peelian_version(), PEELIAN_VERSION) == 0);
  CHECK(peelian_abi_version() == PEELIAN_ABI_VERSION);
  snprintf(text, sizeof text, "%d.%d.%d", PEELIAN_VERSION_MAJOR, PEELIAN_VERSION_MINOR, PEELIAN_VERSION_PATCH);
  CHECK(strcmp(text, PEELIAN_VERSION) == 0);
}

static void intervals(void) {
  peelian_estimate found;
  peelian_error *error = NULL;
  const double weights[] = {2, 1, 1};
  const double events[] = {10, 30};
  const double population[] = {1000, 1000};
  const char *position = NULL;
  double size = 0;

  /* Newcombe 1998, table I: 81 of 263. */
  CHECK_OK(peelian_wilson(81, 263, 0.95, &found, &error));
  CHECK(fabs(found.lower - 0.2553) < 5e-5 && fabs(found.upper - 0.3662) < 5e-5);
  CHECK(strcmp(found.method, "wilson") == 0 && found.confidence == 0.95);
  CHECK_OK(peelian_poisson(65, 0.95, false, &found, &error));
  CHECK(fabs(found.lower - 50.163187710459454) < 1e-9 && strcmp(found.method, "byar") == 0);
  CHECK_OK(peelian_poisson(65, 0.95, true, &found, &error));
  CHECK(strcmp(found.method, "exact_poisson") == 0);
  CHECK_OK(peelian_rate(222, 3215, 100, 0.95, false, &found, &error));
  CHECK(fabs(found.value - 6.905132192846033) < 1e-12);
  /* Newcombe 1998, table II: 56 of 70 minus 48 of 80. */
  CHECK_OK(peelian_newcombe(56, 70, 48, 80, 0.95, false, &found, &error));
  CHECK(fabs(found.lower - 0.0524) < 5e-5 && fabs(found.upper - 0.3339) < 5e-5);
  CHECK_OK(peelian_newcombe(56, 70, 48, 80, 0.95, true, &found, &error));
  CHECK(strcmp(found.method, "newcombe_11") == 0);
  /* Boice and Monson 1977. */
  CHECK_OK(peelian_rate_ratio(41, 28010, 15, 19017, 0.95, NULL, &found, &error));
  CHECK(fabs(found.lower - 1.027225998) < 1e-9 && fabs(found.upper - 3.352563314) < 1e-9);
  CHECK_OK(peelian_rate_ratio(4, 100, 0, 100, 0.95, "rate_ratio_score", &found, &error));
  CHECK(isinf(found.upper));
  /* Fagerland and Newcombe 2013. */
  CHECK_OK(peelian_risk_ratio(24, 73, 53, 65, 0.95, &found, &error));
  CHECK(fabs(found.lower - 0.282) < 5e-4 && fabs(found.upper - 0.563) < 5e-4);
  CHECK_OK(peelian_isr(12, 8, 1, 0.95, false, &found, &error));
  CHECK(fabs(found.value - 1.5) < 1e-12 && strcmp(found.method, "byar") == 0);
  CHECK_OK(peelian_dsr(events, NULL, population, population, 2, 100, 0.95, &found, &error));
  CHECK(fabs(found.value - 2) < 1e-12 && strcmp(found.method, "dobson") == 0);
  CHECK_OK(peelian_mean(weights, 3, 0.95, &found, &error));
  CHECK(fabs(found.value - 4.0 / 3) < 1e-12 && strcmp(found.method, "student_t") == 0);
  CHECK_OK(peelian_median(weights, 3, 0.95, &found, &error));
  CHECK(found.value == 1 && isnan(found.lower) && found.method == NULL);
  CHECK_OK(peelian_funnel_limits("proportion", 30, 0.80642448, 0.998, &found, &error));
  CHECK(fabs(found.lower - 0.58351036) < 2e-8);
  CHECK_OK(peelian_funnel_position("ratio", 150, 100, 1, &position, &error));
  CHECK(strcmp(position, "High (0.001)") == 0);
  CHECK_OK(peelian_effective_sample_size(weights, 3, &size, &error));
  CHECK(fabs(size - 16.0 / 6) < 1e-12);

  /* A call that is refused writes no output. */
  found.lower = 7;
  CHECK_FAILS(peelian_wilson(5, 4, 0.95, &found, &error), PEELIAN_STATUS_INVALID_ARGUMENT, "above denominator 4");
  CHECK_FAILS(peelian_wilson(1, 4, 95, &found, &error), PEELIAN_STATUS_INVALID_ARGUMENT, "95");
  CHECK_FAILS(peelian_wilson(NAN, 4, 0.95, &found, &error), PEELIAN_STATUS_INVALID_ARGUMENT, "not a finite");
  CHECK_FAILS(peelian_wilson(1, 4, 0.95, NULL, &error), PEELIAN_STATUS_INVALID_ARGUMENT, "out is NULL");
  CHECK_FAILS(peelian_wilson(1, 4, 0.95, ODD(peelian_estimate, &found), &error), PEELIAN_STATUS_INVALID_ARGUMENT,
              "misaligned");
  CHECK(peelian_wilson(5, 4, 0.95, &found, NULL) == PEELIAN_STATUS_INVALID_ARGUMENT);
  CHECK_FAILS(peelian_poisson(-1, 0.95, false, &found, &error), PEELIAN_STATUS_INVALID_ARGUMENT, "negative");
  CHECK_FAILS(peelian_rate(1, 0, 1, 0.95, false, &found, &error), PEELIAN_STATUS_INVALID_ARGUMENT, "zero");
  CHECK_FAILS(peelian_newcombe(1, 0, 1, 2, 0.95, false, &found, &error), PEELIAN_STATUS_INVALID_ARGUMENT, "zero");
  CHECK_FAILS(peelian_rate_ratio(1, 9, 2, 9, 0.95, "wald", &found, &error), PEELIAN_STATUS_INVALID_ARGUMENT, "wald");
  CHECK_FAILS(peelian_dsr(NULL, NULL, events, events, 2, 1, 0.95, &found, &error), PEELIAN_STATUS_INVALID_ARGUMENT,
              "events is NULL");
  CHECK_FAILS(peelian_funnel_limits("median", 1, 1, 0.95, &found, &error), PEELIAN_STATUS_INVALID_ARGUMENT, "median");
  CHECK_FAILS(peelian_effective_sample_size(NULL, 3, &size, &error), PEELIAN_STATUS_INVALID_ARGUMENT, "weights is NULL");
  CHECK(found.lower == 7);
}

static void the_catalogue(void) {
  const peelian_dataset *crime = peelian_dataset_find("crime");
  const peelian_field *outcome = NULL;
  size_t codes = 0;

  CHECK(peelian_measure_count() > 48 && peelian_dataset_count() == 25 && peelian_area_count() > 600);
  CHECK(peelian_measure_get(peelian_measure_count()) == NULL && peelian_measure_get((size_t)-1) == NULL);
  for (size_t i = 0; i < peelian_measure_count(); i++) {
    const peelian_measure *measure = peelian_measure_get(i);
    CHECK(peelian_measure_find(measure->id) == measure && measure->title[0] != 0 && measure->version > 0);
    CHECK(measure->source_count > 0 && measure->sources[measure->source_count - 1][0] != 0);
  }
  /* The identifier of a measure without a variant finds its default variant. */
  CHECK(strncmp(peelian_measure_find("repeat-victim-share")->id, "repeat-victim-share.", 20) == 0);
  CHECK(crime != NULL && strncmp(crime->csv_header, "crime_ref,", 10) == 0 && crime->key_count == 1);
  for (size_t i = 0; i < crime->field_count; i++) {
    codes += crime->fields[i]->code_count;
    if (strcmp(crime->fields[i]->name, "knife_use") == 0) {
      outcome = crime->fields[i];
    }
  }
  CHECK(outcome != NULL && outcome->required && outcome->code_count > 2 && outcome->codes[0]->label[0] != 0);
  CHECK(codes > 100);
  CHECK(strcmp(peelian_area_find("E09000028")->name, "Southwark") == 0);
  CHECK(peelian_dataset_find("crimes") == NULL && peelian_dataset_find(NULL) == NULL);
  CHECK(peelian_measure_find("") == NULL && peelian_area_find("\xff") == NULL);
}

/* The register: the police of London, and a borough that may publish its own figures. */
static void the_register(void) {
  const peelian_agency *police = peelian_agency_find("mps"), *borough = peelian_agency_find("southwark");
  const peelian_measure *knife = peelian_measure_find("knife-crime-offences");
  size_t boroughs = 0, remits = 0;

  CHECK(peelian_agency_count() > 60 && peelian_agency_get(peelian_agency_count()) == NULL);
  for (size_t i = 0; i < peelian_agency_count(); i++) {
    const peelian_agency *agency = peelian_agency_get(i);
    CHECK(peelian_agency_find(agency->id) == agency && agency->name[0] != 0);
    CHECK(i == 0 || strcmp(peelian_agency_get(i - 1)->id, agency->id) < 0);
    boroughs += strcmp(agency->kind, "borough") == 0;
    for (size_t j = 0; j < agency->remit_count; j++) {
      const peelian_remit *remit = agency->remits[j];
      CHECK(peelian_dataset_find(remit->dataset) != NULL && remit->area_count > 0 && remit->areas[0][0] != 0);
      CHECK(remit->valid_from[0] == 0 && remit->valid_to[0] == 0 && remit->role[0] != 0 && remit->covers[0] != 0);
      CHECK((remit->every[0] == 0) == (remit->due_days == 0));
      remits += remit->measure_count;
    }
  }
  CHECK(boroughs == 33 && remits > 0);
  CHECK(strcmp(police->name, "Metropolitan Police Service") == 0 && strcmp(police->kind, "police") == 0);
  const peelian_remit *crime = police->remits[0];
  CHECK(strcmp(crime->dataset, "crime") == 0 && crime->area_count == 1 && strcmp(crime->areas[0], "E23000001") == 0);
  CHECK(strcmp(crime->every, "M") == 0 && crime->due_days == 31 && crime->measure_count == 0);
  CHECK(strcmp(crime->role, "primary") == 0 && strcmp(crime->covers, "all") == 0);
  CHECK(borough->remit_count == 3 && strcmp(borough->remits[0]->areas[0], "E09000028") == 0);
  /* A borough's own count of knife crime is not the authoritative one. */
  CHECK(knife->authority_count == 1 && strcmp(knife->authority[0], "police") == 0);
  CHECK(peelian_agency_find("mps2") == NULL && peelian_agency_find(NULL) == NULL && peelian_agency_find("\xff") == NULL);
}

/* A profile is a list of measures, and one has a baseline. */
static void the_profiles(void) {
  const peelian_profile *borough = peelian_profile_find("borough"), *before = peelian_profile_find("mopac-7");

  CHECK(peelian_profile_count() > 7 && peelian_profile_get(peelian_profile_count()) == NULL);
  CHECK(borough != NULL && borough->title[0] != 0 && borough->description[0] != 0 && borough->baseline[0] == 0);
  for (size_t i = 0; i < borough->measure_count; i++) {
    CHECK(peelian_measure_find(borough->measures[i]) != NULL);
  }
  CHECK(before != NULL && strcmp(before->baseline, "2011/12") == 0 && before->measure_count == 8);
  CHECK(peelian_profile_find("page") == NULL && peelian_profile_find(NULL) == NULL);
  const peelian_measure *abuse = peelian_measure_find("domestic-abuse-reports");
  CHECK(abuse->companion_count > 2 && peelian_measure_find(abuse->companions[0]) != NULL);
}

static void findings_of(const peelian_findings *findings, const char *code) {
  CHECK(peelian_findings_count(findings) > 0);
  const peelian_finding *first = peelian_findings_get(findings, 0);
  CHECK(first != NULL && strcmp(first->code, code) == 0 && first->message[0] != 0);
  CHECK(peelian_findings_get(findings, peelian_findings_count(findings)) == NULL);
}

static void records_are_checked(void) {
  static const char WRONG[] = "borough,valid_from,priority_1,priority_2\nE0900,2017-04-01,robbery_personal,x\n";
  peelian_records *records = NULL;
  peelian_receipt *receipt = NULL;
  peelian_error *error = NULL;

  CHECK_OK(peelian_records_from_csv("local_priority", (const uint8_t *)PRIORITIES, strlen(PRIORITIES), &records, &error));
  CHECK_OK(peelian_validate(NULL, records, &receipt, &error));
  CHECK(peelian_receipt_get(receipt)->received == 1 && peelian_receipt_get(receipt)->rejected == 0);
  CHECK(peelian_receipt_get(receipt)->submission[0] == 0);
  CHECK(peelian_findings_count(peelian_receipt_findings(receipt)) == 0);
  peelian_receipt_free(receipt);
  CHECK_OK(peelian_validate(NULL, records, NULL, &error));
  CHECK_OK(peelian_records_set_period(records, "2017-04-01", "2017-04-30", &error));
  CHECK_FAILS(peelian_records_set_period(records, "2017-04-01", "2017-03-31", &error), PEELIAN_STATUS_INVALID_ARGUMENT,
              "before it begins");
  CHECK_FAILS(peelian_records_set_period(records, "April", "2017-03-31", &error), PEELIAN_STATUS_INVALID_ARGUMENT,
              "first_day is not a day");
  CHECK_FAILS(peelian_records_set_text(records, "borough", "E09000028", &error), PEELIAN_STATUS_INVALID_ARGUMENT,
              "these records are complete");
  peelian_records_free(records);

  /* The error has the findings. */
  CHECK_OK(peelian_records_from_csv("local_priority", (const uint8_t *)WRONG, strlen(WRONG), &records, &error));
  CHECK(peelian_validate(NULL, records, &receipt, &error) == PEELIAN_STATUS_REFUSED);
  CHECK(strncmp(peelian_error_code(error), "PEEL-", 5) == 0);
  findings_of(peelian_error_findings(error), "PEEL-5009");
  peelian_error_free(error);
  error = NULL;
  peelian_records_free(records);

  /* No bytes, and bytes that are not UTF-8: they are read as Windows-1252. */
  CHECK_OK(peelian_records_from_csv("local_priority", NULL, 0, &records, &error));
  CHECK_FAILS(peelian_validate(NULL, records, NULL, &error), PEELIAN_STATUS_REFUSED, "no header row");
  peelian_records_free(records);
  CHECK_OK(peelian_records_from_csv("local_priority", (const uint8_t *)"borough\n\xff\n", 10, &records, &error));
  CHECK_FAILS(peelian_validate(NULL, records, NULL, &error), PEELIAN_STATUS_REFUSED, "required columns are missing");
  peelian_records_free(records);

  records = NULL;
  CHECK_FAILS(peelian_records_from_csv("local_priority", NULL, 9, &records, &error), PEELIAN_STATUS_INVALID_ARGUMENT,
              "csv is NULL");
  CHECK_FAILS(peelian_records_from_csv("priorities", NULL, 0, &records, &error), PEELIAN_STATUS_INVALID_ARGUMENT,
              "there is no dataset priorities");
  CHECK_FAILS(peelian_records_from_csv_file("crime", "/nowhere/crimes.csv", &records, &error), PEELIAN_STATUS_IO,
              "/nowhere/crimes.csv");
  CHECK_FAILS(peelian_validate(NULL, NULL, NULL, &error), PEELIAN_STATUS_INVALID_ARGUMENT, "records is NULL");
  CHECK(records == NULL);
}

/* A mapping makes rows of the file of a local system. A column that it leaves out is no unknown column. */
static void a_local_file_is_mapped(void) {
  static const char LOCAL[] = "Place;Since;First;Clerk\nE09000028;01/04/2017;robbery_personal;x\n";
  static const char MAPPING[] = "[columns]\nPlace = \"borough\"\nSince = \"valid_from\"\nFirst = \"priority_1\"\nClerk = \"\"\n"
                                "[formats]\nvalid_from = \"%d/%m/%Y\"\n[constants]\npriority_2 = \"burglary_residential\"\n";
  peelian_records *records = NULL;
  peelian_receipt *receipt = NULL;
  peelian_error *error = NULL;

  CHECK_OK(peelian_records_from_csv("local_priority", (const uint8_t *)LOCAL, strlen(LOCAL), &records, &error));
  CHECK_FAILS(peelian_records_apply_mapping(records, "[columns]\nPlace = \"burough\"", &error),
              PEELIAN_STATUS_INVALID_ARGUMENT, "line 2 of the mapping");
  CHECK_FAILS(peelian_records_apply_mapping(records, "[columns]\nWard = \"borough\"", &error), PEELIAN_STATUS_REFUSED,
              "the file has no column `Ward`");
  CHECK_OK(peelian_records_apply_mapping(records, MAPPING, &error));
  CHECK_OK(peelian_validate(NULL, records, &receipt, &error));
  CHECK(peelian_receipt_get(receipt)->received == 1 && peelian_receipt_get(receipt)->rejected == 0);
  peelian_receipt_free(receipt);
  peelian_records_free(records);

  CHECK_OK(peelian_records_new("local_priority", &records, &error));
  CHECK_FAILS(peelian_records_apply_mapping(records, MAPPING, &error), PEELIAN_STATUS_INVALID_ARGUMENT, "not from CSV");
  peelian_records_free(records);
}

/* Rows outside the remit of the agency are errors. */
static void records_are_of_an_agency(void) {
  static const char FIGURE[] = "measure,area,period,breakdown,numerator,status,source\n"
                               "knife-crime-offences,E09000028,2017-02,,60,final,Own count\n";
  peelian_records *records = NULL;
  peelian_query *query = NULL;
  peelian_result *result = NULL;
  peelian_error *error = NULL;

  CHECK_OK(peelian_records_from_csv("local_priority", (const uint8_t *)PRIORITIES, strlen(PRIORITIES), &records, &error));
  CHECK_OK(peelian_records_set_agency(records, "southwark", &error));
  CHECK_OK(peelian_validate(NULL, records, NULL, &error));
  CHECK_OK(peelian_records_set_agency(records, "hackney", &error));
  CHECK(peelian_validate(NULL, records, NULL, &error) == PEELIAN_STATUS_REFUSED);
  CHECK(strstr(peelian_findings_get(peelian_error_findings(error), 0)->message, "Southwark") != NULL);
  peelian_error_free(error);
  error = NULL;
  CHECK_OK(peelian_records_set_agency(records, "mps", &error));
  CHECK_FAILS(peelian_validate(NULL, records, NULL, &error), PEELIAN_STATUS_REFUSED, "no remit for local_priority");
  CHECK_OK(peelian_records_set_agency(records, "southwalk", &error));
  CHECK_FAILS(peelian_validate(NULL, records, NULL, &error), PEELIAN_STATUS_REFUSED, "did you mean southwark?");
  CHECK_FAILS(peelian_records_set_agency(records, NULL, &error), PEELIAN_STATUS_INVALID_ARGUMENT, "agency is NULL");
  CHECK_FAILS(peelian_records_add_area(records, "Camelot", &error), PEELIAN_STATUS_INVALID_ARGUMENT, "Camelot");
  CHECK_FAILS(peelian_records_add_area(NULL, "E09000028", &error), PEELIAN_STATUS_INVALID_ARGUMENT, "records is NULL");
  CHECK_FAILS(peelian_records_add_area(records, NULL, &error), PEELIAN_STATUS_INVALID_ARGUMENT, "area is NULL");
  peelian_records_free(records);

  /* Figures are those of the agency, and can be asked for. */
  CHECK_OK(peelian_records_from_csv("published_figure", (const uint8_t *)FIGURE, strlen(FIGURE), &records, &error));
  CHECK_OK(peelian_records_set_agency(records, "southwark", &error));
  CHECK_OK(peelian_query_new(&query, &error));
  CHECK_OK(peelian_query_add_measure(query, "knife-crime-offences", &error));
  CHECK_OK(peelian_query_add_area(query, "E09000028", &error));
  CHECK_OK(peelian_query_add_period(query, "2017-02", &error));
  CHECK_OK(peelian_query_set_source(query, "southwark", &error));
  CHECK_OK(peelian_compute(query, &records, 1, 1, &result, NULL, &error));
  CHECK(peelian_result_count(result) == 1 && peelian_result_get(result, 0)->value == 60);
  CHECK(strcmp(peelian_result_get(result, 0)->sources, "southwark: Own count") == 0);
  peelian_result_free(result);
  result = NULL;
  CHECK_OK(peelian_query_set_source(query, "camelot", &error));
  CHECK_FAILS(peelian_compute(query, &records, 1, 1, &result, NULL, &error), PEELIAN_STATUS_QUERY, "camelot");
  peelian_query_free(query);
  peelian_records_free(records);
}

/* A crime in Southwark in February 2017, and a second row that is never ended. */
static peelian_records *one_crime(void) {
  static const char *const VALUES[][2] = {
      {"crime_ref", "C1"},      {"incident_ref", "I1"}, {"record_status", "active"},      {"recorded_at", "2017-02-03"},
      {"ho_class", "39"},       {"knife_use", "none"},  {"offence_borough", "E09000028"}, {"committed_from", "2017-02-03"},
      {"gun_use", "none"},      {"flag_hate", ""},      {"flag_da", "no"},                {"flag_cse", "no"},
      {"flag_csa", "no"},       {"flag_hba", "no"},     {"flag_fm", "no"},                {"flag_fgm", "no"},
  };
  peelian_records *records = NULL;
  peelian_error *error = NULL;
  CHECK_OK(peelian_records_new("crime", &records, &error));
  for (size_t i = 0; i < sizeof VALUES / sizeof *VALUES; i++) {
    CHECK_OK(peelian_records_set_text(records, VALUES[i][0], VALUES[i][1], &error));
  }
  CHECK_OK(peelian_records_set_boolean(records, "victim_based", true, &error));
  CHECK_OK(peelian_records_end_row(records, &error));
  CHECK_OK(peelian_records_set_text(records, "crime_ref", "C2", &error));
  CHECK(peelian_records_row_count(records) == 1);
  return records;
}

static void records_are_built(void) {
  peelian_records *records = one_crime();
  peelian_receipt *receipt = NULL;
  peelian_error *error = NULL;

  CHECK_OK(peelian_validate(NULL, records, &receipt, &error));
  CHECK(peelian_receipt_get(receipt)->received == 1 && peelian_receipt_get(receipt)->rejected == 0);
  peelian_receipt_free(receipt);
  CHECK_FAILS(peelian_records_set_text(records, "knife", "none", &error), PEELIAN_STATUS_INVALID_ARGUMENT,
              "crime has no field knife");
  CHECK_FAILS(peelian_records_set_text(records, "crime_ref", "\xc3", &error), PEELIAN_STATUS_INVALID_ARGUMENT,
              "value is not UTF-8");
  CHECK_FAILS(peelian_records_set_integer(NULL, "crime_ref", 1, &error), PEELIAN_STATUS_INVALID_ARGUMENT,
              "records is NULL");
  CHECK_FAILS(peelian_records_set_number(records, NULL, 1, &error), PEELIAN_STATUS_INVALID_ARGUMENT, "field is NULL");
  CHECK_FAILS(peelian_records_end_row(ODD(peelian_records, records), &error), PEELIAN_STATUS_INVALID_ARGUMENT,
              "misaligned");
  peelian_records_free(records);

  /* A whole number, a number with a fraction, and NaN. */
  CHECK_OK(peelian_records_new("published_figure", &records, &error));
  CHECK_OK(peelian_records_set_integer(records, "numerator", 12, &error));
  CHECK_OK(peelian_records_set_number(records, "numerator", 12.5, &error));
  CHECK_OK(peelian_records_set_number(records, "denominator", NAN, &error));
  CHECK_OK(peelian_records_set_text(records, "measure", NULL, &error));
  CHECK_OK(peelian_records_end_row(records, &error));
  CHECK_FAILS(peelian_validate(NULL, records, NULL, &error), PEELIAN_STATUS_REFUSED, "required columns are missing");
  peelian_records_free(records);
  CHECK(peelian_records_row_count(NULL) == 0);
}

static peelian_query *query_for(const char *measure, const char *area, const char *period) {
  peelian_query *query = NULL;
  peelian_error *error = NULL;
  CHECK_OK(peelian_query_new(&query, &error));
  CHECK_OK(peelian_query_add_measure(query, measure, &error));
  CHECK_OK(peelian_query_add_area(query, area, &error));
  CHECK_OK(peelian_query_add_period(query, period, &error));
  return query;
}

static void refused_query(const peelian_local *local, peelian_query *query, const char *text) {
  peelian_result *result = NULL;
  peelian_error *error = NULL;
  CHECK_FAILS(peelian_local_query(local, query, &result, &error), PEELIAN_STATUS_QUERY, text);
  CHECK(result == NULL);
  peelian_query_free(query);
}

static void explained(const peelian_local *local) {
  peelian_explanation *told = NULL;
  peelian_error *error = NULL;
  CHECK_OK(peelian_local_explain(local, "recorded-crime-volume", "E09000028", "2017-02", NULL, &told, &error));
  const peelian_explanation_details *details = peelian_explanation_get(told);
  CHECK(details->step_count > 0 && details->steps[details->step_count - 1]->remaining == 1);
  CHECK(details->contribution_count == 1 && strcmp(details->contributions[0]->dataset, "crime") == 0);
  CHECK(details->contributions[0]->rows == 1 && details->contributions[0]->synthetic && isnan(details->difference));
  peelian_explanation_free(told);
  told = NULL;
  /* An area is named by its code or its name. */
  CHECK_OK(peelian_local_explain(local, "recorded-crime-volume", "Southwark", "2017-02", NULL, &told, &error));
  peelian_explanation_free(told);
  told = NULL;
  CHECK_FAILS(peelian_local_explain(local, "recorded-crime-volume", "Southwalk", "2017-02", NULL, &told, &error),
              PEELIAN_STATUS_INVALID_ARGUMENT, "Southwalk");
  CHECK_FAILS(peelian_local_explain(local, "recorded-crime-volume", "E09000028", "February", NULL, &told, &error),
              PEELIAN_STATUS_QUERY, "February");
  CHECK_FAILS(peelian_local_explain(local, "recorded-crime-volume", "E09000028", "2017-02", "sex", &told, &error),
              PEELIAN_STATUS_INVALID_ARGUMENT, "dimension=code");
  CHECK(told == NULL && peelian_explanation_get(NULL) == NULL);
}

static void measures_are_computed(void) {
  peelian_records *records = one_crime();
  peelian_local *local = NULL;
  peelian_query *query = query_for("recorded-crime-volume", "borough", "2017-02");
  peelian_result *result = NULL;
  peelian_error *error = NULL;
  size_t values = 0;

  CHECK_OK(peelian_records_set_synthetic(records, true, &error));
  CHECK_OK(peelian_records_add_area(records, "E23000001", &error));
  CHECK_OK(peelian_local_new(2, &local, &error));
  CHECK_OK(peelian_local_add(local, records, NULL, &error));
  CHECK_FAILS(peelian_local_add(local, records, NULL, &error), PEELIAN_STATUS_INVALID_ARGUMENT, "added before");
  CHECK_OK(peelian_validate(local, records, NULL, &error));
  peelian_records_free(records);

  CHECK_OK(peelian_query_add_comparison(query, "previous_window", &error));
  CHECK_OK(peelian_query_set_basis(query, "computed_from_records", &error));
  CHECK_OK(peelian_query_set_confidence(query, 0.9, &error));
  CHECK_OK(peelian_query_set_allow_break(query, true, &error));
  CHECK_OK(peelian_query_set_as_of(query, 0, &error));
  CHECK_FAILS(peelian_query_add_comparison(query, "last_week", &error), PEELIAN_STATUS_INVALID_ARGUMENT, "last_week");
  CHECK_FAILS(peelian_query_set_basis(query, "unspecified", &error), PEELIAN_STATUS_INVALID_ARGUMENT, "not a basis");
  CHECK_OK(peelian_local_query(local, query, &result, &error));
  CHECK(peelian_result_count(result) == 33);
  for (size_t i = 0; i < peelian_result_count(result); i++) {
    const peelian_observation *found = peelian_result_get(result, i);
    if (strcmp(found->area_label, "City of London") == 0) { /* it has its own police force */
      CHECK(strcmp(found->missing, "not_submitted") == 0 && strcmp(found->marker, "[x]") == 0 && isnan(found->value));
      continue;
    }
    CHECK(found->missing == NULL && found->value == (strcmp(found->area, "E09000028") == 0 ? 1 : 0));
    CHECK(found->synthetic && strcmp(found->period_end, "2017-02-28") == 0 && found->received == found->expected);
    CHECK(strcmp(found->change_verdict, "not compared") == 0 && isnan(found->change) && isnan(found->denominator));
    values += strcmp(found->area_label, "Southwark") == 0;
  }
  CHECK(values == 1);
  CHECK(peelian_result_get(result, 33) == NULL && peelian_result_get(NULL, 0) == NULL);
  explained(local);
  peelian_query_free(query);

  refused_query(local, query_for("knife-crimes", "borough", "2017-02"), "knife-crime-offences");
  refused_query(local, query_for("knife-crime-offences", "Camelot", "2017-02"), "Camelot");
  refused_query(local, query_for("knife-crime-offences", "borough", "someday"), "someday");
  CHECK_OK(peelian_query_new(&query, &error));
  CHECK_OK(peelian_query_set_reference_group(query, "sex=male", &error));
  CHECK_OK(peelian_query_add_breakdown(query, "sex", &error));
  refused_query(local, query, "names no");
  CHECK_FAILS(peelian_local_query(local, NULL, &result, &error), PEELIAN_STATUS_INVALID_ARGUMENT, "query is NULL");
  CHECK_FAILS(peelian_local_query(NULL, NULL, &result, &error), PEELIAN_STATUS_INVALID_ARGUMENT, "local is NULL");

  /* The result stays valid. */
  peelian_local_free(local);
  CHECK(strcmp(peelian_result_get(result, 0)->measure, "recorded-crime-volume") == 0);
  peelian_result_free(result);
}

/* One borough's records are not London's. */
static void only_covered_areas_have_values(void) {
  static const char *const COVERED[] = {"E09000022", "Westminster"};
  peelian_query *query = query_for("recorded-crime-volume", "E09000028", "2017-02");
  peelian_error *error = NULL;

  CHECK_OK(peelian_query_add_area(query, "Lambeth", &error));
  CHECK_OK(peelian_query_add_area(query, "E23000001", &error));
  CHECK_OK(peelian_query_set_basis(query, "computed_from_records", &error));
  for (size_t stated = 0; stated < 3; stated++) {
    peelian_records *records = one_crime();
    peelian_result *result = NULL;
    for (size_t i = 0; i < stated; i++) {
      CHECK_OK(peelian_records_add_area(records, COVERED[i], &error));
    }
    CHECK_OK(peelian_compute(query, &records, 1, 1, &result, NULL, &error));
    const peelian_observation *southwark = peelian_result_get(result, 0), *lambeth = peelian_result_get(result, 1);
    const peelian_observation *london = peelian_result_get(result, 2);
    /* The areas that occur in the records are covered, unless areas are stated. */
    CHECK(stated == 0 ? southwark->value == 1 : strcmp(southwark->missing, "not_submitted") == 0);
    CHECK(stated == 0 ? strcmp(lambeth->missing, "not_submitted") == 0 : lambeth->value == 0);
    CHECK(strcmp(london->missing, "not_submitted") == 0 && strcmp(london->marker, "[x]") == 0 && isnan(london->value));
    CHECK(peelian_result_alternative_count(result, 0) == 0);
    peelian_result_free(result);
    peelian_records_free(records);
  }
  peelian_query_free(query);
}

/* Crimes and their victims. The first victim was a victim before. */
#define CRIME(ref, day, class, borough, knife) \
  ref "," ref "i,active," day "," day "," class ",true," borough ",no,,no,no,no,no,no," knife ",none\n"
static const char CRIMES[] =
    "crime_ref,incident_ref,record_status,recorded_at,committed_from,ho_class,victim_based,offence_borough,flag_da,"
    "flag_hate,flag_cse,flag_csa,flag_hba,flag_fm,flag_fgm,knife_use,gun_use\n"
    CRIME("C1", "2016-01-01", "39", "E09000028", "none") CRIME("C2", "2016-05-10", "39", "E09000028", "none")
    CRIME("C3", "2017-02-03", "8N", "E09000028", "injured") CRIME("C4", "2017-02-05", "34B", "E09000033", "threatened")
    CRIME("C5", "2017-02-28", "28E", "E09000028", "none");

#define VICTIM(ref, digit) ref ",1,person," DIGITS(digit) ",key-1,none\n"
#define DIGITS(digit) SIXTEEN(digit) SIXTEEN(digit) SIXTEEN(digit) SIXTEEN(digit)
#define SIXTEEN(digit) FOUR(digit) FOUR(digit) FOUR(digit) FOUR(digit)
#define FOUR(digit) digit digit digit digit
static const char VICTIMS[] = "crime_ref,victim_seq,victim_type,victim_pid,linkage_key_id,injury\n"
    VICTIM("C1", "4") VICTIM("C2", "1") VICTIM("C3", "1") VICTIM("C4", "2") VICTIM("C5", "3");

/* Records that report on all of London. */
static peelian_records *of_csv(const char *dataset, const char *csv, size_t length) {
  peelian_records *records = NULL;
  peelian_error *error = NULL;
  CHECK_OK(peelian_records_from_csv(dataset, (const uint8_t *)csv, length, &records, &error));
  CHECK_OK(peelian_records_add_area(records, "E12000007", &error));
  return records;
}

static void add_csv(peelian_local *local, const char *dataset, const char *csv) {
  peelian_records *records = of_csv(dataset, csv, strlen(csv));
  peelian_receipt *receipt = NULL;
  peelian_error *error = NULL;
  CHECK_OK(peelian_local_add(local, records, &receipt, &error));
  CHECK(peelian_receipt_get(receipt)->received > 0 && peelian_receipt_get(receipt)->rejected == 0);
  peelian_receipt_free(receipt);
  peelian_records_free(records);
}

static bool same_bits(double one, double other) { return memcmp(&one, &other, sizeof one) == 0; }

static bool same_text(const char *one, const char *other) {
  return one == NULL || other == NULL ? one == other : strcmp(one, other) == 0;
}

/* Compares two results. Returns the number of values above 0. */
static int same_values(const peelian_result *expected, const peelian_result *found) {
  int values = 0;
  CHECK(peelian_result_count(found) > 0 && peelian_result_count(found) == peelian_result_count(expected));
  for (size_t i = 0; i < peelian_result_count(found); i++) {
    const peelian_observation *one = peelian_result_get(expected, i), *other = peelian_result_get(found, i);
    CHECK(same_text(one->area, other->area) && same_text(one->missing, other->missing));
    CHECK(same_text(one->breakdown, other->breakdown) && same_text(one->caveats, other->caveats));
    CHECK(same_bits(one->value, other->value) && same_bits(one->denominator, other->denominator));
    CHECK(same_bits(one->lower, other->lower) && same_bits(one->upper, other->upper));
    values += other->value > 0;
  }
  return values;
}

/* Asks both the same query and compares the results. Returns the number of values above 0. */
static int same_answers(const peelian_local *checked, const peelian_local *alone, const peelian_query *query) {
  peelian_result *expected = NULL, *found = NULL;
  peelian_error *error = NULL;

  CHECK_OK(peelian_local_query(checked, query, &expected, &error));
  CHECK_OK(peelian_local_query(alone, query, &found, &error));
  const int values = same_values(expected, found);
  peelian_result_free(expected);
  peelian_result_free(found);
  return values;
}

static bool reads(const peelian_local *local, const char *dataset, const char *field) {
  bool found = false;
  for (size_t i = 0; i < peelian_local_field_count(local, dataset); i++) {
    found = found || strcmp(peelian_local_field_get(local, dataset, i)->name, field) == 0;
  }
  return found;
}

static void one_query_reads_what_it_needs(void) {
  static const struct {
    const char *measure, *area, *breakdown;
    bool of_victims;
    int values;
  } ASKED[] = {
      {"recorded-crime-volume", "borough", NULL, false, 2},
      {"recorded-crime-volume", "london", "victim_based", false, 2},
      {"knife-crime-offences", "borough", NULL, false, 2},
      {"repeat-victim-share.victims-prior-12m", "london", NULL, true, 2},
  };
  peelian_local *checked = NULL, *alone = NULL;
  peelian_error *error = NULL;

  CHECK_OK(peelian_local_new(1, &checked, &error));
  add_csv(checked, "crime", CRIMES);
  add_csv(checked, "crime_victim", VICTIMS);
  for (size_t i = 0; i < sizeof ASKED / sizeof *ASKED; i++) {
    peelian_query *query = query_for(ASKED[i].measure, ASKED[i].area, "2017-02");
    if (ASKED[i].breakdown != NULL) {
      CHECK_OK(peelian_query_add_breakdown(query, ASKED[i].breakdown, &error));
    }
    CHECK_OK(peelian_local_for_query(query, 2, &alone, &error));
    CHECK((peelian_local_field_count(alone, "crime_victim") > 0) == ASKED[i].of_victims);
    add_csv(alone, "crime", CRIMES);
    if (ASKED[i].of_victims) {
      add_csv(alone, "crime_victim", VICTIMS);
    }
    CHECK(same_answers(checked, alone, query) == ASKED[i].values);
    peelian_local_free(alone);
    peelian_query_free(query);
  }
  peelian_local_free(checked);
}

static void one_call_answers_one_query(void) {
  peelian_query *query = query_for("repeat-victim-share.victims-prior-12m", "london", "2017-02");
  peelian_records *crimes = of_csv("crime", CRIMES, strlen(CRIMES));
  peelian_records *victims = of_csv("crime_victim", VICTIMS, strlen(VICTIMS));
  /* The records may have any order. */
  peelian_records *both[] = {victims, crimes}, *twice[] = {crimes, crimes}, *none[] = {crimes, NULL};
  peelian_receipt *receipts[2] = {NULL, NULL};
  peelian_local *local = NULL;
  peelian_result *result = NULL, *expected = NULL;
  peelian_error *error = NULL;

  CHECK_OK(peelian_local_for_query(query, 0, &local, &error));
  add_csv(local, "crime", CRIMES);
  add_csv(local, "crime_victim", VICTIMS);
  CHECK_OK(peelian_local_query(local, query, &expected, &error));
  CHECK_OK(peelian_compute(query, both, 2, 0, &result, receipts, &error));
  CHECK(same_values(expected, result) == 2);
  for (size_t i = 0; i < 2; i++) {
    CHECK(peelian_receipt_get(receipts[i])->received == 5 && peelian_receipt_get(receipts[i])->rejected == 0);
    peelian_receipt_free(receipts[i]);
  }
  peelian_result_free(expected);
  peelian_result_free(result);
  peelian_local_free(local);

  /* The receipts have the order of the records. */
  peelian_records_free(victims);
  both[0] = victims = of_csv("crime_victim", VICTIMS, strlen(VICTIMS) - strlen(VICTIM("C5", "3")));
  result = NULL;
  CHECK_OK(peelian_compute(query, both, 2, 2, &result, receipts, &error));
  CHECK(peelian_receipt_get(receipts[0])->received == 4 && peelian_receipt_get(receipts[1])->received == 5);
  peelian_receipt_free(receipts[0]);
  peelian_receipt_free(receipts[1]);
  peelian_result_free(result);

  /* A call without records, and without receipts. */
  result = NULL;
  CHECK_OK(peelian_compute(query, NULL, 0, 1, &result, NULL, &error));
  CHECK(peelian_result_count(result) == 2 && same_text(peelian_result_get(result, 0)->missing, "not_submitted"));
  peelian_result_free(result);

  result = NULL;
  receipts[0] = receipts[1] = NULL;
  CHECK_FAILS(peelian_compute(query, twice, 2, 1, &result, receipts, &error), PEELIAN_STATUS_INVALID_ARGUMENT, "added before");
  CHECK_FAILS(peelian_compute(query, none, 2, 1, &result, receipts, &error), PEELIAN_STATUS_INVALID_ARGUMENT,
              "a member of records is NULL");
  CHECK_FAILS(peelian_compute(NULL, both, 2, 1, &result, receipts, &error), PEELIAN_STATUS_INVALID_ARGUMENT, "query is NULL");
  CHECK_FAILS(peelian_compute(query, both, 2, 1, NULL, receipts, &error), PEELIAN_STATUS_INVALID_ARGUMENT, "out is NULL");
  CHECK(result == NULL && receipts[0] == NULL && receipts[1] == NULL);
  peelian_records_free(crimes);
  peelian_records_free(victims);
  peelian_query_free(query);
}

/* Compares a figure that rose from 100 to 150 with two periods. */
static void comparisons_are_read(void) {
  static const char FIGURES[] = "measure,area,period,breakdown,numerator,status,source\n"
                                "knife-crime-offences,E09000028,2016-02,,100,final,Test\n"
                                "knife-crime-offences,E09000028,2017-02,,150,final,Test\n";
  peelian_query *query = query_for("knife-crime-offences", "E09000028", "2017-02");
  peelian_records *figures = of_csv("published_figure", FIGURES, strlen(FIGURES));
  peelian_result *result = NULL;
  peelian_error *error = NULL;

  CHECK_OK(peelian_query_add_comparison(query, "same_period_last_year", &error));
  CHECK_OK(peelian_query_add_comparison(query, "previous_window", &error));
  CHECK_OK(peelian_compute(query, &figures, 1, 1, &result, NULL, &error));
  CHECK(peelian_result_comparison_count(result, 0) == 2 && peelian_result_comparison_count(result, 1) == 0);
  const peelian_comparison *year = peelian_result_comparison_get(result, 0, 0);
  const peelian_comparison *month = peelian_result_comparison_get(result, 0, 1);
  const peelian_observation *found = peelian_result_get(result, 0);
  CHECK(same_text(year->kind, "same_period_last_year") && same_text(year->against, "2016-02"));
  CHECK(year->against_value == 100 && year->change == 1.5 && same_text(year->change_kind, "ratio"));
  CHECK(year->lower > 1 && year->upper < 2 && year->confidence == 0.95 && year->method != NULL);
  CHECK(same_text(year->verdict, "higher") && same_bits(year->lower, found->change_lower));
  CHECK(same_text(month->verdict, "not compared") && isnan(month->change) && isnan(month->against_value));
  CHECK(month->method == NULL && month->note[0] != 0 && month->change_kind[0] == 0);
  CHECK(peelian_result_comparison_get(result, 0, 2) == NULL && peelian_result_comparison_get(result, 1, 0) == NULL);
  CHECK(peelian_result_comparison_get(NULL, 0, 0) == NULL && peelian_result_comparison_count(NULL, 0) == 0);
  CHECK(peelian_result_component_count(result, 0) == 0 && peelian_result_component_count(result, (size_t)-1) == 0);
  peelian_result_free(result);
  peelian_records_free(figures);
  peelian_query_free(query);
}

/* A funnel from 1,000 crimes to 98 convictions. */
static void funnels_are_read(void) {
#define STAGE(stage, count) "vawg-attrition-funnel.da,E12000007,2017/18,stage=" stage "," count ",final,Test\n"
  static const char STAGES[] = "measure,area,period,breakdown,numerator,status,source\n"
      STAGE("recorded", "1000") STAGE("suspect", "640") STAGE("victim-supports", "300") STAGE("referred", "210")
      STAGE("charged", "150") STAGE("completed", "150") STAGE("convicted", "98");
  peelian_query *query = query_for("vawg-attrition-funnel.da", "E12000007", "2017/18");
  peelian_records *figures = of_csv("published_figure", STAGES, strlen(STAGES));
  peelian_result *result = NULL;
  peelian_error *error = NULL;

  CHECK_OK(peelian_query_set_basis(query, "submitted_figure", &error));
  CHECK_OK(peelian_compute(query, &figures, 1, 1, &result, NULL, &error));
  CHECK(peelian_result_count(result) == 1 && peelian_result_component_count(result, 0) == 14);
  const peelian_component *first = peelian_result_component_get(result, 0, 0);
  const peelian_component *second = peelian_result_component_get(result, 0, 1);
  const peelian_component *fourth = peelian_result_component_get(result, 0, 3);
  const peelian_component *second_left = peelian_result_component_get(result, 0, 8);
  CHECK(same_text(first->kind, "stage") && same_text(first->code, "recorded") && first->label[0] != 0);
  CHECK(first->count == 1000 && isnan(first->value));
  CHECK(second->value == 0.36 && second->lower < 0.36 && second->upper > 0.36 && second->confidence == 0.95);
  CHECK(second->method != NULL && !second->unit_change && strcmp(second->unit, fourth->unit) != 0);
  CHECK(isnan(second->unweighted_base) && isnan(second->effective_n));
  CHECK(fourth->unit_change && fourth->method == NULL && isnan(fourth->lower));
  CHECK(fabs(fourth->value - 0.3) < 1e-12);
  CHECK(same_text(second_left->kind, "retention") && same_text(second_left->code, "suspect"));
  CHECK(second_left->count == 640 && second_left->value == 0.64);
  CHECK(peelian_result_component_get(result, 0, 14) == NULL && peelian_result_component_get(result, 1, 0) == NULL);
  CHECK(peelian_result_component_get(NULL, 0, 0) == NULL && peelian_result_component_count(NULL, 0) == 0);
  peelian_result_free(result);
  peelian_records_free(figures);
  peelian_query_free(query);
}

/* 750 of 1,000 white respondents and 660 of 1,000 Black respondents. */
static void gaps_are_read(void) {
  static const char HEADER[] = "interview_date,borough,q_good_job,weight_london,weight_borough,eth5,psu\n";
  const size_t room = 2000 * 64 + sizeof HEADER;
  char *csv = malloc(room);
  int length = snprintf(csv, room, "%s", HEADER);
  peelian_query *query = query_for("perception-gap.good-job-local.white-black", "E12000007", "R12-2016-12");
  peelian_result *result = NULL;
  peelian_error *error = NULL;

  for (int i = 0; i < 2000; i++) {
    length += snprintf(csv + length, room - (size_t)length, "2016-%02d-15,E09000028,%s,1,1,%s,\n", i % 12 + 1,
                       i % 1000 < (i < 1000 ? 750 : 660) ? "good" : "poor", i < 1000 ? "white" : "black");
  }
  peelian_records *responses = of_csv("public_attitude_response", csv, (size_t)length);
  free(csv);
  CHECK_OK(peelian_compute(query, &responses, 1, 1, &result, NULL, &error));
  CHECK(peelian_result_count(result) == 1 && peelian_result_component_count(result, 0) == 2);
  const peelian_component *white = peelian_result_component_get(result, 0, 0);
  const peelian_component *black = peelian_result_component_get(result, 0, 1);
  CHECK(fabs(peelian_result_get(result, 0)->value - 9.0) < 1e-10);
  CHECK(same_text(white->kind, "group") && same_text(black->kind, "group") && !white->unit_change);
  CHECK(same_text(white->code, "eth5=white") && white->value == 0.75 && white->unweighted_base == 1000);
  CHECK(same_text(black->code, "eth5=black") && black->value == 0.66 && black->effective_n == 1000);
  CHECK(white->lower < 0.75 && white->upper > 0.75 && white->confidence == 0.95 && white->method != NULL);
  CHECK(peelian_result_component_get(result, 0, 2) == NULL);
  peelian_result_free(result);
  peelian_records_free(responses);
  peelian_query_free(query);
}

/* A crime of each of two years, and one of an earlier year that was recorded in the second. */
static void companions_and_baselines_are_read(void) {
  static const char CSV[] = "crime_ref,record_status,recorded_at,committed_from,ho_class,victim_based,offence_borough,"
                            "flag_da,flag_cse,flag_csa,flag_hba,flag_fm,flag_fgm,knife_use,gun_use\n"
                            "a,active,2016-02-03,2016-02-01,19C,true,E09000028,no,no,no,no,no,no,none,none\n"
                            "b,active,2017-02-03,2012-02-01,19C,true,E09000028,no,no,no,no,no,no,none,none\n"
                            "c,active,2017-02-04,2017-02-01,19C,true,E09000028,no,no,no,no,no,no,none,none\n";
  peelian_query *query = query_for("sexual-violence-reports", "E09000028", "2017-02");
  peelian_records *crimes = of_csv("crime", CSV, sizeof CSV - 1);
  peelian_local *local = NULL;
  peelian_result *result = NULL;
  peelian_error *error = NULL;

  CHECK_OK(peelian_query_add_comparison(query, "baseline", &error));
  CHECK_OK(peelian_query_set_baseline(query, "2016-02", &error));
  CHECK_OK(peelian_local_new(1, &local, &error));
  CHECK_OK(peelian_local_add(local, crimes, NULL, &error));
  CHECK_OK(peelian_local_query(local, query, &result, &error));
  CHECK(peelian_result_get(result, 0)->value == 2);
  CHECK(same_text(peelian_result_comparison_get(result, 0, 0)->against, "2016-02"));
  CHECK(peelian_result_comparison_get(result, 0, 0)->change == 2);
  CHECK(peelian_result_companion_count(result, 0) > 0);
  const peelian_companion *earlier = peelian_result_companion_get(result, 0, 0);
  CHECK(same_text(earlier->measure, "sexual-violence-reports.non-recent") && earlier->value == 1);
  CHECK(same_text(earlier->period, "2017-02") && earlier->missing == NULL && earlier->lower < 1);
  CHECK(peelian_result_companion_get(result, 0, 100) == NULL && peelian_result_companion_count(NULL, 0) == 0);
  peelian_result_free(result);
  /* What is read for one query has no companions. */
  CHECK_OK(peelian_compute(query, &crimes, 1, 1, &result, NULL, &error));
  CHECK(peelian_result_get(result, 0)->value == 2 && peelian_result_companion_count(result, 0) == 0);
  peelian_result_free(result);
  CHECK_OK(peelian_query_set_companions(query, false, &error));
  CHECK_OK(peelian_local_query(local, query, &result, &error));
  CHECK(peelian_result_companion_count(result, 0) == 0);
  peelian_result_free(result);
  CHECK_OK(peelian_query_set_profile(query, "page", &error));
  CHECK_FAILS(peelian_local_query(local, query, &result, &error), PEELIAN_STATUS_QUERY, "the profiles are");
  peelian_local_free(local);
  peelian_records_free(crimes);
  peelian_query_free(query);
}

static void other_queries_are_refused(void) {
  static const char WRONG[] = "recorded_at,record_status,ho_class,offence_borough,knife_use\n"
                              "2017-02-03,active,39,E09000028,maybe\n";
  peelian_query *query = query_for("recorded-crime-volume", "borough", "2017-02");
  peelian_records *records = one_crime();
  peelian_local *local = NULL;
  peelian_explanation *told = NULL;
  peelian_error *error = NULL;

  CHECK_OK(peelian_local_for_query(query, 0, &local, &error));
  peelian_query_free(query);
  CHECK(reads(local, "crime", "recorded_at") && !reads(local, "crime", "knife_use"));
  CHECK(peelian_local_field_count(local, "crime_victim") == 0);
  const size_t count = peelian_local_field_count(local, "crime");
  CHECK(count > 0 && count < 10 && peelian_local_field_get(local, "crime", count) == NULL);
  CHECK(peelian_local_field_count(local, "crimes") == 0 && peelian_local_field_get(local, NULL, 0) == NULL);
  CHECK(peelian_local_field_count(NULL, "crime") == 0 && peelian_local_field_get(NULL, "crime", 0) == NULL);

  /* Fields that are not read may have any value or none. This object cannot check everything. */
  add_csv(local, "crime", WRONG);
  CHECK_FAILS(peelian_validate(local, records, NULL, &error), PEELIAN_STATUS_INVALID_ARGUMENT, "one query only");
  peelian_records_free(records);

  refused_query(local, query_for("knife-crime-offences", "borough", "2017-02"), "needs other fields");
  CHECK_FAILS(peelian_local_explain(local, "knife-crime-offences", "E09000028", "2017-02", NULL, &told, &error),
              PEELIAN_STATUS_QUERY, "needs other fields");
  CHECK_OK(peelian_local_explain(local, "recorded-crime-volume", "E09000028", "2017-02", NULL, &told, &error));
  peelian_explanation_free(told);
  peelian_local_free(local);

  /* An object for all queries reads all fields that partners submit. */
  CHECK_OK(peelian_local_new(0, &local, &error));
  CHECK(reads(local, "crime", "knife_use") && reads(local, "crime_victim", "sex"));
  peelian_local_free(local);

  local = NULL;
  query = query_for("knife-crimes", "borough", "2017-02");
  CHECK_FAILS(peelian_local_for_query(query, 0, &local, &error), PEELIAN_STATUS_QUERY, "knife-crime-offences");
  peelian_query_free(query);
  CHECK_FAILS(peelian_local_for_query(NULL, 0, &local, &error), PEELIAN_STATUS_INVALID_ARGUMENT, "query is NULL");
  CHECK(local == NULL);
}

/* The worked example of docs/pseudonyms.md. Its secret is used for this example only. */
static void pseudonyms_are_made(const char *path) {
  static const char *const PERSON[] = {"Zo\xc3\xab", "O'Brien", "1/2/1980"};
  static const char *const NOBODY[] = {"Zoe", "unknown", "1/2/1980"};
  static const char *const HALF[] = {"Zoe", NULL, "1/2/1980"};
  peelian_keyring *keyring = NULL;
  peelian_error *error = NULL;
  char pseudonym[PEELIAN_PSEUDONYM_SIZE] = "none";

  CHECK_OK(peelian_keyring_read(path, &keyring, &error));
  CHECK(peelian_keyring_count(keyring) == 1 && peelian_keyring_get(keyring, 1) == NULL);
  const peelian_key *key = peelian_keyring_get(keyring, 0);
  CHECK(key->part_count == 3 && strcmp(key->parts[2], "date_of_birth") == 0 && strcmp(key->domain, "police-victim") == 0);
  CHECK(strncmp(key->id, key->name, strlen(key->name)) == 0 && strcmp(key->identity, "name-birth-v1") == 0);
  CHECK_FAILS(peelian_pseudonymise(keyring, NULL, NOBODY, 3, pseudonym, sizeof pseudonym, &error),
              PEELIAN_STATUS_REFUSED, "surname");
  CHECK_FAILS(peelian_pseudonymise(keyring, NULL, HALF, 3, pseudonym, sizeof pseudonym, &error), PEELIAN_STATUS_REFUSED,
              "surname");
  CHECK_FAILS(peelian_pseudonymise(keyring, NULL, PERSON, 2, pseudonym, sizeof pseudonym, &error),
              PEELIAN_STATUS_INVALID_ARGUMENT, "takes 3 values");
  CHECK_FAILS(peelian_pseudonymise(keyring, "other", PERSON, 3, pseudonym, sizeof pseudonym, &error),
              PEELIAN_STATUS_INVALID_ARGUMENT, "other");
  CHECK_FAILS(peelian_pseudonymise(keyring, NULL, PERSON, 3, pseudonym, sizeof pseudonym - 1, &error),
              PEELIAN_STATUS_INVALID_ARGUMENT, "64 bytes");
  CHECK_FAILS(peelian_pseudonymise(keyring, NULL, PERSON, 3, NULL, 65, &error), PEELIAN_STATUS_INVALID_ARGUMENT,
              "out is NULL");
  CHECK(strcmp(pseudonym, "none") == 0);
  CHECK_OK(peelian_pseudonymise(keyring, key->name, PERSON, 3, pseudonym, sizeof pseudonym, &error));
  CHECK(strcmp(pseudonym, "90ca73fa3019c1a2805a9bccdede40792912936bf0b8a84c39516a1101a13a9f") == 0);
  peelian_keyring_free(keyring);

  keyring = NULL;
  CHECK_FAILS(peelian_keyring_read("/nowhere/keys.toml", &keyring, &error), PEELIAN_STATUS_IO, "/nowhere/keys.toml");
  CHECK_FAILS(peelian_keyring_parse((const uint8_t *)"no keys", 7, &keyring, &error), PEELIAN_STATUS_INVALID_ARGUMENT,
              "line");
  CHECK_FAILS(peelian_keyring_parse((const uint8_t *)"\xff", 1, &keyring, &error), PEELIAN_STATUS_INVALID_ARGUMENT,
              "UTF-8");
  CHECK_FAILS(peelian_keyring_parse(NULL, 0, &keyring, &error), PEELIAN_STATUS_INVALID_ARGUMENT, "");
  CHECK(keyring == NULL && peelian_keyring_count(NULL) == 0 && peelian_keyring_get(NULL, 0) == NULL);
}

static void nothing_is_freed(void) {
  peelian_client *client = NULL;
  peelian_error *error = NULL;
  peelian_error_free(NULL);
  peelian_records_free(NULL);
  peelian_receipt_free(NULL);
  peelian_query_free(NULL);
  peelian_local_free(NULL);
  peelian_result_free(NULL);
  peelian_explanation_free(NULL);
  peelian_submission_free(NULL);
  peelian_client_free(NULL);
  peelian_keyring_free(NULL);
  CHECK(peelian_error_message(NULL) == NULL && peelian_error_status(NULL) == PEELIAN_STATUS_OK);
  CHECK(peelian_error_code(NULL) == NULL && peelian_findings_count(peelian_error_findings(NULL)) == 0);
  CHECK(peelian_receipt_get(NULL) == NULL && peelian_receipt_findings(NULL) == NULL);
  CHECK(peelian_result_count(NULL) == 0);
  CHECK_FAILS(peelian_client_connect("not an address", &client, &error), PEELIAN_STATUS_INVALID_ARGUMENT, "HOST:PORT");
  CHECK_FAILS(peelian_client_connect("127.0.0.1:1", &client, &error), PEELIAN_STATUS_UNREACHABLE, "127.0.0.1:1");
  CHECK_FAILS(peelian_client_connect(NULL, &client, &error), PEELIAN_STATUS_INVALID_ARGUMENT, "target is NULL");
  CHECK(client == NULL);
}

int main(int argc, char **argv) {
  if (argc != 2) {
    return 2;
  }
  versions();
  intervals();
  the_catalogue();
  the_register();
  the_profiles();
  records_are_checked();
  a_local_file_is_mapped();
  records_are_of_an_agency();
  records_are_built();
  measures_are_computed();
  only_covered_areas_have_values();
  one_query_reads_what_it_needs();
  one_call_answers_one_query();
  comparisons_are_read();
  funnels_are_read();
  gaps_are_read();
  companions_and_baselines_are_read();
  other_queries_are_refused();
  pseudonyms_are_made(argv[1]);
  nothing_is_freed();
  return failures != 0;
}
