//! Who the exchange takes the caller for, and what it may do.

use std::ffi::c_char;
use std::ptr::null;

use peelian::v1;

use crate::kept::Kept;
use crate::pointer::{In, Owned};
use crate::texts::{identifier, instant};

/// When a data-sharing agreement holds. It belongs to its caller. No text is NULL.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct AgreementTerm {
    /// Identifier: "mps".
    pub id: *const c_char,
    /// Title.
    pub title: *const c_char,
    /// First day: "2025-04-01".
    pub start: *const c_char,
    /// Last day.
    pub expiry: *const c_char,
}

/// What a token may be used for. It belongs to its caller. No text is NULL.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct TokenScope {
    /// Identifier of the token, which is no secret.
    pub id: *const c_char,
    /// Instant from which it no longer holds: "2017-04-20T08:30:00Z".
    pub expires_at: *const c_char,
    /// Methods that may be called with it, or services, of which all may be called. None means all methods.
    pub methods: *const *const c_char,
    /// Number of methods and services.
    pub method_count: usize,
    /// Datasets that may be submitted and withdrawn with it. None means all datasets.
    pub datasets: *const *const c_char,
    /// Number of datasets.
    pub dataset_count: usize,
}

/// Who the exchange takes a caller for. It belongs to its caller. A text is not NULL.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct CallerDetails {
    /// Agency: "mps". Empty if nobody identified the caller, which only an exchange on this machine allows.
    pub agency: *const c_char,
    /// How the caller was identified: "token ID", "certificate FINGERPRINT" or "loopback".
    pub identified_by: *const c_char,
    /// Roles: "submitter", "analyst", "statistician", "approver", "administrator".
    pub roles: *const *const c_char,
    /// Number of roles.
    pub role_count: usize,
    /// Data-sharing agreements in force that the agency is a party to.
    pub agreements: *const *const AgreementTerm,
    /// Number of agreements.
    pub agreement_count: usize,
    /// What the caller may do by them, in words.
    pub permissions: *const *const c_char,
    /// Number of permissions.
    pub permission_count: usize,
    /// What the token of the caller may be used for; NULL if it sent none.
    pub token: *const TokenScope,
}

/// Who the exchange takes the caller for. Free it with peelian_caller_free(). Any number of threads may read it at the same time.
#[derive(Debug)]
pub struct Caller {
    details: CallerDetails,
    #[expect(dead_code, reason = "the details point into it")]
    kept: Kept,
}

impl Caller {
    /// A caller from the message of the contract.
    pub(crate) fn new(told: &v1::WhoAmIResponse) -> Self {
        let mut kept = Kept::default();
        let (roles, role_count) = kept.texts(&told.roles);
        let terms = told.terms.iter().map(|agreement| term(agreement, &mut kept)).collect();
        let (agreements, agreement_count) = kept.list(terms);
        let (permissions, permission_count) = kept.texts(&told.permissions);
        let scope = told.token.as_ref().map(|token| scope(token, &mut kept));
        let (tokens, token_count) = kept.list(scope.into_iter().collect());
        let details = CallerDetails {
            agency: kept.text(identifier(&told.agency)),
            identified_by: kept.text(&told.identified_by),
            roles,
            role_count,
            agreements,
            agreement_count,
            permissions,
            permission_count,
            // SAFETY: the list has as many items as it says.
            token: if token_count == 0 { null() } else { unsafe { *tokens } },
        };
        Self { details, kept }
    }
}

fn term(agreement: &v1::AgreementTerm, kept: &mut Kept) -> AgreementTerm {
    AgreementTerm {
        id: kept.text(identifier(&agreement.name)),
        title: kept.text(&agreement.title),
        start: kept.text(&agreement.start_date_inclusive),
        expiry: kept.text(&agreement.end_date_inclusive),
    }
}

fn scope(token: &v1::TokenScope, kept: &mut Kept) -> TokenScope {
    let (methods, method_count) = kept.texts(&token.methods);
    let (datasets, dataset_count) = kept.texts(&token.datasets);
    TokenScope {
        id: kept.text(&token.token_id),
        expires_at: kept.text(&instant(token.expires_at.as_ref())),
        methods,
        method_count,
        datasets,
        dataset_count,
    }
}

/// Who the caller is; NULL for NULL. It belongs to the object.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_caller_get(caller: In<'_, Caller>) -> *const CallerDetails {
    caller.view().map_or(null(), |caller| &raw const caller.details)
}

/// Frees a caller with its details. Does nothing for NULL.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_caller_free(caller: Owned<Caller>) {
    caller.free();
}

/// Whether a query or a submission would be allowed. It belongs to its decision. No text is NULL.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct AccessDetails {
    /// Whether it would be allowed. A query is allowed if the caller may see any of its values.
    pub allowed: bool,
    /// Why not; empty if it would be allowed.
    pub reason: *const c_char,
    /// Agreements that allow it.
    pub agreements: *const *const c_char,
    /// Number of these agreements.
    pub agreement_count: usize,
    /// Agreements that would be needed if it is not allowed.
    pub agreements_needed: *const *const c_char,
    /// Number of these agreements.
    pub agreement_needed_count: usize,
    /// Pairs of a measure and an area of a query that the caller may see.
    pub visible_pairs: u32,
    /// All pairs of a measure and an area of a query.
    pub pairs: u32,
}

/// Whether a query or a submission would be allowed. Free it with peelian_access_free(). Any number of threads may read it at the
/// same time.
#[derive(Debug)]
pub struct Access {
    details: AccessDetails,
    #[expect(dead_code, reason = "the details point into it")]
    kept: Kept,
}

impl Access {
    /// A decision from the message of the contract.
    pub(crate) fn new(decided: &v1::CheckAccessResponse) -> Self {
        let mut kept = Kept::default();
        let mut identifiers =
            |names: &[String]| kept.texts(&names.iter().map(|name| identifier(name).to_owned()).collect::<Vec<_>>());
        let (agreements, agreement_count) = identifiers(&decided.agreements);
        let (agreements_needed, agreement_needed_count) = identifiers(&decided.agreements_needed);
        let details = AccessDetails {
            allowed: decided.allowed,
            reason: kept.text(&decided.reason),
            agreements,
            agreement_count,
            agreements_needed,
            agreement_needed_count,
            visible_pairs: u32::try_from(decided.visible_pairs).unwrap_or(0),
            pairs: u32::try_from(decided.pairs).unwrap_or(0),
        };
        Self { details, kept }
    }
}

/// The decision; NULL for NULL. It belongs to the object.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_access_get(access: In<'_, Access>) -> *const AccessDetails {
    access.view().map_or(null(), |access| &raw const access.details)
}

/// Frees a decision with its details. Does nothing for NULL.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_access_free(access: Owned<Access>) {
    access.free();
}

#[cfg(test)]
mod tests {
    use std::ffi::CStr;

    use super::*;

    #[test]
    fn a_caller_holds_what_it_points_to() {
        let term = v1::AgreementTerm { name: "agreements/mps".to_owned(), ..v1::AgreementTerm::default() };
        let token = v1::TokenScope { datasets: vec!["crime".to_owned()], ..v1::TokenScope::default() };
        let told = v1::WhoAmIResponse {
            agency: "agencies/mps".to_owned(),
            terms: vec![term],
            token: Some(token),
            ..v1::WhoAmIResponse::default()
        };
        let held = Box::new(Caller::new(&told));
        // SAFETY: `held` holds the details, their texts and their lists.
        unsafe {
            let details = &*peelian_caller_get(In::from(&*held));
            assert_eq!(CStr::from_ptr(details.agency), c"mps");
            assert_eq!((CStr::from_ptr((**details.agreements).id), details.agreement_count), (c"mps", 1));
            let token = &*details.token;
            assert_eq!((CStr::from_ptr(*token.datasets), token.method_count), (c"crime", 0));
        }
        peelian_caller_free(Owned::from(held));
        let nobody = Caller::new(&v1::WhoAmIResponse::default());
        assert!(nobody.details.token.is_null());
    }

    #[test]
    fn a_decision_holds_what_it_points_to() {
        let needed = vec!["agreements/mps".to_owned(), "agreements/mopac".to_owned()];
        let told =
            v1::CheckAccessResponse { agreements_needed: needed, pairs: 2, ..v1::CheckAccessResponse::default() };
        let held = Box::new(Access::new(&told));
        // SAFETY: `held` holds the details, their texts and their lists.
        unsafe {
            let details = &*peelian_access_get(In::from(&*held));
            assert_eq!((details.allowed, details.pairs, details.agreement_needed_count), (false, 2, 2));
            assert_eq!(CStr::from_ptr(*details.agreements_needed.add(1)), c"mopac");
        }
        peelian_access_free(Owned::from(held));
    }
}
