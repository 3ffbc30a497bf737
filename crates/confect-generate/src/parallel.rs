//! Work on several threads whose results come one after the other, as if there were one.
//!
//! Thread `t` of `n` does jobs `t`, `t + n`, …; each may be one result ahead of whoever takes them. So memory is
//! bounded by the threads, and nothing depends on who is faster.

use std::sync::mpsc::sync_channel;

/// Does `jobs` jobs and hands each result to `take`, in order; stops at its first error.
pub(crate) fn in_order<T: Send, E>(
    threads: usize,
    jobs: usize,
    work: impl Fn(usize) -> T + Sync,
    mut take: impl FnMut(usize, T) -> Result<(), E>,
) -> Result<(), E> {
    let threads = threads.clamp(1, jobs.max(1));
    std::thread::scope(|scope| {
        let work = &work;
        let start = |thread: usize| {
            let (sender, receiver) = sync_channel(1);
            scope.spawn(move || {
                for job in (thread..jobs).step_by(threads) {
                    // Nobody listens any more: there was an error.
                    if sender.send(work(job)).is_err() {
                        break;
                    }
                }
            });
            receiver
        };
        let receivers: Vec<_> = (0..threads).map(start).collect();
        for job in 0..jobs {
            // A thread that is gone has panicked; the scope hands that on.
            let Some(Ok(result)) = receivers.get(job % threads).map(|receiver| receiver.recv()) else {
                break;
            };
            take(job, result)?;
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_order_on_any_number_of_threads() {
        for threads in [0, 1, 2, 3, 7, 100] {
            let mut found = Vec::new();
            let taken: Result<(), ()> = in_order(
                threads,
                50,
                |job| job * job,
                |job, square| {
                    found.push((job, square));
                    Ok(())
                },
            );
            assert_eq!(taken, Ok(()));
            assert!(found.iter().enumerate().all(|(index, pair)| *pair == (index, index * index)));
            assert_eq!(found.len(), 50);
        }
        let stopped = in_order(3, 1_000, |job| job, |job, _| if job == 5 { Err("full") } else { Ok(()) });
        assert_eq!(stopped, Err("full"));
    }
}
