//! What a JSON Schema may cost, told before it is compiled.
//!
//! A schema is a graph of schemas: some apply to the same value (`allOf`, `$ref`), some to its
//! items and members. What a value costs is the number of schemas applied to it, and then to its
//! items. Where two ways lead to the same schema at every level, that number doubles with each
//! level of a value's nesting, and a cell of some hundred bytes would take for ever.

use super::{Budget, Refusal, TOO_LARGE};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// Schemas in one JSON Schema.
const SCHEMAS: usize = 2_000;

/// How deep a value of a cell can be nested.
const LEVELS: usize = 128;

/// Schemas that may be applied on the way from a value to one in its depths.
const APPLIED: u64 = 100_000;

/// How many of them may stand within each other.
const DEEP: u64 = 1_000;

/// A schema, as numbers of other schemas.
#[derive(Debug, Default)]
struct Node {
    /// Apply to the same value.
    same: Vec<usize>,
    /// Whether what applies to the same value is tried once more, to know what it looks at.
    twice: bool,
    /// Apply to the first items, one each.
    first: Vec<usize>,
    /// Apply to the items after those.
    rest: Vec<usize>,
    /// Apply to members by name.
    named: BTreeMap<String, usize>,
    /// Apply to members without a name here.
    others: Vec<usize>,
    /// Apply to any item.
    any_item: Vec<usize>,
    /// Apply to any member.
    any_member: Vec<usize>,
}

impl Node {
    fn size(&self) -> u64 {
        let lists = [&self.first, &self.rest, &self.others, &self.any_item, &self.any_member];
        let all = lists.iter().map(|list| list.len()).sum::<usize>() + self.named.len() + 1;
        all as u64
    }
}

/// Whether a schema's cost is bounded.
pub(super) fn judge(schema: &Value, budget: &mut Budget) -> Result<(), Refusal> {
    let nodes = graph(schema, budget)?;
    let closures = closures(&nodes)?;
    let work = closures.iter().map(|closure| closure.work(&nodes)).sum();
    let mut costs = vec![(0, 0); nodes.len()];
    for _ in 0..LEVELS {
        budget.spend(work)?;
        let next: Vec<_> = closures.iter().map(|closure| closure.cost(&nodes, &costs)).collect();
        if next.iter().any(|(all, deep)| *all > APPLIED || *deep > DEEP) {
            return Err(Refusal::TooMuch(
                "values are not checked against the JSON Schema: it applies too many schemas to \
                 one value, or itself more than once",
            ));
        }
        if next == costs {
            break;
        }
        costs = next;
    }
    Ok(())
}

/// The schemas that apply to a value where one does, with how often, and how many of them stand
/// within each other.
struct Closure {
    schemas: Vec<(usize, u64)>,
    deep: u64,
}

impl Closure {
    /// How many steps [`Closure::cost`] takes.
    fn work(&self, nodes: &[Node]) -> u64 {
        let of = |(number, _): &(usize, u64)| nodes.get(*number).map_or(0, Node::size);
        self.schemas.iter().map(of).sum()
    }

    /// What applying costs, and how deep it goes, where one level less has `costs`.
    fn cost(&self, nodes: &[Node], costs: &[(u64, u64)]) -> (u64, u64) {
        let (mut all, mut deep) = (0_u64, 0_u64);
        let mut of = |schemas: &mut dyn Iterator<Item = &usize>, times: u64| {
            let mut sum = 0_u64;
            for schema in schemas {
                let (cost, depth) = costs.get(*schema).copied().unwrap_or_default();
                sum = sum.saturating_add(cost.saturating_mul(times));
                deep = deep.max(depth);
            }
            sum
        };
        // What applies to any member; and what more, or less, to one by its name.
        let (mut others, mut named) = (0_u64, BTreeMap::<&str, (u64, u64)>::new());
        let (mut rest, mut first) = (0_u64, BTreeMap::<usize, (u64, u64)>::new());
        for (number, times) in &self.schemas {
            let Some(node) = nodes.get(*number) else { continue };
            all = all.saturating_add(*times);
            let every = of(&mut node.any_member.iter(), *times);
            let unnamed = of(&mut node.others.iter(), *times);
            others = others.saturating_add(every).saturating_add(unnamed);
            for (name, schema) in &node.named {
                let own = of(&mut std::iter::once(schema), *times);
                let (more, less) = named.entry(name).or_default();
                *more = more.saturating_add(own);
                *less = less.saturating_add(unnamed);
            }
            let every = of(&mut node.any_item.iter(), *times);
            let later = of(&mut node.rest.iter(), *times);
            rest = rest.saturating_add(every).saturating_add(later);
            for (place, schema) in node.first.iter().enumerate() {
                let own = of(&mut std::iter::once(schema), *times);
                let (more, less) = first.entry(place).or_default();
                *more = more.saturating_add(own);
                *less = less.saturating_add(later);
            }
        }
        let most = |common: u64, single: &mut dyn Iterator<Item = &(u64, u64)>| {
            let alone =
                single.map(|(more, less)| common.saturating_add(*more) - (*less).min(common));
            alone.max().unwrap_or(0).max(common)
        };
        let below = most(others, &mut named.values()).max(most(rest, &mut first.values()));
        (all.saturating_add(below), self.deep.saturating_add(deep))
    }
}

/// For each schema, all that apply to a value where it does.
fn closures(nodes: &[Node]) -> Result<Vec<Closure>, Refusal> {
    let order = order(nodes)?;
    let mut found: Vec<Closure> =
        nodes.iter().map(|_| Closure { schemas: Vec::new(), deep: 1 }).collect();
    let mut all = 0;
    for number in order {
        let Some(node) = nodes.get(number) else { continue };
        let mut schemas = BTreeMap::from([(number, 1_u64)]);
        let mut deep = 0;
        for same in &node.same {
            let Some(closure) = found.get(*same) else { continue };
            deep = deep.max(closure.deep);
            for (schema, times) in &closure.schemas {
                let times = if node.twice { times.saturating_mul(2) } else { *times };
                let sum = schemas.entry(*schema).or_default();
                *sum = sum.saturating_add(times);
            }
        }
        all += schemas.len();
        if all > 100 * SCHEMAS {
            return Err(Refusal::TooMuch(TOO_LARGE));
        }
        if let Some(own) = found.get_mut(number) {
            *own = Closure { schemas: schemas.into_iter().collect(), deep: deep + 1 };
        }
    }
    Ok(found)
}

/// The schemas in such an order that those which apply to the same value come before what names
/// them. A schema that leads back to itself so can never be decided.
fn order(nodes: &[Node]) -> Result<Vec<usize>, Refusal> {
    let mut waits: Vec<usize> = nodes.iter().map(|node| node.same.len()).collect();
    let mut waiting: Vec<Vec<usize>> = vec![Vec::new(); nodes.len()];
    for (number, node) in nodes.iter().enumerate() {
        for same in &node.same {
            if let Some(waiting) = waiting.get_mut(*same) {
                waiting.push(number);
            }
        }
    }
    let free = waits.iter().enumerate().filter(|(_, waits)| **waits == 0);
    let mut order: Vec<usize> = free.map(|(number, _)| number).collect();
    let mut at = 0;
    while let Some(done) = order.get(at).copied() {
        at += 1;
        for number in waiting.get(done).into_iter().flatten() {
            if let Some(count) = waits.get_mut(*number) {
                *count -= 1;
                if *count == 0 {
                    order.push(*number);
                }
            }
        }
    }
    if order.len() < nodes.len() {
        let reason = "refers in a circle to what applies to the same value";
        let hint = "a schema may refer to itself for items or members of a value only";
        return Err(Refusal::Wrong(reason.into(), hint.into()));
    }
    Ok(order)
}

/// All schemas of a document, the root first.
fn graph(root: &Value, budget: &mut Budget) -> Result<Vec<Node>, Refusal> {
    let mut seen = Seen { root, anchors: BTreeMap::new(), numbers: BTreeMap::new(), queue: vec![] };
    seen.look_for_anchors(root)?;
    let mut nodes = Vec::new();
    seen.number(root);
    while let Some(schema) = seen.queue.get(nodes.len()).copied() {
        if nodes.len() >= SCHEMAS {
            return Err(Refusal::TooMuch(TOO_LARGE));
        }
        budget.schema(schema)?;
        nodes.push(match schema {
            Value::Object(members) => seen.node(members)?,
            _ => Node::default(),
        });
    }
    Ok(nodes)
}

/// The schemas met so far.
struct Seen<'v> {
    root: &'v Value,
    anchors: BTreeMap<&'v str, &'v Value>,
    numbers: BTreeMap<*const Value, usize>,
    queue: Vec<&'v Value>,
}

impl<'v> Seen<'v> {
    fn number(&mut self, schema: &'v Value) -> usize {
        let new = self.queue.len();
        let number = *self.numbers.entry(std::ptr::from_ref(schema)).or_insert(new);
        if number == new {
            self.queue.push(schema);
        }
        number
    }

    fn all(&mut self, of: Option<&'v Value>) -> Vec<usize> {
        match of {
            Some(Value::Array(schemas)) => schemas.iter().map(|one| self.number(one)).collect(),
            Some(one @ (Value::Object(_) | Value::Bool(_))) => vec![self.number(one)],
            _ => Vec::new(),
        }
    }

    fn by_name(&mut self, of: Option<&'v Value>) -> BTreeMap<String, usize> {
        let Some(Value::Object(members)) = of else { return BTreeMap::new() };
        // Beside schemas, `dependencies` may hold lists of names.
        let schemas = members.iter().filter(|(_, one)| one.is_object() || one.is_boolean());
        schemas.map(|(name, one)| (name.clone(), self.number(one))).collect()
    }

    fn node(&mut self, members: &'v Map<String, Value>) -> Result<Node, Refusal> {
        let mut node = Node::default();
        for name in ["allOf", "anyOf", "oneOf", "not", "if", "then", "else"] {
            node.same.extend(self.all(members.get(name)));
        }
        for name in ["dependentSchemas", "dependencies"] {
            node.same.extend(self.by_name(members.get(name)).into_values());
        }
        for name in ["$ref", "$recursiveRef"] {
            if let Some(Value::String(reference)) = members.get(name)
                && let Some(schema) = self.referred(reference)?
            {
                node.same.push(self.number(schema));
            }
        }
        node.twice = ["unevaluatedItems", "unevaluatedProperties"]
            .iter()
            .any(|name| members.contains_key(*name));
        match members.get("items") {
            one @ Some(Value::Array(_)) => node.first = self.all(one),
            one => node.rest = self.all(one),
        }
        if let one @ Some(Value::Array(_)) = members.get("prefixItems") {
            node.first = self.all(one);
        }
        node.rest.extend(self.all(members.get("additionalItems")));
        for name in ["contains", "unevaluatedItems"] {
            node.any_item.extend(self.all(members.get(name)));
        }
        node.named = self.by_name(members.get("properties"));
        node.others = self.all(members.get("additionalProperties"));
        node.any_member.extend(self.by_name(members.get("patternProperties")).into_values());
        for name in ["unevaluatedProperties", "propertyNames"] {
            node.any_member.extend(self.all(members.get(name)));
        }
        Ok(node)
    }

    /// What a reference within the document leads to; `None` for one to a published meta-schema.
    fn referred(&self, reference: &str) -> Result<Option<&'v Value>, Refusal> {
        let own = self.root.get("$id").and_then(Value::as_str).unwrap_or_default();
        let own = own.trim_end_matches('#');
        let within = match reference.strip_prefix('#') {
            None if !own.is_empty() => {
                reference.strip_prefix(own).filter(|rest| rest.is_empty() || rest.starts_with('#'))
            }
            _ => Some(reference),
        };
        let within = within.filter(|within| within.is_empty() || within.starts_with('#'));
        let Some(within) = within else {
            if is_published(reference) {
                return Ok(None);
            }
            let reason = format!("refers to \"{reference}\", which is not in it");
            let hint = "nothing is fetched: put it under \"$defs\" and write \"#/$defs/…\"";
            return Err(Refusal::Wrong(reason, hint.into()));
        };
        let place = decoded(within.trim_start_matches('#'));
        let found = match place.as_str() {
            pointer if pointer.is_empty() || pointer.starts_with('/') => self.root.pointer(pointer),
            anchor => self.anchors.get(anchor).copied(),
        };
        found.map(Some).ok_or_else(|| {
            let reason = format!("refers to \"{reference}\", which is not in it");
            Refusal::Wrong(reason, "write \"#/$defs/…\" with a name that stands there".into())
        })
    }

    /// Collects names that references may use, and refuses what would give `#` another meaning.
    fn look_for_anchors(&mut self, value: &'v Value) -> Result<(), Refusal> {
        match value {
            Value::Object(members) => {
                let text = |name: &str| members.get(name).and_then(Value::as_str);
                let is_draft_4 = |text: &str| text.contains("draft-04");
                let draft = self.root.get("$schema").and_then(Value::as_str);
                let id = match draft.is_some_and(is_draft_4) {
                    true => text("id"),
                    false => text("$id"),
                };
                let is_own = id.is_some_and(|id| !id.starts_with('#'));
                let is_root = std::ptr::eq(value, self.root);
                if (is_own && !is_root) || members.contains_key("$dynamicRef") {
                    return Err(Refusal::TooMuch(
                        "values are not checked against the JSON Schema: \"$dynamicRef\", and \
                         schemas within it that have an \"$id\", are not supported",
                    ));
                }
                let old = id.and_then(|id| id.strip_prefix('#'));
                for name in text("$anchor").into_iter().chain(text("$dynamicAnchor")).chain(old) {
                    self.anchors.insert(name, value);
                }
                members.values().try_for_each(|member| self.look_for_anchors(member))
            }
            Value::Array(items) => items.iter().try_for_each(|item| self.look_for_anchors(item)),
            _ => Ok(()),
        }
    }
}

/// Whether a reference leads to one of the meta-schemas, which everybody has.
fn is_published(reference: &str) -> bool {
    let known: BTreeSet<&str> = [
        "http://json-schema.org/draft-04/schema",
        "http://json-schema.org/draft-06/schema",
        "http://json-schema.org/draft-07/schema",
        "https://json-schema.org/draft/2019-09/schema",
        "https://json-schema.org/draft/2020-12/schema",
    ]
    .into();
    known.contains(reference.trim_end_matches('#'))
}

/// Percent-encoding undone, as in a URI's fragment.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, more)) = rest.split_first() {
        let code = more.get(..2).filter(|_| *first == b'%');
        let code = code.and_then(|code| std::str::from_utf8(code).ok());
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = more.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = more;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
