//! Keys and random draws as pure functions of (seed, table, index): a row can name any other row
//! without either being held in memory, so memory stays flat whatever the size.

/// What a keyed value is for; each has values of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u64)]
pub enum Space {
    Organisation = 1,
    Location,
    User,
    Patient,
    Person,
    Session,
    Slot,
    Consultation,
    Observation,
    Diary,
    Drug,
    Issue,
    Document,
    Agreement,
    Audit,
    RegistrationAudit,
    History,
    Referral,
    Problem,
    Code,
    DrugCode,
    SessionUser,
    /// Keys that no row has: for planted orphans.
    Nowhere,
}

const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// The finaliser of splitmix64: a bijection on 64 bits.
pub fn mix(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

/// A stream of draws.
#[derive(Debug, Clone)]
pub struct Draws(u64);

impl Draws {
    /// The draws that belong to one row.
    pub fn of(seed: u64, space: Space, index: u64) -> Self {
        let key = mix(seed.wrapping_add((space as u64).wrapping_mul(GOLDEN)));
        Self(mix(key ^ index.wrapping_mul(0xD134_2543_DE82_EF95)))
    }

    /// The next 64 bits.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GOLDEN);
        mix(self.0)
    }

    /// A number from 0 up to, not including, `bound`; 0 for a bound of 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(bound)) >> 64) as u64
    }

    /// True in `share` of a hundred draws.
    pub fn percent(&mut self, share: u64) -> bool {
        self.below(100) < share
    }

    /// One of the list.
    pub fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len() as u64) as usize]
    }

    /// A number below `bound`, small ones far oftener than large ones: codes and staff are used so.
    pub fn skewed(&mut self, bound: u64) -> u64 {
        let a = self.below(bound);
        let b = self.below(bound);
        ((u128::from(a) * u128::from(b)) / u128::from(bound.max(1))) as u64
    }
}

const SIXTY: u64 = (1 << 60) - 1;

/// A bijection on 60 bits: multiplying by an odd number and folding right are both invertible.
fn mix60(mut x: u64, key: u64) -> u64 {
    x = (x ^ key) & SIXTY;
    x = x.wrapping_mul(0xBF58_476D_1CE4_E5B9) & SIXTY;
    x ^= x >> 29;
    x = x.wrapping_mul(0x94D0_49BB_1331_11EB) & SIXTY;
    x ^= x >> 31;
    x
}

/// Two hexadecimal digits for each byte.
const HEX: [[u8; 2]; 256] = {
    let digits = b"0123456789ABCDEF";
    let mut table = [[0; 2]; 256];
    let mut i = 0;
    while i < 256 {
        table[i] = [digits[i >> 4], digits[i & 15]];
        i += 1;
    }
    table
};

/// The GUID of a row, in braces and upper case: 38 characters, of version 4's form. Within one
/// space no two indices below 2^60 share one: 60 of its bits are a permutation of the index.
pub fn guid(seed: u64, space: Space, index: u64) -> [u8; 38] {
    let key = mix(seed ^ (space as u64).wrapping_mul(GOLDEN));
    let unique = mix60(index, key);
    let high = ((unique >> 12) << 16) | 0x4000 | (unique & 0xFFF);
    let low = (mix(key ^ unique.wrapping_add(GOLDEN)) & !(3 << 62)) | (2 << 62);
    let mut out = *b"{00000000-0000-0000-0000-000000000000}";
    let places = [1, 3, 5, 7, 10, 12, 15, 17, 20, 22, 25, 27, 29, 31, 33, 35];
    let bytes = high.to_be_bytes().into_iter().chain(low.to_be_bytes());
    for (place, byte) in places.into_iter().zip(bytes) {
        out[place..place + 2].copy_from_slice(&HEX[usize::from(byte)]);
    }
    out
}

/// How many different NHS numbers there are to give out.
pub const NHS_NUMBERS: u64 = 99_999 * 9;

/// The NHS number of a patient: it begins 999, a range that is never issued, and its check digit
/// holds (mod 11, weights 10 to 2). Different below [`NHS_NUMBERS`]. None is 9999999999, which
/// passes the check and is a placeholder.
///
/// Among any ten numbers that differ in the ninth digit alone, at most one has no check digit (a
/// sum that leaves 1): so nine of each ten can be counted off without a table.
pub fn nhs_number(seed: u64, index: u64) -> [u8; 10] {
    // An affine permutation of 0..99999: 7919 is prime to 99999 = 3² × 41 × 271.
    let prefix = ((index / 9 % 99_999) * 7_919 + mix(seed) % 99_999) % 99_999;
    let mut digits = [9u8; 10];
    let mut rest = prefix;
    for place in (3..8).rev() {
        digits[place] = (rest % 10) as u8;
        rest /= 10;
    }
    let head: u64 = (0..8).map(|i| (10 - i) * u64::from(digits[i as usize])).sum();
    let mut left = index % 9;
    for ninth in 0..10 {
        let sum = (head + 2 * ninth) % 11;
        if sum == 1 {
            continue;
        }
        if left == 0 {
            digits[8] = ninth as u8;
            digits[9] = ((11 - sum) % 11) as u8;
            break;
        }
        left -= 1;
    }
    digits.map(|digit| b'0' + digit)
}

const DIHEDRAL: [[u8; 10]; 10] = [
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    [1, 2, 3, 4, 0, 6, 7, 8, 9, 5],
    [2, 3, 4, 0, 1, 7, 8, 9, 5, 6],
    [3, 4, 0, 1, 2, 8, 9, 5, 6, 7],
    [4, 0, 1, 2, 3, 9, 5, 6, 7, 8],
    [5, 9, 8, 7, 6, 0, 4, 3, 2, 1],
    [6, 5, 9, 8, 7, 1, 0, 4, 3, 2],
    [7, 6, 5, 9, 8, 2, 1, 0, 4, 3],
    [8, 7, 6, 5, 9, 3, 2, 1, 0, 4],
    [9, 8, 7, 6, 5, 4, 3, 2, 1, 0],
];
const PERMUTED: [[u8; 10]; 8] = [
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    [1, 5, 7, 6, 2, 8, 3, 0, 9, 4],
    [5, 8, 0, 3, 7, 9, 6, 1, 4, 2],
    [8, 9, 1, 6, 0, 4, 3, 5, 2, 7],
    [9, 4, 5, 3, 1, 2, 6, 8, 7, 0],
    [4, 2, 8, 6, 5, 7, 3, 9, 0, 1],
    [2, 7, 9, 3, 8, 0, 6, 4, 1, 5],
    [7, 0, 4, 6, 9, 1, 3, 2, 5, 8],
];
const INVERSE: [u8; 10] = [0, 4, 3, 2, 1, 5, 6, 7, 8, 9];

/// Appends the Verhoeff check digit, as SNOMED CT identifiers have it.
fn verhoeff(number: u64) -> u64 {
    let (mut check, mut rest, mut place) = (0u8, number, 1);
    while rest > 0 {
        let digit = PERMUTED[place % 8][(rest % 10) as usize];
        check = DIHEDRAL[usize::from(check)][usize::from(digit)];
        rest /= 10;
        place += 1;
    }
    number * 10 + u64::from(INVERSE[usize::from(check)])
}

/// The supplier's namespaces: clinical codes, drug codes, and the drug dictionary's.
pub const CLINICAL: u64 = 1_000_006;
pub const DRUG: u64 = 1_000_033;
pub const DICTIONARY: u64 = 1_000_001;

/// A concept identifier: item, namespace, partition 10, check digit.
pub fn concept(item: u64, namespace: u64) -> u64 {
    verhoeff((item * 10_000_000 + namespace) * 100 + 10)
}

/// A description identifier: item, namespace, partition 11, check digit.
pub fn description(item: u64, namespace: u64) -> u64 {
    verhoeff((item * 10_000_000 + namespace) * 100 + 11)
}

/// `CodeId` of the clinical code with this index.
pub fn code(index: u64) -> u64 {
    description(10_000 + index * 7, CLINICAL)
}

/// `CodeId` of the drug code with this index.
pub fn drug_code(index: u64) -> u64 {
    description(20_000 + index * 3, DRUG)
}
