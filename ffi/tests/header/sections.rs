//! The sections of the header.

/// A group of declarations that belong together.
pub(crate) struct Section {
    pub(crate) heading: &'static str,
    /// Who owns the objects.
    ownership: &'static str,
    /// Which threads may use them.
    threads: &'static str,
    /// How the names of the declarations begin, without `peelian_`. The longest match decides.
    prefixes: &'static [&'static str],
}

impl Section {
    /// The comment at the start of the section.
    pub(crate) fn comment(&self) -> String {
        let Self { heading, ownership, threads, .. } = self;
        let line = "=".repeat(heading.len());
        format!("/* {heading}\n * {line}\n *\n * {ownership}\n * {threads}\n */")
    }

    /// The section of a name. A name that no section has is an error of this list.
    pub(crate) fn of(name: &str) -> usize {
        let lower = name.to_lowercase();
        let rest = lower.strip_prefix("peelian_").unwrap_or_else(|| panic!("{name} has no prefix"));
        let begins =
            |prefix: &str| rest.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('_'));
        let matches = SECTIONS.iter().enumerate().flat_map(|(at, section)| {
            let prefixes = section.prefixes.iter().filter(|prefix| begins(prefix));
            prefixes.map(move |prefix| (prefix.len(), at))
        });
        matches.max().unwrap_or_else(|| panic!("no section has {name}")).1
    }
}

/// The sections in reading order. A section uses only types of its own and of sections before it.
pub(crate) const SECTIONS: [Section; 15] = [
    Section {
        heading: "Version",
        ownership: "Texts belong to the library and are valid until the process ends.",
        threads: "Any number of threads may call these functions at the same time.",
        prefixes: &["abi_version", "version"],
    },
    Section {
        heading: "Errors and findings",
        ownership: "The caller frees an error with peelian_error_free(); its texts and findings belong to it.",
        threads: "Any number of threads may read one error or its findings at the same time.",
        prefixes: &["status", "error", "finding", "findings"],
    },
    Section {
        heading: "Catalogue: areas, agencies, datasets and measures",
        ownership: "Everything here belongs to the library and is valid until the process ends; nothing is freed.",
        threads: "Any number of threads may read it at the same time.",
        prefixes: &["area", "agency", "remit", "code", "field", "dataset", "measure", "profile"],
    },
    Section {
        heading: "Records",
        ownership: "The caller frees records with peelian_records_free(), which also releases Arrow data that they share.",
        threads: "One thread at a time may use the same records.",
        prefixes: &["records"],
    },
    Section {
        heading: "Receipts",
        ownership: "The caller frees a receipt with peelian_receipt_free(); its details and findings belong to it.",
        threads: "Any number of threads may read one receipt at the same time.",
        prefixes: &["receipt"],
    },
    Section {
        heading: "Queries",
        ownership: "The caller frees a query with peelian_query_free(); a call that answers the query does not keep it.",
        threads: "One thread at a time may change a query; any number may ask with it while no thread changes it.",
        prefixes: &["query"],
    },
    Section {
        heading: "Results",
        ownership: "The caller frees a result with peelian_result_free(); what is read from it belongs to it.",
        threads: "Any number of threads may read one result at the same time.",
        prefixes: &["result", "observation", "comparison", "component", "alternative", "companion"],
    },
    Section {
        heading: "Explanations",
        ownership: "The caller frees an explanation with peelian_explanation_free(); its details belong to it.",
        threads: "Any number of threads may read one explanation at the same time.",
        prefixes: &["explanation", "step", "contribution"],
    },
    Section {
        heading: "Releases",
        ownership: "The caller frees lists of releases and the checks of folders with their _free functions.",
        threads: "Any number of threads may read one of them, and check folders, at the same time.",
        prefixes: &["release", "releases", "verified_release"],
    },
    Section {
        heading: "Access, and expected reports",
        ownership: "The caller frees callers, decisions and lists of reports with their _free functions.",
        threads: "Any number of threads may read one of them at the same time.",
        prefixes: &["access", "agreement_term", "caller", "report", "reports", "token_scope"],
    },
    Section {
        heading: "Local computation",
        ownership: "The caller frees local records with peelian_local_free(); results and receipts outlive them.",
        threads: "One thread at a time may add or validate; any number may ask at the same time while no thread does so.",
        prefixes: &["local", "validate", "compute"],
    },
    Section {
        heading: "Client of an exchange",
        ownership: "The caller frees clients and submissions with their _free functions; results outlive the client.",
        threads: "Any number of threads may use one client at the same time; one thread at a time may use a submission.",
        prefixes: &["client", "submission", "progress"],
    },
    Section {
        heading: "Statistics",
        ownership: "The caller owns the numbers and the estimate that a function fills; method names belong to the library.",
        threads: "Any number of threads may call these functions at the same time.",
        prefixes: &[
            "estimate",
            "wilson",
            "poisson",
            "rate",
            "newcombe",
            "risk_ratio",
            "dsr",
            "isr",
            "mean",
            "median",
            "funnel",
            "effective_sample_size",
        ],
    },
    Section {
        heading: "Disclosure control of a table",
        ownership: "The caller frees rules with peelian_disclosure_free(), and releases the streams that it gets.",
        threads: "One thread at a time may change rules; any number may protect and audit while no thread changes them.",
        prefixes: &["disclosure"],
    },
    Section {
        heading: "Pseudonyms",
        ownership: "The caller frees a keyring with peelian_keyring_free(); its keys belong to it.",
        threads: "Any number of threads may use one keyring at the same time.",
        prefixes: &["pseudonym", "pseudonymise", "key", "keyring"],
    },
];
