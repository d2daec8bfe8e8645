//! The checkpoint: the root of the package's tree, in the form of C2SP tlog-checkpoint. It is signed
//! as a file of its own, in OpenSSH's format.

use super::Hash;
use base64ct::{Base64, Encoding};

/// What a checkpoint says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The package: `urn:uuid:` and its identifier.
    pub origin: String,
    /// How many leaves the package's tree has.
    pub size: u64,
    /// Its root.
    pub root: Hash,
}

impl Checkpoint {
    /// Three lines: origin, size, root in base 64.
    pub fn write(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, Base64::encode_string(&self.root))
    }

    /// Reads exactly what [`Checkpoint::write`] writes; anything else is none.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?;
        let mut lines = text.split('\n');
        let (origin, size, root) = (lines.next()?, lines.next()?, lines.next()?);
        let parsed = Self {
            origin: origin.to_owned(),
            size: size.parse().ok()?,
            root: Base64::decode_vec(root).ok()?.try_into().ok()?,
        };
        (parsed.write() == text && !origin.is_empty()).then_some(parsed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkpoint_has_one_form() {
        let checkpoint = Checkpoint { origin: "urn:uuid:x".into(), size: 7, root: [9; 32] };
        let text = checkpoint.write();
        assert_eq!(text, "urn:uuid:x\n7\nCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk=\n");
        assert_eq!(Checkpoint::parse(text.as_bytes()), Some(checkpoint));
        for wrong in [
            "",
            "urn:uuid:x\n7\n",
            "\n7\nCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk=\n",
            "urn:uuid:x\n07\nCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk=\n",
            "urn:uuid:x\n7\nCQkJ\n",
            &format!("{text}\n"),
            &text.replace('\n', "\r\n"),
        ] {
            assert_eq!(Checkpoint::parse(wrong.as_bytes()), None, "{wrong:?}");
        }
    }
}
