"""Outcome measures of policing and justice, computed as the exchange computes them.

Compute from records in this process, and nothing leaves it. Or query an exchange and submit records to it:

    found = peelian.compute({"crime": crimes}, "knife-crime-offences", areas="borough", periods="2017")
    exchange = peelian.connect("127.0.0.1:50829")
    found = exchange.query("knife-crime-offences", areas="borough", periods="latest:12")

`catalogue()` lists measures, datasets and areas, and `profiles()` pages of measures. `agencies()` lists who may submit
what. `validate()` checks rows before they are submitted. `verify_release()` checks the files of a release.
`disclosure` protects tables before they are published. `stats` has the interval methods, `plot` draws pictures, and
`aio` is the client for asyncio.
"""

from pkgutil import extend_path as _extend_path

from . import disclosure, errors, pseudonym, stats
from ._access import AccessDecision, Agreement, Agreements, AgreementTerm, Caller, TokenScope
from ._catalogue import (
    Agency,
    Area,
    Catalogue,
    Code,
    CodeList,
    Collection,
    Dataset,
    Field,
    Measure,
    Profile,
    Remit,
    Rule,
    agencies,
    agency,
    catalogue,
    profiles,
)
from ._client import Connection, connect
from ._coverage import ExpectedReport, ExpectedReports
from ._explanation import ContributingSubmission, ExplainedValue, Explanation, PopulationStep
from ._findings import Finding, Findings
from ._local import Computed, Workspace, compute, load, validate
from ._observation import Alternative, Companion, Comparison, Component, Observation
from ._peelian import __version__
from ._release import (
    Release,
    ReleaseDifference,
    ReleaseDifferences,
    ReleaseEvent,
    ReleaseReview,
    Releases,
    RevisionSize,
    VerifiedRelease,
    WithheldObservation,
    verify_release,
)
from ._report import Report
from ._results import Results
from ._scope import Covered
from ._submission import Receipt
from .errors import (
    AddressError,
    DisclosureError,
    PeelianError,
    QueryError,
    RefusedError,
    RowsError,
    StatsError,
    UnreachableError,
    VerificationError,
)

# protoc gives the stubs of the contract the same top-level name, as `peelian.v1`. They are found beside this package, in
# whatever folder of sys.path they lie.
__path__ = _extend_path(__path__, __name__)

__all__ = [
    "AccessDecision",
    "AddressError",
    "Agency",
    "Agreement",
    "AgreementTerm",
    "Agreements",
    "Alternative",
    "Area",
    "Caller",
    "Catalogue",
    "Code",
    "CodeList",
    "Collection",
    "Companion",
    "Comparison",
    "Component",
    "Computed",
    "Connection",
    "ContributingSubmission",
    "Covered",
    "Dataset",
    "DisclosureError",
    "ExpectedReport",
    "ExpectedReports",
    "ExplainedValue",
    "Explanation",
    "Field",
    "Finding",
    "Findings",
    "Measure",
    "Observation",
    "PeelianError",
    "PopulationStep",
    "Profile",
    "QueryError",
    "Receipt",
    "RefusedError",
    "Release",
    "ReleaseDifference",
    "ReleaseDifferences",
    "ReleaseEvent",
    "ReleaseReview",
    "Releases",
    "Remit",
    "Report",
    "Results",
    "RevisionSize",
    "RowsError",
    "Rule",
    "StatsError",
    "TokenScope",
    "UnreachableError",
    "VerificationError",
    "VerifiedRelease",
    "WithheldObservation",
    "Workspace",
    "__version__",
    "agencies",
    "agency",
    "catalogue",
    "compute",
    "connect",
    "disclosure",
    "errors",
    "load",
    "profiles",
    "pseudonym",
    "stats",
    "validate",
    "verify_release",
]
