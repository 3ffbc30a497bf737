//! Work for several threads: pieces of a range, or tasks from one queue. One thread runs in place.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;

/// Cuts `0..count` into one piece for each thread and returns what `work` made of them, in order.
pub(crate) fn in_pieces<T: Send>(
    threads: usize,
    count: usize,
    work: impl Fn(usize, usize) -> T + Sync,
) -> Vec<T> {
    if threads <= 1 {
        return vec![work(0, count)];
    }
    let size = count.div_ceil(threads);
    on_each(threads, |thread| work((thread * size).min(count), ((thread + 1) * size).min(count)))
}

/// Lets every thread take tasks until none is left; `work` gets an iterator over the tasks of its thread.
///
/// Several threads start with the last task: that of the rarest item, which has the most items above it.
/// One thread goes from first to last, so that its answer is in order.
pub(crate) fn from_queue<T: Send>(
    threads: usize,
    tasks: usize,
    work: impl Fn(&mut dyn Iterator<Item = usize>) -> T + Sync,
) -> Vec<T> {
    if threads <= 1 {
        return vec![work(&mut (0..tasks))];
    }
    let taken = AtomicUsize::new(0);
    on_each(threads.min(tasks.max(1)), |_| {
        let take = || tasks.checked_sub(taken.fetch_add(1, Relaxed).saturating_add(1));
        work(&mut std::iter::from_fn(take))
    })
}

fn on_each<T: Send>(threads: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let work = &work;
    thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|thread| scope.spawn(move || work(thread))).collect();
        let mut results = vec![work(0)];
        for other in others {
            match other.join() {
                Ok(result) => results.push(result),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        results
    })
}
