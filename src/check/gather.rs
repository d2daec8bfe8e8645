//! What the join of keys finds, gathered in any order.

use crate::spill::{At, Record};
use std::collections::BinaryHeap;

/// What the join found in one relation.
#[derive(Debug, Default, Clone)]
pub(super) struct Joined {
    /// Rows that are duplicates or orphans.
    pub(super) occurrences: u64,
    /// How many different keys they have.
    pub(super) distinct: u64,
    /// How many different keys there are: of a parent those that its rows have, of a child whose
    /// keys are counted those that it refers to, the missing ones too; else 0.
    pub(super) keys: u64,
    /// The last by position.
    pub(super) last: Option<Spot>,
    /// The first by position, in order; for a duplicate with the first row that has the key.
    pub(super) samples: Vec<(Spot, Option<Spot>)>,
}

/// A place by block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Spot {
    pub(super) block: u32,
    pub(super) at: At,
}

impl Spot {
    pub(super) fn of(record: &Record) -> Self {
        Self { block: record.block, at: record.at }
    }
}

/// Gathers the findings of one relation, in any order.
#[derive(Default, Clone)]
pub(super) struct Gather {
    pub(super) occurrences: u64,
    pub(super) distinct: u64,
    pub(super) keys: u64,
    pub(super) last: Option<Spot>,
    pub(super) first: BinaryHeap<(Spot, Option<Spot>)>,
}

impl Gather {
    pub(super) fn add(&mut self, spot: Spot, earlier: Option<Spot>, samples: usize) {
        self.occurrences += 1;
        self.last = self.last.max(Some(spot));
        self.keep(spot, earlier, samples);
    }

    pub(super) fn keep(&mut self, spot: Spot, earlier: Option<Spot>, samples: usize) {
        if self.first.len() < samples {
            self.first.push((spot, earlier));
        } else if let Some(mut largest) = self.first.peek_mut()
            && spot < largest.0
        {
            *largest = (spot, earlier);
        }
    }

    pub(super) fn merge(mut self, other: Self, samples: usize) -> Self {
        self.occurrences += other.occurrences;
        self.distinct += other.distinct;
        self.keys += other.keys;
        self.last = self.last.max(other.last);
        for (spot, earlier) in other.first {
            self.keep(spot, earlier, samples);
        }
        self
    }
}
