//! Core dumps: files with the memory of a program that failed. That of an exchange has keys and rows.

/// Lets the system write no core dump of this process, and no other program of the same user look into its memory.
///
/// The limit alone would not do: the system ignores it when it hands a core dump to a program (core(5)).
#[cfg(target_os = "linux")]
pub(crate) fn forbid() -> std::io::Result<()> {
    use rustix::process::{DumpableBehavior, Resource, Rlimit, getrlimit, set_dumpable_behavior, setrlimit};

    set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    let Rlimit { maximum, .. } = getrlimit(Resource::Core);
    Ok(setrlimit(Resource::Core, Rlimit { current: Some(0), maximum })?)
}

/// Lets the system write core dumps of this process again, as far as its limits allow it.
#[cfg(target_os = "linux")]
pub(crate) fn allow() -> std::io::Result<()> {
    use rustix::process::{DumpableBehavior, Resource, Rlimit, getrlimit, set_dumpable_behavior, setrlimit};

    set_dumpable_behavior(DumpableBehavior::Dumpable)?;
    let Rlimit { maximum, .. } = getrlimit(Resource::Core);
    Ok(setrlimit(Resource::Core, Rlimit { current: maximum, maximum })?)
}

/// Does nothing: on other systems, core dumps are the operator's matter.
#[cfg(not(target_os = "linux"))]
pub(crate) fn forbid() -> std::io::Result<()> {
    Ok(())
}

/// Does nothing.
#[cfg(not(target_os = "linux"))]
pub(crate) fn allow() -> std::io::Result<()> {
    Ok(())
}
