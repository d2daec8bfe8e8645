//! Tables of one part of a join, used again for the next.

/// The keys of parents: a set of open addressing that is used again for the next partition. Most
/// keys are there once, and nothing more need be kept of them.
#[derive(Default)]
pub struct Keys {
    /// 0 where there is none.
    slots: Vec<u128>,
    held: usize,
    has_zero: bool,
}

impl Keys {
    /// Empties it, and makes room for so many keys.
    pub fn begin(&mut self, keys: usize) {
        let slots = keys.saturating_mul(2).next_power_of_two().max(64);
        self.slots.clear();
        self.slots.resize(slots, 0);
        (self.held, self.has_zero) = (0, false);
    }

    /// How many keys are in here.
    pub fn held(&self) -> usize {
        self.held
    }

    /// How many numbers keys have.
    pub fn numbers(&self) -> usize {
        self.slots.len() + 1
    }

    /// Adds a key; whether it was not there.
    #[inline]
    pub fn add(&mut self, hash: u128) -> bool {
        match self.place(hash) {
            Ok(_) => false,
            Err(Some(free)) if self.held < self.slots.len() / 2 => {
                self.slots[free] = hash;
                self.held += 1;
                true
            }
            // More than was made room for: they all move.
            Err(Some(_)) => {
                let before = std::mem::take(&mut self.slots);
                let has_zero = self.has_zero;
                self.begin(before.len());
                self.has_zero = has_zero;
                before.into_iter().filter(|&hash| hash != 0).for_each(|hash| {
                    self.add(hash);
                });
                self.add(hash)
            }
            Err(None) => {
                self.has_zero = true;
                true
            }
        }
    }

    /// The number of a key, if it is there.
    #[inline]
    pub fn number(&self, hash: u128) -> Option<usize> {
        self.place(hash).ok()
    }

    /// Where a key is, or else is to be put.
    #[inline]
    fn place(&self, hash: u128) -> Result<usize, Option<usize>> {
        let mask = self.slots.len() - 1;
        if hash == 0 {
            return if self.has_zero { Ok(self.slots.len()) } else { Err(None) };
        }
        // The upper bits chose the partition and the round.
        let mut at = hash as usize & mask;
        loop {
            match self.slots[at] {
                0 => return Err(Some(at)),
                there if there == hash => return Ok(at),
                _ => at = (at + 1) & mask,
            }
        }
    }
}

/// For each key of a table: which of the counted relations refer to it. Used again as `Keys` is.
#[derive(Default)]
pub struct Marks {
    words: usize,
    bits: Vec<u64>,
}

impl Marks {
    /// Forgets all, and makes room for so many relations and keys.
    pub fn begin(&mut self, counted: u32, keys: usize) {
        self.words = (counted as usize).div_ceil(64);
        self.bits.clear();
        self.bits.resize(self.words * keys, 0);
    }

    /// Marks a key as referred to by a relation; whether it was not so before.
    pub fn set(&mut self, key: usize, relation: u32) -> bool {
        let at = key * self.words + relation as usize / 64;
        let bit = 1 << (relation % 64);
        self.bits.get_mut(at).is_some_and(|word| {
            let is_new = *word & bit == 0;
            *word |= bit;
            is_new
        })
    }
}
