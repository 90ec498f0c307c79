/* Peelian: outcome measures of policing and justice, computed, checked, submitted and queried.
 *
 * Generated from the library's source: do not edit.
 *
 * ERRORS. A function that can fail returns a peelian_status, and writes its outputs only if that is PEELIAN_STATUS_OK. Its
 * last argument takes an error object that says more: give the address of a pointer that is NULL, and free what it gets
 * with peelian_error_free(); or give NULL if the status is enough. A fault within the library is PEELIAN_STATUS_INTERNAL:
 * no panic and no exception leaves it.
 *
 * POINTERS. A pointer that is NULL or misaligned where something is needed gives PEELIAN_STATUS_INVALID_ARGUMENT, as does a
 * text that is not UTF-8. Any other pointer must point to what its type says, for the time of the call. Texts end with NUL.
 * Nothing that is passed in is kept after the call, unless the function says so.
 *
 * OWNERSHIP. An object comes from a function with an output `out`, belongs to the caller, and is freed once, by the function
 * with its name and _free; that takes NULL too. What it holds is read through views: const structures, and texts, that belong
 * to the object and are valid until it is freed. Later versions may add members at the end of a view, so a program never
 * makes one itself, nor copies one by its size.
 *
 * THREADS. Any function may be called from any thread. Two threads may use two objects at once. One object may be shared
 * where its type says so; otherwise, one thread at a time.
 *
 * UNITS. Proportions lie between 0 and 1, and so do confidence levels. Days are texts, "2017-02-01"; areas are codes of the
 * Office for National Statistics. A number that is not known is NaN, never 0.
 */


#ifndef PEELIAN_H
#define PEELIAN_H


#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The version of this header, "0.1.0". */
#define PEELIAN_VERSION "0.1.0"
#define PEELIAN_VERSION_MAJOR 0
#define PEELIAN_VERSION_MINOR 1
#define PEELIAN_VERSION_PATCH 0

#ifdef __cplusplus
extern "C" {
#endif

/* The structures of the Arrow C data interface and the Arrow C stream interface, as their specification has them
 * (arrow.apache.org/docs/format/CDataInterface.html). Other headers define the same under the same guards. */
#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE

#define ARROW_FLAG_DICTIONARY_ORDERED 1
#define ARROW_FLAG_NULLABLE 2
#define ARROW_FLAG_MAP_KEYS_SORTED 4

struct ArrowSchema {
  const char *format;
  const char *name;
  const char *metadata;
  int64_t flags;
  int64_t n_children;
  struct ArrowSchema **children;
  struct ArrowSchema *dictionary;
  void (*release)(struct ArrowSchema *);
  void *private_data;
};

struct ArrowArray {
  int64_t length;
  int64_t null_count;
  int64_t offset;
  int64_t n_buffers;
  int64_t n_children;
  const void **buffers;
  struct ArrowArray **children;
  struct ArrowArray *dictionary;
  void (*release)(struct ArrowArray *);
  void *private_data;
};

#endif /* ARROW_C_DATA_INTERFACE */

#ifndef ARROW_C_STREAM_INTERFACE
#define ARROW_C_STREAM_INTERFACE

struct ArrowArrayStream {
  int (*get_schema)(struct ArrowArrayStream *, struct ArrowSchema *out);
  int (*get_next)(struct ArrowArrayStream *, struct ArrowArray *out);
  const char *(*get_last_error)(struct ArrowArrayStream *);
  void (*release)(struct ArrowArrayStream *);
  void *private_data;
};

#endif /* ARROW_C_STREAM_INTERFACE */

#ifdef __cplusplus
} /* extern "C" */
#endif


// The binary interface that this header describes. Compare it with peelian_abi_version(): where they differ, the
// program was compiled against another library than the one that is loaded.
#define PEELIAN_ABI_VERSION 1

// Bytes of a pseudonym as text: 64 hexadecimal digits and their NUL.
#define PEELIAN_PSEUDONYM_SIZE 65

// How a call ended. Numbers are never used again for something else; more may be added.
typedef enum peelian_status {
  // Done: the outputs are written.
  PEELIAN_STATUS_OK = 0,
  // An argument is NULL, misaligned, not UTF-8 or out of its range, or names nothing: a fault of the program.
  PEELIAN_STATUS_INVALID_ARGUMENT = 1,
  // A fault of the library. Free the objects that the call was given and use them no more.
  PEELIAN_STATUS_INTERNAL = 2,
  // The records are refused as a whole: a fault of the data. The code and the findings of the error say why.
  PEELIAN_STATUS_REFUSED = 3,
  // The query cannot be answered as it is asked.
  PEELIAN_STATUS_QUERY = 4,
  // A file cannot be read.
  PEELIAN_STATUS_IO = 5,
  // No exchange answers there.
  PEELIAN_STATUS_UNREACHABLE = 6,
  // The exchange refused the call, or failed. The code of the error is its reason.
  PEELIAN_STATUS_EXCHANGE = 7,
  // The caller stopped the call.
  PEELIAN_STATUS_CANCELLED = 8,
} peelian_status;

// Values of measures. Free it with peelian_result_free(). Any number of threads may read it at once.
typedef struct peelian_result peelian_result;

// A connection to an exchange. Free it with peelian_client_free(). Any number of threads may use it at once; it starts
// no thread of its own, so the connection rests while no call is under way.
typedef struct peelian_client peelian_client;

// Why a call failed. Free it with peelian_error_free().
typedef struct peelian_error peelian_error;

// How one value came about. Free it with peelian_explanation_free(). Any number of threads may read it at once.
typedef struct peelian_explanation peelian_explanation;

// Findings, in the order of rows. Those of a receipt or an error belong to it. Any number of threads may read them at once.
typedef struct peelian_findings peelian_findings;

// The linkage keys of one file. Free it with peelian_keyring_free(), which overwrites its secrets. Any number of threads
// may use it at once.
typedef struct peelian_keyring peelian_keyring;

// Records of any number of datasets in this process, from which measures are computed: nothing is stored and nothing is
// sent. Free it with peelian_local_free(). One thread at a time may add to it; any number may ask it at once.
typedef struct peelian_local peelian_local;

// A selection of values: measures, areas and periods. Free it with peelian_query_free(). One thread at a time may
// change it; any number may ask with it.
typedef struct peelian_query peelian_query;

// What became of records, with what was found in them. Free it with peelian_receipt_free().
typedef struct peelian_receipt peelian_receipt;

// Records of one dataset, and the period that they report on. Free it with peelian_records_free(). One thread at a time
// may use it.
typedef struct peelian_records peelian_records;

// What a submission says of itself. Free it with peelian_submission_free(). One thread at a time may use it.
typedef struct peelian_submission peelian_submission;

// One thing found in records. It belongs to the object that it was read from. No text is NULL.
typedef struct peelian_finding {
  // Code: "PEEL-5004". A code is never used again for something else.
  const char *code;
  // "ERROR", "WARNING" or "INFO".
  const char *severity;
  // What it is about: "BATCH", "ROW" or "FIELD".
  const char *scope;
  // Row, counted from 1 without the header; 0 where the finding is about all of them.
  uint64_t row;
  // Field; empty where the finding is about the whole row.
  const char *field;
  // Value that was rejected, shortened; empty where it is personal.
  const char *value;
  // Rule that was broken.
  const char *rule;
  // What is wrong and what to do.
  const char *message;
} peelian_finding;

// A value with its interval. The caller provides one, and the library fills it; it never grows.
typedef struct peelian_estimate {
  // The point estimate.
  double value;
  // Lower limit, in the unit of the value.
  double lower;
  // Upper limit; infinite where a ratio has no event in its second group.
  double upper;
  // Two-sided confidence level, between 0 and 1.
  double confidence;
  // Method that made the limits: "wilson", "byar". It belongs to the library.
  const char *method;
} peelian_estimate;

// One area. It belongs to the library. No text is NULL.
typedef struct peelian_area {
  // Code: "E09000028".
  const char *code;
  // Name: "Southwark".
  const char *name;
  // Level: "borough", "ward", "london".
  const char *level;
} peelian_area;

// One code. It belongs to the library. No text is NULL.
typedef struct peelian_code {
  // How it is written.
  const char *code;
  // Label for people.
  const char *label;
} peelian_code;

// One field of a dataset. It belongs to the library. No text is NULL.
typedef struct peelian_field {
  // Name, as in the CSV header.
  const char *name;
  // What it means.
  const char *description;
  // Type: "key", "pseudonym", "date", "timestamp", "code", "set", "integer", "number", "boolean", "area", "period",
  // "weight" or "text".
  const char *field_type;
  // Whether every row must have it.
  bool required;
  // Whether the exchange works it out: it is not submitted.
  bool derived;
  // Whether findings never quote its value.
  bool personal;
  // Condition under which a row must have it; empty if there is none.
  const char *required_when;
  // Dataset that it refers to; empty if it refers to none.
  const char *references;
  // Codes that it may have; none where it is not a code or a set.
  const struct peelian_code *const *codes;
  // How many there are.
  size_t code_count;
} peelian_field;

// A kind of record that partners submit. It belongs to the library. No text is NULL.
typedef struct peelian_dataset {
  // Identifier: "crime".
  const char *id;
  // Title.
  const char *title;
  // What a row is.
  const char *description;
  // Header row of its CSV files, without a line end.
  const char *csv_header;
  // "open", "pseudonymised", "special_category" or "reidentifiable".
  const char *sensitivity;
  // Who submits it.
  const char *supplied_by;
  // Fields, in the order of the CSV header; those that the exchange works out are among them.
  const struct peelian_field *const *fields;
  // How many there are.
  size_t field_count;
  // Names of the fields that identify a row; none where rows have no identifier.
  const char *const *key;
  // How many there are.
  size_t key_count;
} peelian_dataset;

// The definition of one measure. It belongs to the library. No text is NULL.
typedef struct peelian_measure {
  // Identifier, with the variant: "repeat-victim-share.victims-prior-12m".
  const char *id;
  // Version of the definition.
  uint32_t version;
  // Title.
  const char *title;
  // Question that the measure answers.
  const char *question;
  // What is counted: "crime", "person", "respondent".
  const char *unit;
  // Design: "count", "rate", "proportion", "weighted_proportion", "repeat_share", "funnel", "gap".
  const char *design;
  // Kind of value: "count", "proportion", "percentage_points", "rate_per_1k", "rate_per_100k", "ratio".
  const char *value_kind;
  // Dataset that it is computed from; empty where only submitted figures exist.
  const char *dataset;
  // Which direction is better: "higher_is_better", "lower_is_better" or "neutral".
  const char *polarity;
  // Whether the plan wants more victims to come forward, so that a rise alone is not worse.
  bool reporting_increase_wanted;
  // Whether values of parts add up to the value of the whole.
  bool additive;
  // What the area stands for: "location_of_offence", "respondent_residence".
  const char *geo_basis;
  // Disclosure rule that a release applies: "D-SENS".
  const char *disclosure;
  // Method of the interval.
  const char *interval_method;
  // Lines of the plan that the measure comes from.
  const char *plan_reference;
  // Dimensions by which it can be broken down.
  const char *const *breakdowns;
  // How many there are.
  size_t breakdown_count;
  // Kinds of period offered: "M", "Q", "R12", "CY", "FY".
  const char *const *periods;
  // How many there are.
  size_t period_count;
  // What to know before using it.
  const char *const *caveats;
  // How many there are.
  size_t caveat_count;
  // Sources of the definition, each with its standing.
  const char *const *sources;
  // How many there are.
  size_t source_count;
} peelian_measure;

// What became of records. It belongs to its receipt. received = created + updated + unchanged + rejected for a
// submission; records that were checked, or added to local ones, are received and rejected only.
typedef struct peelian_receipt_details {
  // Rows received.
  uint64_t received;
  // Rows left out for their errors.
  uint64_t rejected;
  // Findings that are errors, kept or not.
  uint64_t errors;
  // Findings that are warnings.
  uint64_t warnings;
  // Findings that inform.
  uint64_t infos;
  // Rows that the exchange did not hold before.
  uint64_t created;
  // Rows that it held with other values.
  uint64_t updated;
  // Rows that it held with the same values.
  uint64_t unchanged;
  // Rows that it held and that are not in the replacement of their period.
  uint64_t deleted_by_replacement;
  // Position in the ledger after the submission.
  uint64_t ledger_position;
  // Whether nothing was written.
  bool dry_run;
  // Name of the submission: "agencies/mps/submissions/01J..."; empty for a dry run and for local records.
  const char *submission;
  // Name of the submission that was in force for the same slice before; empty if there was none.
  const char *superseded;
  // SHA-256 of the content as the exchange received it, in hexadecimal; empty for local records.
  const char *content_sha256;
} peelian_receipt_details;

// One value of one measure, with all that is needed to use it. It belongs to its result. No text is NULL but where it
// is said; a number that is not known is NaN.
typedef struct peelian_observation {
  // Measure, with its variant.
  const char *measure;
  // Title of the measure.
  const char *measure_label;
  // Version of its definition.
  uint32_t measure_version;
  // Area code: "E09000028".
  const char *area;
  // Area name.
  const char *area_label;
  // Period: "2017-02".
  const char *period;
  // Kind of period: "month".
  const char *period_kind;
  // First day of the period: "2017-02-01".
  const char *period_start;
  // Last day of the period.
  const char *period_end;
  // Breakdown, "sex=female;age_band=18_24"; empty for the total.
  const char *breakdown;
  // Labels of its codes.
  const char *breakdown_label;
  // Where the value comes from: "computed_from_records", or "submitted_figure".
  const char *basis;
  // Whether any contributing records are synthetic.
  bool synthetic;
  // The value in the measure's unit; NaN where it is missing. A proportion lies between 0 and 1.
  double value;
  // Why there is no value: "suppressed", "not_submitted"; NULL where there is one.
  const char *missing;
  // Shorthand markers of the Government Statistical Service, "[c]", "[low]"; empty for an ordinary value.
  const char *marker;
  // Kind of value: "count", "proportion", "percentage_points", "rate_per_1k", "rate_per_100k", "ratio".
  const char *value_kind;
  // What is counted: "crime", "person", "respondent".
  const char *unit;
  // Numerator.
  double numerator;
  // Denominator; NaN where the measure has none.
  double denominator;
  // Lower limit of the interval, in the unit of the value.
  double lower;
  // Upper limit.
  double upper;
  // Confidence level, between 0 and 1.
  double confidence;
  // Method of the interval, "wilson"; NULL where there is none.
  const char *method;
  // Respondents, for a survey.
  double unweighted_base;
  // Effective number of respondents, for a weighted survey.
  double effective_n;
  // Status of the observation, a letter of SDMX CL_OBS_STATUS.
  const char *obs_status;
  // Confidentiality, a letter of SDMX CL_CONF_STATUS.
  const char *conf_status;
  // Months, sites or submissions expected.
  uint32_t expected;
  // Of these, received.
  uint32_t received;
  // First comparison asked for: difference, or ratio for counts and rates. See peelian_result_comparison_get() for
  // all of them.
  double change;
  // Whether it is a "difference" or a "ratio"; NULL where there is none.
  const char *change_kind;
  // Period, area or group compared with; NULL where no comparison was asked for.
  const char *change_against;
  // Lower limit of the change.
  double change_lower;
  // Upper limit of the change.
  double change_upper;
  // "higher", "lower", "no clear change" or "not compared"; NULL where no comparison was asked for.
  const char *change_verdict;
  // Agency and publication of a submitted figure, or agencies whose records contributed; joined by "; ".
  const char *sources;
  // What to know before using it; joined by "; ".
  const char *caveats;
  // Breaks of the series within the period; joined by "; ".
  const char *breaks;
  // Position of the ledger that it was read from; 1 or more for local records.
  uint64_t ledger_position;
} peelian_observation;

// A change from another period, area or group. It belongs to its result. A number that is not known is NaN.
typedef struct peelian_comparison {
  // "previous_window", "same_period_last_year", "london" or "reference_group".
  const char *kind;
  // Period, area or group compared with.
  const char *against;
  // Its value, in the unit of the measure.
  double against_value;
  // Difference, or ratio for counts and rates.
  double change;
  // "difference" or "ratio"; empty where nothing was compared.
  const char *change_kind;
  // Lower limit of the change.
  double lower;
  // Upper limit of the change.
  double upper;
  // Confidence level, between 0 and 1.
  double confidence;
  // Method of the interval; NULL where there is none.
  const char *method;
  // "higher", "lower", "no clear change" or "not compared".
  const char *verdict;
  // Why there is no change, or what to know of it; empty where there is nothing.
  const char *note;
} peelian_comparison;

// One part of an observation that is read with its value: a stage of a funnel, a group of a gap. Read the kind first:
// it says what the value means. Later versions may add kinds, so a program leaves out components of a kind that it does
// not know. It belongs to its result. Only `method` may be NULL. A number that is not known is NaN.
typedef struct peelian_component {
  // What the component is: "stage", a stage of a funnel, whose value is the share of the stage before that is lost;
  // "retention", a stage of a funnel, whose value is the share of the first stage that reaches it; "group", a group
  // of a gap, whose value is the share of that group.
  const char *kind;
  // Code: the identifier of a stage, "charged"; a group as breakdown=code, "sex=female".
  const char *code;
  // Label of the code.
  const char *label;
  // What is counted: "crime", "defendant".
  const char *unit;
  // Number of subjects; NaN where it is not known or nothing is counted.
  double count;
  // Value. The kind says what it means.
  double value;
  // Lower limit of the value.
  double lower;
  // Upper limit of the value.
  double upper;
  // Confidence level, between 0 and 1.
  double confidence;
  // Method of the interval; NULL where there is no interval.
  const char *method;
  // Number of respondents, or subjects, that the value rests on.
  double unweighted_base;
  // Effective number of respondents, for a weighted survey.
  double effective_n;
  // Whether the unit differs from that of the component before, so that the value has no interval.
  bool unit_change;
} peelian_component;

// One step of the selection of records. It belongs to its explanation.
typedef struct peelian_step {
  // Population: "initial_population", "denominator", "denominator_exclusion", "numerator"; for a funnel the stage.
  const char *population;
  // Expression over the fields of the dataset.
  const char *expression;
  // Records left after the step.
  uint64_t remaining;
  // Records that the step removed.
  uint64_t removed;
} peelian_step;

// A submission that a value is based on. It belongs to its explanation.
typedef struct peelian_contribution {
  // Name of the submission.
  const char *submission;
  // SHA-256 of its content, in hexadecimal.
  const char *content_sha256;
  // Dataset.
  const char *dataset;
  // Rows of it in force in the area and the period.
  uint64_t rows;
  // Whether it is synthetic.
  bool synthetic;
} peelian_contribution;

// How one value came about. It belongs to its explanation.
typedef struct peelian_explanation_details {
  // Measure, with its variant.
  const char *measure;
  // Version of the definition in force.
  uint32_t measure_version;
  // Question that the measure answers.
  const char *question;
  // Submitted figure less computed value; NaN where there are not both.
  double difference;
  // Steps by which records were selected, in their order.
  const struct peelian_step *const *steps;
  // How many there are.
  size_t step_count;
  // Submissions that contributed.
  const struct peelian_contribution *const *contributions;
  // How many there are.
  size_t contribution_count;
} peelian_explanation_details;

// Told how far a submission is, on the thread that submits: `sent` of `total` messages have been handed to the
// connection. Submitting stops if it returns false: the exchange then keeps nothing. It may call peelian_client_cancel(),
// but no other function with the client that submits, and it must return: not leave by longjmp or an exception.
typedef bool (*peelian_progress)(void *user_data, uint64_t sent, uint64_t total);

// A linkage key, without its secret. It belongs to its keyring. No text is NULL.
typedef struct peelian_key {
  // Identifier, which stands beside each pseudonym (linkage_key_id): "victims-2017.0123abcd".
  const char *id;
  // Name that people gave it: "victims-2017".
  const char *name;
  // Whose pseudonyms may meet: "police-victim".
  const char *domain;
  // What makes a person, with the version of its rules: "name-birth-v1".
  const char *identity;
  // Parts of that, in the order in which peelian_pseudonymise() takes them: "forename", "surname", "date_of_birth".
  const char *const *parts;
  // How many there are.
  size_t part_count;
} peelian_key;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

// The version of the library that is loaded, "0.1.0"; PEELIAN_VERSION is that of the header. It belongs to the library.
const char *peelian_version(void);

// The version of the binary interface of the library that is loaded. It changes when a program that was compiled
// against an older header would go wrong: not when functions, or members at the end of a view, are added.
uint32_t peelian_abi_version(void);

// How the call ended; PEELIAN_STATUS_OK for NULL.
enum peelian_status peelian_error_status(const struct peelian_error *error);

// What is wrong and what to do, for a person; NULL for NULL. It belongs to the error.
const char *peelian_error_message(const struct peelian_error *error);

// What is wrong, for a program: the code of the finding that refuses the records ("PEEL-1011"), or the reason that the
// exchange gave; empty where there is neither, NULL for NULL. It belongs to the error.
const char *peelian_error_code(const struct peelian_error *error);

// What was found in records that have too many errors; none for other errors, NULL for NULL. They belong to the error.
const struct peelian_findings *peelian_error_findings(const struct peelian_error *error);

// Frees an error. NULL is left alone.
void peelian_error_free(struct peelian_error *error);

// Frees findings that peelian_client_findings() gave, and no others. NULL is left alone.
void peelian_findings_free(struct peelian_findings *findings);

// How many findings there are; 0 for NULL. Of each code the first 1,000 are kept.
size_t peelian_findings_count(const struct peelian_findings *findings);

// A finding, from 0; NULL beyond the last. It belongs to the object that the findings were read from.
const struct peelian_finding *peelian_findings_get(const struct peelian_findings *findings, size_t index);

// The proportion `numerator / denominator`, from 0 to 1, with Wilson's score interval (Wilson 1927). The numerator need
// not be whole, as in a weighted survey.
//
// PEELIAN_STATUS_INVALID_ARGUMENT if the two are not a proportion or `confidence` is not between 0 and 1.
enum peelian_status peelian_wilson(double numerator,
                                   double denominator,
                                   double confidence,
                                   struct peelian_estimate *out,
                                   struct peelian_error **error);

// A count of events with its Poisson limits: exact ones (Garwood 1936) below 10 events, Byar's approximation (Breslow
// and Day 1987) from there on. With `exact` every count below a thousand million has exact limits, so that there is no
// step at 10.
//
// PEELIAN_STATUS_INVALID_ARGUMENT for a count that is negative, not finite or too large, or a `confidence` that is not
// between 0 and 1.
enum peelian_status peelian_poisson(double count,
                                    double confidence,
                                    bool exact,
                                    struct peelian_estimate *out,
                                    struct peelian_error **error);

// The rate `count / exposure * multiplier`, with the limits of peelian_poisson(): 222 crimes among 3,215 residents are
// 69.05 for each 1,000.
//
// PEELIAN_STATUS_INVALID_ARGUMENT as for peelian_poisson(), or if `exposure` or `multiplier` is not above zero.
enum peelian_status peelian_rate(double count,
                                 double exposure,
                                 double multiplier,
                                 double confidence,
                                 bool exact,
                                 struct peelian_estimate *out,
                                 struct peelian_error **error);

// The difference of two independent proportions, first less second, from -1 to 1, with Newcombe's hybrid score interval
// (Newcombe 1998, method 10; with `continuity_corrected` method 11).
//
// PEELIAN_STATUS_INVALID_ARGUMENT if either is not a proportion or `confidence` is not between 0 and 1.
enum peelian_status peelian_newcombe(double first_numerator,
                                     double first_denominator,
                                     double second_numerator,
                                     double second_denominator,
                                     double confidence,
                                     bool continuity_corrected,
                                     struct peelian_estimate *out,
                                     struct peelian_error **error);

// The ratio of two independent rates of events, first over second.
//
// `method`: "rate_ratio_log_wald", "rate_ratio_score" (Gu and others 2008) or "rate_ratio_exact_conditional"; NULL takes
// the exact one where either count is below 10, and log-Wald otherwise.
//
// PEELIAN_STATUS_INVALID_ARGUMENT for another method, a count that is negative, an exposure that is not above zero, a
// `confidence` that is not between 0 and 1, or where the method gives no interval: both counts are zero, or one of them
// for log-Wald.
enum peelian_status peelian_rate_ratio(double first_count,
                                       double first_exposure,
                                       double second_count,
                                       double second_exposure,
                                       double confidence,
                                       const char *method,
                                       struct peelian_estimate *out,
                                       struct peelian_error **error);

// The effective number of respondents of a weighted survey, `(sum w)^2 / sum w^2` (Kish 1965): 4 of equal weight are 4.
//
// PEELIAN_STATUS_INVALID_ARGUMENT if there is no weight, or one that is not above zero and at most a thousand million.
enum peelian_status peelian_effective_sample_size(const double *weights,
                                                  size_t count,
                                                  double *out,
                                                  struct peelian_error **error);

// How many areas there are, past ones included.
size_t peelian_area_count(void);

// An area, from 0; NULL beyond the last. It belongs to the library.
const struct peelian_area *peelian_area_get(size_t index);

// The area with a code, "E09000028"; NULL if there is none, or `code` is NULL or not UTF-8. It belongs to the library.
const struct peelian_area *peelian_area_find(const char *code);

// How many datasets there are.
size_t peelian_dataset_count(void);

// A dataset, from 0, in the order of their identifiers; NULL beyond the last. It belongs to the library.
const struct peelian_dataset *peelian_dataset_get(size_t index);

// The dataset with an identifier, "crime"; NULL if there is none, or `id` is NULL or not UTF-8. It belongs to the
// library.
const struct peelian_dataset *peelian_dataset_find(const char *id);

// How many measures there are.
size_t peelian_measure_count(void);

// A measure, from 0, in the order of their identifiers; NULL beyond the last. It belongs to the library.
const struct peelian_measure *peelian_measure_get(size_t index);

// The measure with an identifier, as a query takes it: without a variant it is the default one, "repeat-victim-share".
// NULL if there is none, or `id` is NULL or not UTF-8. It belongs to the library.
const struct peelian_measure *peelian_measure_find(const char *id);

// Begins records that are set value by value: see peelian_records_set_text(), peelian_records_end_row().
//
// PEELIAN_STATUS_INVALID_ARGUMENT if there is no such dataset.
enum peelian_status peelian_records_new(const char *dataset_id,
                                        struct peelian_records **out,
                                        struct peelian_error **error);

// Records from `length` bytes of CSV (RFC 4180, UTF-8, with a header row that names the fields). The bytes are copied,
// and read when the records are validated, added or submitted.
//
// PEELIAN_STATUS_INVALID_ARGUMENT if there is no such dataset.
enum peelian_status peelian_records_from_csv(const char *dataset_id,
                                             const uint8_t *csv,
                                             size_t length,
                                             struct peelian_records **out,
                                             struct peelian_error **error);

// Records from a CSV file, which is read whole. The path is UTF-8.
//
// PEELIAN_STATUS_INVALID_ARGUMENT if there is no such dataset, PEELIAN_STATUS_IO if the file cannot be read.
enum peelian_status peelian_records_from_csv_file(const char *dataset_id,
                                                  const char *path,
                                                  struct peelian_records **out,
                                                  struct peelian_error **error);

// Says which days the records report on, both included, as "2017-02-01": a row outside is an error, and a month within
// that has no row is 0. Without it, records that are added cover the whole months from their first to their last date.
// A submission states its own period.
//
// PEELIAN_STATUS_INVALID_ARGUMENT if a text is not a day, or the last day lies before the first.
enum peelian_status peelian_records_set_period(struct peelian_records *records,
                                               const char *first_day,
                                               const char *last_day,
                                               struct peelian_error **error);

// Says whether the records are synthetic: whatever is computed from them is then marked so. They are not by default.
enum peelian_status peelian_records_set_synthetic(struct peelian_records *records,
                                                  bool synthetic,
                                                  struct peelian_error **error);

// Frees records, and releases what they share with whoever made them. NULL is left alone.
void peelian_records_free(struct peelian_records *records);

// Records from a stream of the Arrow C stream interface, without copying them: a column for each field that they have,
// by its name. The stream is read to its end and released by this call, whatever its result, unless `stream` is NULL or
// misaligned. The records hold its arrays until they are freed.
//
// PEELIAN_STATUS_INVALID_ARGUMENT if there is no such dataset or the stream was released before;
// PEELIAN_STATUS_REFUSED if the stream fails or is not a stream of tables.
enum peelian_status peelian_records_from_arrow_stream(const char *dataset_id,
                                                      struct ArrowArrayStream *stream,
                                                      struct peelian_records **out,
                                                      struct peelian_error **error);

// Records from one array of the Arrow C data interface, a structure with a member for each field that they have. The
// array is taken over without copying it: it is marked as released by this call, whatever its result, unless a pointer
// is NULL or misaligned, and the records hold it until they are freed. The schema stays the caller's.
//
// PEELIAN_STATUS_INVALID_ARGUMENT if there is no such dataset or one of the two was released before;
// PEELIAN_STATUS_REFUSED if the array is no table.
enum peelian_status peelian_records_from_arrow_array(const char *dataset_id,
                                                     struct ArrowArray *array,
                                                     const struct ArrowSchema *schema,
                                                     struct peelian_records **out,
                                                     struct peelian_error **error);

// Sets a field of the row under way to a text, as a CSV file would have it: any code, date ("2017-02-01"), reference,
// number or set ("race;religion"). NULL leaves the value missing. Set again, the last value counts.
//
// Values are checked when the records are validated, added or submitted.
//
// PEELIAN_STATUS_INVALID_ARGUMENT if the dataset has no such field, or the exchange works it out itself, or the records
// were not made by peelian_records_new().
enum peelian_status peelian_records_set_text(struct peelian_records *records,
                                             const char *field,
                                             const char *value,
                                             struct peelian_error **error);

// Sets a field of the row under way to a whole number. As peelian_records_set_text().
enum peelian_status peelian_records_set_integer(struct peelian_records *records,
                                                const char *field,
                                                int64_t value,
                                                struct peelian_error **error);

// Sets a field of the row under way to a number; a NaN leaves it missing. As peelian_records_set_text().
enum peelian_status peelian_records_set_number(struct peelian_records *records,
                                               const char *field,
                                               double value,
                                               struct peelian_error **error);

// Sets a field of the row under way to yes or no. As peelian_records_set_text().
enum peelian_status peelian_records_set_boolean(struct peelian_records *records,
                                                const char *field,
                                                bool value,
                                                struct peelian_error **error);

// Ends the row under way; the next begins with no value set.
enum peelian_status peelian_records_end_row(struct peelian_records *records, struct peelian_error **error);

// How many rows are ended; of records from Arrow, how many there are. 0 for a CSV file, which is not read yet, and for
// NULL.
size_t peelian_records_row_count(const struct peelian_records *records);

// The numbers of a receipt; NULL for NULL. They belong to it.
const struct peelian_receipt_details *peelian_receipt_get(const struct peelian_receipt *receipt);

// What was found, errors, warnings and information, in the order of rows; NULL for NULL. They belong to the receipt. The
// receipt of a submission has the first 100; peelian_client_findings() gets all.
const struct peelian_findings *peelian_receipt_findings(const struct peelian_receipt *receipt);

// Frees a receipt with its details and findings. NULL is left alone.
void peelian_receipt_free(struct peelian_receipt *receipt);

// Begins a query that names nothing yet.
enum peelian_status peelian_query_new(struct peelian_query **out, struct peelian_error **error);

// Adds a measure by its identifier, with its variant and, if wanted, its version: "repeat-victim-share.victims-prior-12m@1".
// At most 100. Whether there is such a measure is found when the query is asked.
enum peelian_status peelian_query_add_measure(struct peelian_query *query,
                                              const char *measure,
                                              struct peelian_error **error);

// Adds an area by its code, "E09000028", or a level: "borough" means all boroughs.
enum peelian_status peelian_query_add_area(struct peelian_query *query,
                                           const char *area,
                                           struct peelian_error **error);

// Adds a period: "2017-02", "2016/17-Q2", "R12-2017-02" (12 months to February), "CY2016", "2016/17"; a range
// "2016-01..2016-12"; or "latest:24" for the latest 24 months, "latest:8:R12" for another kind.
enum peelian_status peelian_query_add_period(struct peelian_query *query,
                                             const char *period,
                                             struct peelian_error **error);

// Breaks the values down by a dimension that the measure offers: "sex". Without any, the total is given.
enum peelian_status peelian_query_add_breakdown(struct peelian_query *query,
                                                const char *dimension,
                                                struct peelian_error **error);

// Compares each value with another: "previous_window", "same_period_last_year", "london" or "reference_group", which
// needs peelian_query_set_reference_group().
//
// PEELIAN_STATUS_INVALID_ARGUMENT for another text.
enum peelian_status peelian_query_add_comparison(struct peelian_query *query,
                                                 const char *comparison,
                                                 struct peelian_error **error);

// Sets the group that "reference_group" compares with, as dimension=code: "ethnic_group=white".
enum peelian_status peelian_query_set_reference_group(struct peelian_query *query,
                                                      const char *group,
                                                      struct peelian_error **error);

// Asks for one basis only: "submitted_figure" or "computed_from_records". By default both answer.
//
// PEELIAN_STATUS_INVALID_ARGUMENT for another text.
enum peelian_status peelian_query_set_basis(struct peelian_query *query,
                                            const char *basis,
                                            struct peelian_error **error);

// Sets the confidence level of the intervals, between 0 and 1. It is 0.95 by default.
enum peelian_status peelian_query_set_confidence(struct peelian_query *query,
                                                 double confidence,
                                                 struct peelian_error **error);

// Whether changes are computed across a declared break in a series. They are not by default.
enum peelian_status peelian_query_set_allow_break(struct peelian_query *query,
                                                  bool allow,
                                                  struct peelian_error **error);

// Reads the exchange's ledger as it was at an instant, in seconds since 1970-01-01T00:00:00Z; by default as it is now.
// Local records have no past: there it changes nothing.
enum peelian_status peelian_query_set_as_of(struct peelian_query *query,
                                            int64_t seconds,
                                            struct peelian_error **error);

// Frees a query. NULL is left alone.
void peelian_query_free(struct peelian_query *query);

// Begins with no records. They are read (but for a CSV file) and measures are computed on `threads` threads, 0
// meaning one for each processor; the values do not depend on it.
enum peelian_status peelian_local_new(uint32_t threads, struct peelian_local **out, struct peelian_error **error);

// Begins with no records. Those that are added will be read for this query alone: only the fields that its measures
// need, which is many times as fast. Then ask it with peelian_local_query(): a query or an explanation that needs
// other fields is refused. `threads` is as in peelian_local_new(). The query is not kept: it may be changed or freed.
//
// The values of these fields are checked as the exchange checks them. Keys that repeat, references and rules, which
// need other fields, are not: a row that the exchange rejects for one of these counts here. peelian_validate() with
// NULL for `local` checks everything, and so does peelian_local_new(). From records that the exchange accepts, the
// answer has the same bits either way. Other fields are not looked at, and need not be there.
//
// PEELIAN_STATUS_QUERY if no records could answer the query: the message says what could be asked.
enum peelian_status peelian_local_for_query(const struct peelian_query *query,
                                            uint32_t threads,
                                            struct peelian_local **out,
                                            struct peelian_error **error);

// How many fields of a dataset are read: after peelian_local_for_query() those that the query needs, else all that
// partners submit. 0 means that records of the dataset need not be added; also for NULL, and where there is no such
// dataset.
size_t peelian_local_field_count(const struct peelian_local *local, const char *dataset_id);

// A field of a dataset that is read, from 0, in the order of the CSV header; NULL beyond the last. It belongs to the
// library.
const struct peelian_field *peelian_local_field_get(const struct peelian_local *local,
                                                    const char *dataset_id,
                                                    size_t index);

// Checks records as the exchange checks them, or only what peelian_local_for_query() says, and keeps those without
// errors. What records refer to must have been added before: crimes before their victims. A dataset is added once; the
// records themselves stay the caller's, and may be freed.
//
// The records of a dataset count as one agency's. Those of agencies that report on different periods belong in objects of
// their own: together, what one of them has not reported on would be taken as zero.
//
// `receipt`, which may be NULL, gets what became of them.
//
// PEELIAN_STATUS_REFUSED if they are refused as a whole: see the error's code and findings. Then nothing is kept.
// PEELIAN_STATUS_INVALID_ARGUMENT if records of the dataset were added before.
enum peelian_status peelian_local_add(struct peelian_local *local,
                                      const struct peelian_records *records,
                                      struct peelian_receipt **receipt,
                                      struct peelian_error **error);

// Checks records as the exchange checks them, and keeps none. What they refer to is looked for among the records added
// to `local`; where that is NULL, nothing is found.
//
// PEELIAN_STATUS_REFUSED if the exchange would refuse them as a whole: see the error's code and findings.
// PEELIAN_STATUS_INVALID_ARGUMENT if `local` was made by peelian_local_for_query(): it has not all that they refer to.
enum peelian_status peelian_validate(struct peelian_local *local,
                                     const struct peelian_records *records,
                                     struct peelian_receipt **receipt,
                                     struct peelian_error **error);

// Computes measures from the records that were added. Values are in the order of measure, area, period and breakdown.
//
// PEELIAN_STATUS_QUERY if the query cannot be answered, or needs fields that peelian_local_for_query() left out: the
// message says what could be.
enum peelian_status peelian_local_query(const struct peelian_local *local,
                                        const struct peelian_query *query,
                                        struct peelian_result **out,
                                        struct peelian_error **error);

// Says how one value came about: the steps by which records were selected, and what it is based on. `breakdown` is as
// peelian_observation has it, "sex=female;age_band=18_24"; NULL means the total.
//
// PEELIAN_STATUS_INVALID_ARGUMENT if `area` is not the code of an area or `breakdown` is not of that form;
// PEELIAN_STATUS_QUERY if there is no such measure, period or breakdown, or if it needs fields that
// peelian_local_for_query() left out.
enum peelian_status peelian_local_explain(const struct peelian_local *local,
                                          const char *measure,
                                          const char *area,
                                          const char *period,
                                          const char *breakdown,
                                          struct peelian_explanation **out,
                                          struct peelian_error **error);

// Frees local records. NULL is left alone. What was computed from them stays.
void peelian_local_free(struct peelian_local *local);

// Answers one query from the records of `count` datasets, in any order, on `threads` threads, 0 meaning one for each
// processor: in one call what peelian_local_for_query(), peelian_local_add() and peelian_local_query() do, with the same
// bits. As no other question follows, many records of one dataset that are only counted are read, checked and counted
// some at a time, which is faster and takes no memory for all of them. The query and the records stay the caller's.
//
// What is checked is what peelian_local_for_query() says. `receipts`, which may be NULL, has room for `count` receipts,
// and gets what became of the records, in their order; free each with peelian_receipt_free(). It is written only if
// the call succeeds.
//
// PEELIAN_STATUS_QUERY if the query cannot be answered, PEELIAN_STATUS_REFUSED if records are refused as a whole, and
// PEELIAN_STATUS_INVALID_ARGUMENT if two of the records are of one dataset.
enum peelian_status peelian_compute(const struct peelian_query *query,
                                    struct peelian_records *const *records,
                                    size_t count,
                                    uint32_t threads,
                                    struct peelian_result **out,
                                    struct peelian_receipt **receipts,
                                    struct peelian_error **error);

// How many values there are, those that are missing included; 0 for NULL.
size_t peelian_result_count(const struct peelian_result *result);

// A value, from 0; NULL beyond the last. It belongs to the result.
const struct peelian_observation *peelian_result_get(const struct peelian_result *result, size_t index);

// How many comparisons the value at `index` has, in the order in which they were asked for; 0 for NULL.
size_t peelian_result_comparison_count(const struct peelian_result *result, size_t index);

// A comparison of the value at `index`, from 0; NULL beyond the last. It belongs to the result.
const struct peelian_comparison *peelian_result_comparison_get(const struct peelian_result *result,
                                                               size_t index,
                                                               size_t which);

// How many components the value at `index` has; 0 for NULL. Most values have none.
size_t peelian_result_component_count(const struct peelian_result *result, size_t index);

// A component of the value at `index`, from 0; NULL beyond the last. It belongs to the result.
//
// Components of one kind follow each other, in the order of the definition: the stages of a funnel from the first to
// the last, the reference group of a gap before the group compared.
const struct peelian_component *peelian_result_component_get(const struct peelian_result *result,
                                                             size_t index,
                                                             size_t which);

// Gives a result as a stream of the Arrow C stream interface: one table with a row for each value, and the members of
// peelian_observation as columns, and the columns `comparisons` and `components` as lists of structures.
// The stream shares the values with the result, outlives it, and is the caller's to release.
enum peelian_status peelian_result_to_arrow_stream(const struct peelian_result *result,
                                                   struct ArrowArrayStream *out,
                                                   struct peelian_error **error);

// Gives a result as one array of the Arrow C data interface, a structure with the columns of
// peelian_result_to_arrow_stream() as members. Array and schema are the caller's to release.
enum peelian_status peelian_result_to_arrow_array(const struct peelian_result *result,
                                                  struct ArrowArray *out_array,
                                                  struct ArrowSchema *out_schema,
                                                  struct peelian_error **error);

// Frees a result with its observations. NULL is left alone.
void peelian_result_free(struct peelian_result *result);

// What an explanation says; NULL for NULL. It belongs to it.
const struct peelian_explanation_details *peelian_explanation_get(const struct peelian_explanation *explanation);

// Frees an explanation with its details. NULL is left alone.
void peelian_explanation_free(struct peelian_explanation *explanation);

// Connects to an exchange at "HOST:PORT", and waits at most 5 seconds for its answer.
//
// PEELIAN_STATUS_INVALID_ARGUMENT if the text is no address, PEELIAN_STATUS_UNREACHABLE if nothing answers there.
enum peelian_status peelian_client_connect(const char *target,
                                           struct peelian_client **out,
                                           struct peelian_error **error);

// Sets how long a call may take, in seconds; 0 means as long as it takes, which is so at first. A call that takes longer
// ends with PEELIAN_STATUS_CANCELLED.
//
// PEELIAN_STATUS_INVALID_ARGUMENT if `seconds` is negative or not finite.
enum peelian_status peelian_client_set_timeout(const struct peelian_client *client,
                                               double seconds,
                                               struct peelian_error **error);

// Stops the calls of this client that are under way, from any thread: they end with PEELIAN_STATUS_CANCELLED. Later calls
// are not stopped. Not to be called from a signal handler.
enum peelian_status peelian_client_cancel(const struct peelian_client *client,
                                          struct peelian_error **error);

// Asks an exchange for values of measures.
//
// PEELIAN_STATUS_EXCHANGE if it refuses: the message says what could be answered. PEELIAN_STATUS_UNREACHABLE if the
// connection breaks, PEELIAN_STATUS_CANCELLED if the call is stopped.
enum peelian_status peelian_client_query(const struct peelian_client *client,
                                         const struct peelian_query *query,
                                         struct peelian_result **out,
                                         struct peelian_error **error);

// Asks an exchange for every finding of a submission, by the name that its receipt has: the exchange keeps the first 1,000
// of each code. Free them with peelian_findings_free().
//
// PEELIAN_STATUS_EXCHANGE if there is no such submission; PEELIAN_STATUS_UNREACHABLE if the connection breaks,
// PEELIAN_STATUS_CANCELLED if the call is stopped.
enum peelian_status peelian_client_findings(const struct peelian_client *client,
                                            const char *submission,
                                            struct peelian_findings **out,
                                            struct peelian_error **error);

// Asks an exchange how one value came about. `breakdown` is as peelian_observation has it, "sex=female;age_band=18_24";
// NULL means the total.
//
// PEELIAN_STATUS_INVALID_ARGUMENT if `breakdown` is not of that form; the others as for peelian_client_query().
enum peelian_status peelian_client_explain(const struct peelian_client *client,
                                           const char *measure,
                                           const char *area,
                                           const char *period,
                                           const char *breakdown,
                                           struct peelian_explanation **out,
                                           struct peelian_error **error);

// Ends a connection and frees it. No call of it may be under way. NULL is left alone.
void peelian_client_free(struct peelian_client *client);

// Begins a submission of an agency about a dataset and a period, days included, "2017-02-01": the records submitted are
// all there is in the period. `extracted_at` is when the data were extracted from their source, in seconds since
// 1970-01-01T00:00:00Z: the exchange refuses data that are older than what it holds.
//
// The exchange checks what is stated, when it is submitted.
enum peelian_status peelian_submission_new(const char *agency,
                                           const char *dataset,
                                           const char *first_day,
                                           const char *last_day,
                                           int64_t extracted_at,
                                           struct peelian_submission **out,
                                           struct peelian_error **error);

// Sets what the submission does to what is held: "replace_period", which is so at first; "merge" adds rows or replaces
// those with the same key; "delete" removes the rows with the keys submitted.
//
// PEELIAN_STATUS_INVALID_ARGUMENT for another text.
enum peelian_status peelian_submission_set_mode(struct peelian_submission *submission,
                                                const char *mode,
                                                struct peelian_error **error);

// Names the return within the dataset, where an agency makes several: a replacement replaces only rows of the same
// collection.
enum peelian_status peelian_submission_set_collection(struct peelian_submission *submission,
                                                      const char *collection,
                                                      struct peelian_error **error);

// Whether the exchange checks and counts only, and writes nothing. It writes at first.
enum peelian_status peelian_submission_set_dry_run(struct peelian_submission *submission,
                                                   bool dry_run,
                                                   struct peelian_error **error);

// States how many rows a replacement or deletion is known to remove: the exchange asks for it where that is more than a
// fifth of the rows that it holds.
enum peelian_status peelian_submission_set_expected_deletions(struct peelian_submission *submission,
                                                              uint64_t rows,
                                                              struct peelian_error **error);

// Submits records, all or nothing: when this returns PEELIAN_STATUS_OK they are on the exchange's disk. The same
// submission sent again counts once and has the same receipt.
//
// `records` NULL is a nil return: nothing happened in the period. `progress` may be NULL; it is called on this thread
// with `user_data`, which the library does not look at. `receipt`, which may be NULL, gets what became of the records.
//
// Columns that are no fields of the dataset are refused here, and nothing is sent. Of a table are sent the values that its
// rows have: not what else a dictionary holds, nor what lies below a missing value.
//
// PEELIAN_STATUS_INVALID_ARGUMENT if the records are of another dataset; PEELIAN_STATUS_REFUSED if they have other columns
// or are not valid Arrow data; PEELIAN_STATUS_EXCHANGE if the exchange refuses
// them; PEELIAN_STATUS_UNREACHABLE if the connection breaks, where it is not known whether they were taken: send them
// again; PEELIAN_STATUS_CANCELLED if `progress` or another thread stops it.
enum peelian_status peelian_client_submit(const struct peelian_client *client,
                                          const struct peelian_submission *submission,
                                          const struct peelian_records *records,
                                          peelian_progress progress,
                                          void *user_data,
                                          struct peelian_receipt **receipt,
                                          struct peelian_error **error);

// Frees a submission. NULL is left alone.
void peelian_submission_free(struct peelian_submission *submission);

// Reads a file of linkage keys, in the format that docs/pseudonyms.md describes. The path is UTF-8.
//
// PEELIAN_STATUS_IO if it cannot be read; PEELIAN_STATUS_INVALID_ARGUMENT if it is not such a file: the message has the
// line, and no part of a secret.
enum peelian_status peelian_keyring_read(const char *path,
                                         struct peelian_keyring **out,
                                         struct peelian_error **error);

// Reads linkage keys from the `length` bytes of such a file, for programs that keep it elsewhere. The caller overwrites
// its own copy.
//
// PEELIAN_STATUS_INVALID_ARGUMENT if they are not such a file.
enum peelian_status peelian_keyring_parse(const uint8_t *bytes,
                                          size_t length,
                                          struct peelian_keyring **out,
                                          struct peelian_error **error);

// How many keys there are; 0 for NULL.
size_t peelian_keyring_count(const struct peelian_keyring *keyring);

// A key, from 0, in the order of the file; NULL beyond the last. It belongs to the keyring.
const struct peelian_key *peelian_keyring_get(const struct peelian_keyring *keyring, size_t index);

// Makes the pseudonym of one person: HMAC-SHA-256 of the parts, each written by its rules. `values` has `count` texts as
// the program holds them, in the order of the key's parts, NULL where one is not known. `key` is the name or identifier of
// a key; NULL takes the only one there is. `out` gets 64 hexadecimal digits and a NUL: `size` bytes, at least
// PEELIAN_PSEUDONYM_SIZE.
//
// The copies that the library makes of the values are overwritten; those of the program are its own to overwrite.
//
// PEELIAN_STATUS_REFUSED if the values do not say who the person is: such a row goes without a pseudonym. The message
// names the part, and never its value. PEELIAN_STATUS_INVALID_ARGUMENT if there is no such key, or the number of values
// is not that of its parts.
enum peelian_status peelian_pseudonymise(const struct peelian_keyring *keyring,
                                         const char *key,
                                         const char *const *values,
                                         size_t count,
                                         char *out,
                                         size_t size,
                                         struct peelian_error **error);

// Frees a keyring and overwrites its secrets. NULL is left alone.
void peelian_keyring_free(struct peelian_keyring *keyring);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* PEELIAN_H */
