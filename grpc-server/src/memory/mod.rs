//! How much memory this process may use: what the machine, its control group or its resource limit gives.

pub(crate) mod allocator;

use std::fs;
use std::path::Path;

/// What is assumed where the system does not tell: 4 GiB.
const ASSUMED: u64 = 4 << 30;

/// Bytes of memory that the system gives this process: the least of the memory of the machine, the limits of its control
/// groups (<https://docs.kernel.org/admin-guide/cgroup-v2.html>) and its limit of data.
pub(crate) fn given() -> u64 {
    let read = |path: &Path| fs::read_to_string(path).unwrap_or_default();
    let machine = of_machine(&read(Path::new("/proc/meminfo")));
    let groups = of_groups(&read(Path::new("/proc/self/cgroup")), Path::new("/sys/fs/cgroup"), read);
    let data = of_resource_limits(&read(Path::new("/proc/self/limits")));
    [machine, groups, data].into_iter().flatten().min().unwrap_or(ASSUMED)
}

/// The memory of the machine, from `/proc/meminfo`.
fn of_machine(meminfo: &str) -> Option<u64> {
    let total = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kib: u64 = total.trim().strip_suffix("kB")?.trim_end().parse().ok()?;
    Some(kib << 10)
}

/// The least limit of the control groups that a process is in, and of those above them.
fn of_groups(cgroup: &str, root: &Path, read: impl Fn(&Path) -> String) -> Option<u64> {
    let limits = cgroup.lines().filter_map(|line| {
        // "0::/path" in version 2; "5:memory:/path" in version 1.
        let mut parts = line.splitn(3, ':');
        let (_, controllers, group) = (parts.next()?, parts.next()?, parts.next()?);
        let (root, file) = match controllers {
            "" => (root.to_owned(), "memory.max"),
            of if of.split(',').any(|one| one == "memory") => (root.join("memory"), "memory.limit_in_bytes"),
            _ => return None,
        };
        // In a container, the path can be one of the machine outside. Then only the root is there.
        let group = root.join(group.trim_start_matches('/'));
        let above = group.ancestors().take_while(|folder| folder.starts_with(&root));
        above.filter_map(|folder| read(&folder.join(file)).trim().parse::<u64>().ok()).min()
    });
    limits.min()
}

/// The limit of data, from `/proc/self/limits`.
fn of_resource_limits(limits: &str) -> Option<u64> {
    let limit = limits.lines().find_map(|line| line.strip_prefix("Max data size"))?;
    limit.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_memory_of_the_machine() {
        assert_eq!(of_machine("MemTotal:        2048 kB\nMemFree:   1 kB\n"), Some(2 << 20));
        assert_eq!(of_machine(""), None);
    }

    #[test]
    fn the_least_limit_of_a_control_group_and_those_above_it() {
        let read = |path: &Path| match path.to_str().unwrap() {
            "/g/a/b/memory.max" => "max\n",
            "/g/a/memory.max" => "1000\n",
            "/g/memory.max" => "2000\n",
            "/g/memory/c/memory.limit_in_bytes" => "9223372036854771712\n",
            "/g/memory/memory.limit_in_bytes" => "3000\n",
            _ => "",
        };
        let of = |cgroup: &str| of_groups(cgroup, Path::new("/g"), |path| read(path).to_owned());
        assert_eq!(of("0::/a/b\n"), Some(1_000));
        assert_eq!(of("0::/\n"), Some(2_000));
        assert_eq!(of("5:cpu:/a\n4:memory,x:/c\n"), Some(3_000));
        assert_eq!(of(""), None);
    }

    #[test]
    fn the_limit_of_data() {
        let limits =
            |soft: &str| format!("Limit  Soft Limit  Hard Limit  Units\nMax data size  {soft}  unlimited  bytes\n");
        assert_eq!(of_resource_limits(&limits("536870912")), Some(512 << 20));
        assert_eq!(of_resource_limits(&limits("unlimited")), None);
    }
}
