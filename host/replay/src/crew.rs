//! Many threads on an ordered list of jobs: results are taken in the list's order, so the first
//! error is the same one however many threads there are.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Most bytes of jobs in work at once, and one job above it: bounds memory when jobs are large.
const WORK_BYTES_MAX: usize = 256 << 20;
/// Most jobs begun and not yet taken: bounds memory when one job is slow.
const AHEAD_MAX: usize = 4096;

/// Jobs that are still to be begun.
struct Queue<I> {
    jobs: I,
    begun: usize,
    taken: usize,
    bytes: usize,
    over: bool,
    /// Threads that wait for room. Waking nobody is a call to the system too.
    waiting: usize,
}

/// Results, put in order. Whoever brings the one that is due hands over all that can go, so that no
/// thread has to be woken for it.
struct Results<R, E, T> {
    early: BTreeMap<usize, Result<R, E>>,
    due: usize,
    take: T,
    error: Option<E>,
}

/// Does `work` on every job on `threads` threads and gives the results to `take`, one at a time and
/// in order, on any of them. `bytes` says how much memory a job holds.
///
/// # Errors
/// The first in order: of a job that could not be had, of `work`, or of `take`.
pub(crate) fn in_order<J, R: Send, E: Send>(
    threads: usize,
    jobs: impl Iterator<Item = Result<J, E>> + Send,
    bytes: impl Fn(&J) -> usize + Sync,
    work: impl Fn(J) -> Result<R, E> + Sync,
    take: impl FnMut(R) -> Result<(), E> + Send,
) -> Result<(), E> {
    let queue = Queue { jobs, begun: 0, taken: 0, bytes: 0, over: false, waiting: 0 };
    let (queue, moved) = (Mutex::new(queue), Condvar::new());
    let results = Mutex::new(Results { early: BTreeMap::new(), due: 0, take, error: None });
    std::thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            scope.spawn(|| {
                let _stop = StopOnPanic(|| {
                    lock(&queue).over = true;
                    moved.notify_all();
                });
                while let Some((number, job, size)) = next(&queue, &moved, &bytes) {
                    let result = job.and_then(&work);
                    // Everything before it is begun already; nothing after it matters.
                    let failed = result.is_err();
                    let (taken, over) = lock(&results).add(number, result);
                    let mut queue = lock(&queue);
                    queue.bytes -= size;
                    queue.taken = queue.taken.max(taken);
                    queue.over |= failed || over;
                    if queue.waiting > 0 {
                        moved.notify_all();
                    }
                }
            });
        }
    });
    let results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.error.map_or(Ok(()), Err)
}

impl<R, E, T: FnMut(R) -> Result<(), E>> Results<R, E, T> {
    /// Adds the result of job `number`. Returns how many are taken, and whether one was an error.
    fn add(&mut self, number: usize, result: Result<R, E>) -> (usize, bool) {
        self.early.insert(number, result);
        while self.error.is_none()
            && let Some(result) = self.early.remove(&self.due)
        {
            match result.and_then(&mut self.take) {
                Ok(()) => self.due += 1,
                Err(error) => self.error = Some(error),
            }
        }
        (self.due, self.error.is_some())
    }
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

/// The next job with its number and its bytes, once there is room for it.
fn next<J, E, I: Iterator<Item = Result<J, E>>>(
    queue: &Mutex<Queue<I>>,
    moved: &Condvar,
    bytes: impl Fn(&J) -> usize,
) -> Option<(usize, Result<J, E>, usize)> {
    let mut queue = lock(queue);
    while !queue.over && (queue.bytes > WORK_BYTES_MAX || queue.begun - queue.taken >= AHEAD_MAX) {
        queue.waiting += 1;
        queue = moved.wait(queue).unwrap_or_else(PoisonError::into_inner);
        queue.waiting -= 1;
    }
    if queue.over {
        return None;
    }
    let Some(job) = queue.jobs.next() else {
        queue.over = true;
        return None;
    };
    let (number, size) = (queue.begun, job.as_ref().map_or(0, bytes));
    queue.begun += 1;
    queue.bytes += size;
    Some((number, job, size))
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
