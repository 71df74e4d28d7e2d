//! Which files have to go when a folder that channels share holds too much: those of the channel that has the most, its
//! oldest first, so that one channel can't push out what others brought. Pure.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::SystemTime;

/// A file of a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Old {
    /// When it was written.
    pub changed: SystemTime,
    /// What it costs, in bytes.
    pub cost: u64,
    /// Where it is.
    pub path: PathBuf,
}

/// The files to remove, so that what was written before `least` goes and the rest costs at most `most` bytes.
pub fn excess(channels: BTreeMap<String, Vec<Old>>, least: SystemTime, most: u64) -> Vec<PathBuf> {
    let mut gone = Vec::new();
    let mut left: Vec<(u64, Vec<Old>)> = Vec::new();
    for (_, mut files) in channels {
        // The oldest last, to be taken from there.
        files.sort_unstable_by_key(|file| std::cmp::Reverse(file.changed));
        while let Some(old) = files.pop_if(|file| file.changed < least) {
            gone.push(old.path);
        }
        left.push((files.iter().map(|file| file.cost).sum(), files));
    }
    let mut total: u64 = left.iter().map(|(cost, _)| cost).sum();
    while total > most {
        let Some((cost, files)) = left.iter_mut().max_by_key(|(cost, _)| *cost) else {
            break;
        };
        let Some(oldest) = files.pop() else { break };
        *cost -= oldest.cost;
        total -= oldest.cost;
        gone.push(oldest.path);
    }
    gone
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn at(second: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(second)
    }

    /// Files as channel, second and cost.
    #[track_caller]
    fn check(files: &[(&str, u64, u64)], most: u64, expected: &[&str]) {
        let mut channels: BTreeMap<String, Vec<Old>> = BTreeMap::new();
        for (channel, second, cost) in files {
            channels.entry((*channel).to_owned()).or_default().push(Old {
                changed: at(*second),
                cost: *cost,
                path: format!("{channel}{second}").into(),
            });
        }
        let expected: Vec<PathBuf> = expected.iter().map(PathBuf::from).collect();
        assert_eq!(excess(channels, at(10), most), expected);
    }

    #[test]
    fn who_has_the_most_gives_his_oldest() {
        check(&[], 0, &[]);
        check(&[("a", 11, 5), ("b", 12, 5)], 10, &[]);
        check(&[("a", 9, 1), ("a", 11, 1), ("b", 3, 1)], 10, &["a9", "b3"]);
        check(&[("a", 11, 6), ("a", 12, 6), ("b", 10, 2)], 10, &["a11"]);
        // A flood of one channel costs the other nothing.
        check(
            &[("a", 20, 4), ("a", 21, 4), ("a", 22, 4), ("b", 10, 4)],
            8,
            &["a20", "a21"],
        );
        check(&[("a", 11, 9)], 8, &["a11"]);
    }
}
