//! All proofs of a package made anew from its payload, attribution too, and compared with those that
//! it holds.

use super::anew;
use super::opened::Opened;
use super::proofs;
use crate::bag::layout;
use crate::check;
use crate::error::Result;
use crate::evidence::parse_leaves;
use crate::evidence::spool::Spooled;
use crate::finding::{Code, Facts, Group, Place};
use crate::path::shown;
use crate::proof::leaves::{self, Leaf};
use crate::source::Limits;
use std::path::Path;

/// How many differences are told one by one.
const MOST_TOLD: usize = 20;

/// What of a package's proofs does not follow from its payload. `check` and `limits` say how the
/// payload is read.
///
/// # Errors
/// Where the package cannot be read or has no proofs, or temporary files fail.
pub fn deep(path: &Path, check: &check::Options, limits: &Limits) -> Result<Vec<Group>> {
    let package = Opened::new(path)?;
    let (checkpoint, secret) = proofs::begin(&package)?;
    let (anew, leads) = anew::anew(&package, &checkpoint, &secret, (check, limits))?;
    let mut texts = Vec::new();
    let unpack = |bytes: &[u8]| leaves::unpack(bytes, u64::MAX - 1);
    let stored = package.read(layout::LEAVES)?.as_deref().and_then(unpack);
    let stored = stored.as_deref().and_then(parse_leaves);
    let whole = anew.leaves.read(0, usize::try_from(anew.leaves.length).unwrap_or(usize::MAX))?;
    match (stored, unpack(&whole).as_deref().and_then(parse_leaves)) {
        (Some(stored), Some(made)) => {
            if stored.len() != made.len() {
                texts.push(format!(
                    "the package's tree has {} leaves, and {} follow from the payload",
                    stored.len(),
                    made.len()
                ));
            }
            let pairs = stored.iter().zip(&made).filter(|((a, _), (b, _))| a != b);
            texts.extend(pairs.take(MOST_TOLD).map(|((_, a), (_, b))| difference(a, b)));
        }
        _ => texts.push("the leaves of the package's tree cannot be read".into()),
    }
    if !leads {
        texts.push("the checkpoint's root does not follow from the payload".into());
    }
    for (path, made) in [
        (layout::TREES, &anew.tree),
        (layout::LENGTHS, &anew.lengths),
        (layout::LISTS, &anew.lists),
        (layout::ANCHORS, &anew.anchors),
        (layout::LIST_INDEX, &anew.list_index),
        (layout::KEYS, &anew.keys),
    ] {
        if !same(&package, path, made)? {
            texts.push(format!("{path} does not follow from the payload"));
        }
    }
    let group =
        |text| Group::single(Code::ProofMismatch, None, Facts::Text(text), Place::default());
    Ok(texts.into_iter().map(group).collect())
}

/// What differs between the leaf that is stored and the one that was made anew, without any identifier.
fn difference(stored: &Leaf, made: &Leaf) -> String {
    match (stored, made) {
        (Leaf::File(a), Leaf::File(b))
            if a.sheet.is_some() && (a.root != b.root || a.leaves != b.leaves) =>
        {
            format!(
                "the text that is made of the sheet {} is not the one that was proven: another \
                 version of this program packaged it, or the workbook was changed",
                shown(&a.path)
            )
        }
        (Leaf::File(a), Leaf::File(b)) if a.root != b.root || a.leaves != b.leaves => {
            format!("the rows of {} are not those that were proven", shown(&a.path))
        }
        (Leaf::File(a), Leaf::File(_)) => {
            format!("the rows of {} are attributed otherwise, or read otherwise", shown(&a.path))
        }
        (Leaf::Patient(_), Leaf::Patient(_)) => {
            "the list of a patient is another one under the declared attribution".into()
        }
        (Leaf::NhsNumber { .. }, Leaf::NhsNumber { .. }) => {
            "an NHS number is that of other patients".into()
        }
        (Leaf::Descriptor { .. }, Leaf::Descriptor { .. }) => {
            "the descriptor is not the one that was proven".into()
        }
        (Leaf::Package { .. }, Leaf::Package { .. }) => {
            "bag-info.txt is not the one that was proven".into()
        }
        _ => "a leaf of the package's tree is of another kind".into(),
    }
}

/// Whether a file of the package has the very bytes that were made anew.
fn same(package: &Opened, path: &str, made: &Spooled) -> Result<bool> {
    if package.size(path) != Some(made.length) {
        return Ok(false);
    }
    let (mut at, mut same) = (0_u64, true);
    let whole = package.stream(path, &mut |piece| {
        if same {
            same = made.read(at, piece.len())? == piece;
        }
        at += piece.len() as u64;
        Ok(())
    })?;
    Ok(whole && same)
}
