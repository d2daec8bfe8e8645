//! The payload as the extract that it was, and all proofs made anew from it.

use super::opened::Opened;
use super::schema;
use crate::bag::layout;
use crate::bag::manifest::{self, Line};
use crate::bag::tag::{Info, OXUM_LABEL};
use crate::check;
use crate::digest::Algorithm;
use crate::error::Result;
use crate::evidence::{self, Evidence, FileName, Named, parse_leaves};
use crate::proof::SECRET_BYTES;
use crate::proof::checkpoint::Checkpoint;
use crate::proof::leaves::{self, Leaf};
use crate::schema::Schema;
use crate::source::{Delivered, Extract, Limits};
use std::collections::BTreeSet;
use zeroize::Zeroizing;

/// Names of files below the payload folder, in an order in which they may have been read.
type Order = Vec<String>;

/// Makes all proofs of a package anew, and says whether they lead to its checkpoint. Proofs follow the
/// order of reading: what tells of it is tried, one after the other, and where none leads there, the
/// proofs are those of the first.
///
/// # Errors
/// Where the package cannot be read, temporary files fail, or a stop was asked for.
pub(super) fn anew(
    package: &Opened,
    checkpoint: &Checkpoint,
    secret: &Zeroizing<[u8; SECRET_BYTES]>,
    (check, limits): (&check::Options, &Limits),
) -> Result<(Evidence, bool)> {
    let chosen = match package.size(layout::DESCRIPTOR) {
        Some(_) => Some(schema(package)?),
        None => None,
    };
    let info = package.read(layout::BAG_INFO)?.unwrap_or_default();
    let (info, _) = Info::parse(&String::from_utf8_lossy(&info));
    let facts: Vec<(String, String)> =
        info.0.into_iter().filter(|(label, _)| label != OXUM_LABEL).collect();
    let own = chosen.as_ref().map(|(schema, _)| schema);
    let descriptor = own.map(|schema| Algorithm::Sha512.digest(&schema.source).to_string());
    let descriptor = descriptor.unwrap_or_default();
    let named = Named { origin: &checkpoint.origin, facts: &facts, descriptor: &descriptor };
    let make = |order: Option<&Order>| {
        let (extract, names) = payload(package, own, order, limits)?;
        let files = (names, &named);
        let made = evidence::recompute(&extract, chosen.as_ref(), secret.clone(), files, check)?;
        Ok(made.0)
    };
    let leads = |made: &Evidence| made.checkpoint == checkpoint.write();
    let mut orders = orders(package)?.into_iter();
    let first = make(orders.next().flatten().as_ref())?;
    if leads(&first) {
        return Ok((first, true));
    }
    for order in orders {
        let made = make(order.as_ref())?;
        if leads(&made) {
            return Ok((made, true));
        }
    }
    Ok((first, false))
}

/// The payload as the extract that it was, and what its files are called in the proofs. Without an
/// order its small tables are read first.
pub(super) fn payload(
    package: &Opened,
    schema: Option<&Schema>,
    order: Option<&Order>,
    limits: &Limits,
) -> Result<(Extract, Vec<FileName>)> {
    let received = package.read(layout::RECEIVED)?.unwrap_or_default();
    let received: serde_json::Value = serde_json::from_slice(&received).unwrap_or_default();
    let files = received.get("files").and_then(|files| files.as_array()).into_iter().flatten();
    let delivered = files.filter_map(|file| {
        let text = |name: &str| file.get(name).and_then(|value| value.as_str()).map(str::to_owned);
        let path = text("path")?;
        Some(Delivered { payload: text("payload").unwrap_or_else(|| path.clone()), path })
    });
    let delivered: Vec<Delivered> = delivered.collect();
    let folder = format!("{}{}", package.top, layout::PAYLOAD);
    let order = order.map(Vec::as_slice);
    let (mut extract, names) = Extract::payload(&package.path, &folder, &delivered, order, limits)?;
    // As when it was packaged: a workbook that was delivered alone is looked into always.
    let alone = received.get("container").and_then(|container| container.get("kind"));
    let alone = alone.and_then(|kind| kind.as_str()) == Some("workbook");
    extract
        .look_into(&|path| alone || schema.is_some_and(|s| check::select::names_file(s, path)))?;
    let names = FileName::of(&extract, &names);
    Ok((extract, names))
}

/// The orders in which the files may have been read when they were packed, the likeliest first: that
/// of the files' leaves and that of the payload manifest. (The order of an archive is another once it
/// was zipped again.) Where leaves of all files cannot be had, also the one without any.
fn orders(package: &Opened) -> Result<Vec<Option<Order>>> {
    let of_manifest = of_manifest(package)?;
    let of_leaves = of_leaves(package)?;
    let all = |order: &Order| order.iter().cloned().collect::<BTreeSet<String>>();
    Ok(match of_leaves {
        Some(leaves) if leaves == of_manifest => vec![Some(leaves)],
        Some(leaves) if all(&leaves) == all(&of_manifest) => vec![Some(leaves), Some(of_manifest)],
        _ => vec![Some(of_manifest), None],
    })
}

fn of_leaves(package: &Opened) -> Result<Option<Order>> {
    let packed = package.read(layout::LEAVES)?;
    let unpacked = packed.and_then(|packed| leaves::unpack(&packed, u64::MAX - 1));
    let Some(leaves) = unpacked.as_deref().and_then(parse_leaves) else { return Ok(None) };
    let files = leaves.into_iter().filter_map(|(_, leaf)| match leaf {
        Leaf::File(file) if file.within.is_none() => Some(file.path),
        _ => None,
    });
    Ok(Some(files.filter_map(|path| below(&path)).collect()))
}

/// The order of the strongest manifest.
fn of_manifest(package: &Opened) -> Result<Order> {
    let mut order = Vec::new();
    for algorithm in Algorithm::ALL.into_iter().rev() {
        let Some(text) = package.read(&layout::manifest(algorithm))? else { continue };
        let mut each = |_, line| {
            if let Line::File { path, .. } = line {
                order.extend(below(&path));
            }
        };
        let mut lines = manifest::Reader::new(algorithm);
        lines.feed(&String::from_utf8_lossy(&text), &mut each);
        lines.finish(&mut each);
        break;
    }
    Ok(order)
}

fn below(path: &str) -> Option<String> {
    path.strip_prefix(layout::PAYLOAD).map(str::to_owned)
}
