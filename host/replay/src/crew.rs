//! Many threads on an ordered list of jobs: results are taken in the list's order, so the first
//! error is the same one however many threads there are.

use std::collections::BTreeMap;
use std::sync::mpsc;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Most bytes of jobs in work at once, and one job above it: bounds memory when jobs are large.
const WORK_BYTES_MAX: usize = 256 << 20;
/// Most jobs begun and not yet taken: bounds memory when one job is slow.
const AHEAD_MAX: usize = 4096;

struct Queue<I> {
    jobs: I,
    begun: usize,
    taken: usize,
    bytes: usize,
    over: bool,
}

/// Does `work` on every job on `threads` threads and gives the results to `take`, here, in order.
/// `bytes` says how much memory a job holds.
///
/// # Errors
/// The first in order: of a job that could not be had, of `work`, or of `take`.
pub(crate) fn in_order<J, R: Send, E: Send>(
    threads: usize,
    jobs: impl Iterator<Item = Result<J, E>> + Send,
    bytes: impl Fn(&J) -> usize + Sync,
    work: impl Fn(J) -> Result<R, E> + Sync,
    mut take: impl FnMut(R) -> Result<(), E>,
) -> Result<(), E> {
    let queue = Mutex::new(Queue { jobs, begun: 0, taken: 0, bytes: 0, over: false });
    let moved = Condvar::new();
    let (sender, results) = mpsc::channel();
    std::thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            let (sender, queue, moved, bytes, work) =
                (sender.clone(), &queue, &moved, &bytes, &work);
            scope.spawn(move || {
                let _stop = StopOnPanic(|| {
                    lock(queue).over = true;
                    moved.notify_all();
                });
                while let Some((number, job)) = next(queue, moved) {
                    let size = job.as_ref().map_or(0, bytes);
                    lock(queue).bytes += size;
                    let result = job.and_then(work);
                    let mut state = lock(queue);
                    state.bytes -= size;
                    // Everything before it is begun already; nothing after it matters.
                    state.over |= result.is_err();
                    drop(state);
                    moved.notify_all();
                    if sender.send((number, result)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        let mut early = BTreeMap::new();
        let mut wanted = 0;
        for (number, result) in results {
            early.insert(number, result);
            while let Some(result) = early.remove(&wanted) {
                if let Err(error) = result.and_then(&mut take) {
                    lock(&queue).over = true;
                    moved.notify_all();
                    return Err(error);
                }
                wanted += 1;
                lock(&queue).taken = wanted;
                moved.notify_all();
            }
        }
        Ok(())
    })
}

/// Without it the others would wait for a result that never comes.
struct StopOnPanic<F: Fn()>(F);

impl<F: Fn()> Drop for StopOnPanic<F> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            (self.0)();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic in `work` ends the scope with that panic; the numbers in the queue stay whole.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The next job with its number, once there is room for it.
fn next<J, E, I: Iterator<Item = Result<J, E>>>(
    queue: &Mutex<Queue<I>>,
    moved: &Condvar,
) -> Option<(usize, Result<J, E>)> {
    let full = |queue: &mut Queue<I>| {
        !queue.over && (queue.bytes > WORK_BYTES_MAX || queue.begun - queue.taken >= AHEAD_MAX)
    };
    let mut queue = moved.wait_while(lock(queue), full).unwrap_or_else(PoisonError::into_inner);
    if queue.over {
        return None;
    }
    let Some(job) = queue.jobs.next() else {
        queue.over = true;
        return None;
    };
    let number = queue.begun;
    queue.begun += 1;
    Some((number, job))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "a scoped thread panicked")]
    fn a_panic_in_one_job_stops_the_others() {
        let jobs = (0..20_000).map(Ok::<_, u32>);
        let work = |n: u32| if n == 3 { panic!("job {n}") } else { Ok(n) };
        let _ = in_order(3, jobs, |_| 1, work, |_| Ok(()));
    }

    #[test]
    fn results_come_in_order_and_the_first_error_wins() {
        for threads in [1, 2, 7] {
            let mut taken = Vec::new();
            let jobs = (0..20_000_u32).map(Ok::<_, u32>);
            in_order(
                threads,
                jobs,
                |_| 1,
                |n| Ok(n * 2),
                |n| {
                    taken.push(n);
                    Ok(())
                },
            )
            .unwrap();
            assert_eq!(taken, (0..20_000).map(|n| n * 2).collect::<Vec<_>>());

            let jobs = (0..20_000).map(|n| if n == 900 { Err(n) } else { Ok(n) });
            // A later error that is found sooner must not hide the earlier one.
            let work = |n: u32| if n % 500 == 499 { Err(n) } else { Ok(n) };
            let error = in_order(threads, jobs, |_| WORK_BYTES_MAX, work, |_| Ok(())).unwrap_err();
            assert_eq!(error, 499);
        }
    }
}
