//! One producer, many workers, one consumer in order: the spine of every command that reads much.
//!
//! The producer finds structure in sequence, the workers do what is expensive, and the consumer gets
//! the results in the order in which the items were produced, so that digests, outputs and reports
//! are the same whatever the number of workers. At most a fixed number of items is under way, so
//! memory is bounded whatever the input.
//!
//! **Invariant:** an error or panic anywhere ends all three, and the first error by order of the
//! items is the one returned.

use crate::error::{Error, ErrorKind, Result};
use crossbeam_channel::{Receiver, Sender, bounded, unbounded};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// A request to stop, shared by whoever may make it and whoever must heed it.
#[derive(Debug, Clone, Default)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Asks all who share it to stop soon.
    pub fn request(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// An error of kind [`ErrorKind::Interrupted`] once a stop was asked for.
    ///
    /// # Errors
    /// See above.
    pub fn check(&self) -> Result<()> {
        if self.0.load(Ordering::Relaxed) { Err(Error::interrupted()) } else { Ok(()) }
    }
}

/// What a long job is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Stage {
    /// It has not begun.
    #[default]
    Opening,
    /// Reading the input.
    Reading,
    /// Comparing keys and references.
    Joining,
    /// Comparing what was read with digests.
    Verifying,
}

/// How far a long job has come, shared by whoever does it and whoever watches it.
#[derive(Debug, Clone, Default)]
pub struct Progress(Arc<Steps>);

#[derive(Debug, Default)]
struct Steps {
    stage: AtomicU8,
    total: AtomicU64,
    done: AtomicU64,
    item: AtomicU64,
}

/// How far a job has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reached {
    /// What it is about.
    pub stage: Stage,
    /// Bytes of this stage, as far as they are known beforehand; else 0.
    pub total: u64,
    /// Bytes done.
    pub done: u64,
    /// The number of the file at hand, from 0.
    pub item: u64,
}

impl Progress {
    /// Begins a stage of `total` bytes; 0 where that is not known.
    pub fn begin(&self, stage: Stage, total: u64) {
        self.0.done.store(0, Ordering::Relaxed);
        self.0.total.store(total, Ordering::Relaxed);
        self.0.stage.store(stage as u8, Ordering::Relaxed);
    }

    /// So many more bytes of a file are done.
    pub fn add(&self, item: u64, bytes: u64) {
        self.0.item.store(item, Ordering::Relaxed);
        self.0.done.fetch_add(bytes, Ordering::Relaxed);
    }

    /// How far it has come.
    pub fn reached(&self) -> Reached {
        let stage = match self.0.stage.load(Ordering::Relaxed) {
            1 => Stage::Reading,
            2 => Stage::Joining,
            3 => Stage::Verifying,
            _ => Stage::Opening,
        };
        Reached {
            stage,
            total: self.0.total.load(Ordering::Relaxed),
            done: self.0.done.load(Ordering::Relaxed),
            item: self.0.item.load(Ordering::Relaxed),
        }
    }
}

/// How many workers there are, and how much may be under way.
#[derive(Debug, Clone)]
pub struct Options {
    /// Worker threads; at least 1.
    pub jobs: usize,
    /// Items between producer and consumer at any time; at least 1.
    pub in_flight: usize,
    /// The request to stop.
    pub interrupt: Interrupt,
    /// How far it has come, where whoever works tells.
    pub progress: Progress,
}

/// What the producer feeds items into.
pub struct Feed<'a, I> {
    items: Sender<(u64, I)>,
    permits: Receiver<()>,
    next: u64,
    interrupt: &'a Interrupt,
}

impl<I> Feed<'_, I> {
    /// Hands on an item; waits while too many are under way.
    ///
    /// # Errors
    /// Of kind [`ErrorKind::Interrupted`] where a stop was asked for, or where a worker or the
    /// consumer failed: the producer should then return it.
    pub fn send(&mut self, item: I) -> Result<()> {
        self.interrupt.check()?;
        self.permits.recv().map_err(|_| stopped())?;
        self.items.send((self.next, item)).map_err(|_| stopped())?;
        self.next += 1;
        Ok(())
    }
}

/// What [`Feed::send`] returns once another part has failed; that part's error is the one reported.
fn stopped() -> Error {
    Error::interrupted()
}

/// Runs `produce` and `work` on threads of their own and `consume` on this one.
///
/// `state` makes each worker's own state, which is returned at the end (in no particular order).
///
/// # Errors
/// The consumer's or a worker's error, the first in order of the items; else the producer's.
pub fn run<I, O, S, P>(
    options: &Options,
    produce: P,
    state: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, I) -> Result<O> + Sync,
    mut consume: impl FnMut(O) -> Result<()>,
) -> Result<Vec<S>>
where
    I: Send,
    O: Send,
    S: Send,
    P: FnOnce(&mut Feed<'_, I>) -> Result<()> + Send,
{
    let in_flight = options.in_flight.max(1);
    let (permit_sender, permit_receiver) = bounded(in_flight);
    for _ in 0..in_flight {
        permit_sender.send(()).map_err(Error::internal)?;
    }
    let (item_sender, item_receiver) = bounded::<(u64, I)>(in_flight);
    let (result_sender, result_receiver) = unbounded::<(u64, Result<O>)>();
    let states = Mutex::new(Vec::with_capacity(options.jobs));

    std::thread::scope(|scope| {
        let producer = scope.spawn(|| {
            let mut feed = Feed {
                items: item_sender,
                permits: permit_receiver,
                next: 0,
                interrupt: &options.interrupt,
            };
            guarded(|| produce(&mut feed))
        });
        for _ in 0..options.jobs.max(1) {
            let items = item_receiver.clone();
            let results = result_sender.clone();
            let (state, work, states) = (&state, &work, &states);
            scope.spawn(move || {
                let mut own = state();
                for (number, item) in items {
                    // What is still waiting is not worked off once a stop was asked for.
                    let stop = options.interrupt.check();
                    let result = stop.and_then(|()| guarded(|| work(&mut own, item)));
                    if results.send((number, result)).is_err() {
                        break;
                    }
                }
                states.lock().unwrap_or_else(PoisonError::into_inner).push(own);
            });
        }
        drop(item_receiver);
        drop(result_sender);

        let consumed = consume_in_order(&result_receiver, &permit_sender, &mut consume);
        // Closing both ends frees a producer that waits for a permit and workers that hold results.
        drop(permit_sender);
        drop(result_receiver);
        let produced =
            producer.join().unwrap_or_else(|_| Err(Error::internal("the reading thread failed")));
        match (consumed, produced) {
            (Err(error), Err(first)) if error.kind() == ErrorKind::Interrupted => Err(first),
            (Err(error), _) | (Ok(()), Err(error)) => Err(error),
            (Ok(()), Ok(())) => Ok(()),
        }
    })?;
    Ok(states.into_inner().unwrap_or_else(PoisonError::into_inner))
}

/// Hands results to `consume` in the order of their numbers, and frees a place for each.
fn consume_in_order<O>(
    results: &Receiver<(u64, Result<O>)>,
    permits: &Sender<()>,
    consume: &mut impl FnMut(O) -> Result<()>,
) -> Result<()> {
    let mut waiting = BTreeMap::new();
    let mut next = 0u64;
    for (number, result) in results {
        waiting.insert(number, result);
        while let Some(result) = waiting.remove(&next) {
            consume(result?)?;
            next += 1;
            // The channel holds a place for every permit, so this cannot block; it fails only when
            // the producer is gone, which is no fault.
            let _ = permits.try_send(());
        }
    }
    Ok(())
}

/// Turns a panic into an [`Error`], so that other threads are not left waiting.
fn guarded<T>(job: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(job))
        .unwrap_or_else(|_| Err(Error::internal("a worker stopped unexpectedly")))
}

/// Byte buffers that go round: first touch of fresh memory costs more than filling it.
#[derive(Debug, Default)]
pub struct Pool(Mutex<Vec<Vec<u8>>>);

impl Pool {
    /// An empty buffer, used before where there is one.
    pub fn take(&self) -> Vec<u8> {
        let mut buffer = self.take_used();
        buffer.clear();
        buffer
    }

    /// A buffer to be overwritten, with what it was given back with: bytes that are there need not be
    /// made before they are read into.
    pub fn take_used(&self) -> Vec<u8> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }

    /// Gives a buffer back. One much larger than usual is let go, so that a single huge record does
    /// not stay in memory.
    pub fn give(&self, buffer: Vec<u8>) {
        const LARGEST_KEPT: usize = 4 << 20;
        if buffer.capacity() <= LARGEST_KEPT {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).push(buffer);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(jobs: usize) -> Options {
        Options {
            jobs,
            in_flight: 5,
            interrupt: Interrupt::default(),
            progress: Progress::default(),
        }
    }

    #[test]
    fn results_come_in_order() {
        for jobs in [1, 2, 8] {
            let mut seen = Vec::new();
            let states = run(
                &options(jobs),
                |feed| (0..1000u64).try_for_each(|n| feed.send(n)),
                || 0u64,
                |count, n| {
                    *count += 1;
                    if n % 7 == 0 {
                        std::thread::yield_now();
                    }
                    Ok(n * 2)
                },
                |n| {
                    seen.push(n);
                    Ok(())
                },
            )
            .unwrap();
            assert_eq!(seen, (0..1000).map(|n| n * 2).collect::<Vec<_>>());
            assert_eq!(states.iter().sum::<u64>(), 1000);
        }
    }

    #[test]
    fn the_first_error_by_order_is_returned() {
        let error = run(
            &options(4),
            |feed| (0..u64::MAX).try_for_each(|n| feed.send(n)),
            || (),
            |(), n| if n >= 50 { Err(Error::internal(n)) } else { Ok(n) },
            |_| Ok(()),
        )
        .unwrap_err();
        assert!(error.to_string().ends_with("50"), "{error}");
    }

    #[test]
    fn a_panic_becomes_an_error() {
        let error = run(
            &options(2),
            |feed| (0..u64::MAX).try_for_each(|n| feed.send(n)),
            || (),
            |(), n| if n == 20 { panic!("planted") } else { Ok(n) },
            |_| Ok(()),
        )
        .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Internal);
    }

    #[test]
    fn the_producers_and_the_consumers_errors_come_out() {
        let fails = |feed: &mut Feed<'_, u64>| {
            feed.send(1)?;
            Err(Error::new(ErrorKind::Io, "planted"))
        };
        let error = run(&options(2), fails, || (), |(), n| Ok(n), |_| Ok(())).unwrap_err();
        assert_eq!(error.to_string(), "planted");
        let error = run(
            &options(2),
            |feed| (0..u64::MAX).try_for_each(|n| feed.send(n)),
            || (),
            |(), n| Ok(n),
            |n| if n == 9 { Err(Error::new(ErrorKind::Output, "full")) } else { Ok(()) },
        )
        .unwrap_err();
        assert_eq!(error.to_string(), "full");
    }

    #[test]
    fn a_stop_request_is_heeded() {
        let options = options(2);
        let interrupt = options.interrupt.clone();
        let error = run(
            &options,
            |feed| (0..u64::MAX).try_for_each(|n| feed.send(n)),
            || (),
            |(), n| Ok(n),
            |n| {
                if n == 100 {
                    interrupt.request();
                }
                Ok(())
            },
        )
        .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Interrupted);
    }
}
