//! The block table: where a payload file's deflate stream can be entered.
//!
//! It is advisory: a reader gains speed, better places, and sight of changes in compressed bytes by
//! it, and believes nothing that it says. Text, one line each, fields parted by a tab:
//!
//! ```text
//! handover-blocks/1
//! file    0   data/patients.csv
//! block   0   1   262101  31877   9ae0daaf
//! ```
//!
//! A `file` line gives number (from 0, in the order of the payload manifest) and path. A `block` line
//! gives the file's number, the row with which the block begins (0 where the file is no table), how
//! many bytes it has before and after compression, and the CRC-32 of the compressed bytes in eight
//! hexadecimal digits. Blocks stand in the order of the file; after the last come the two bytes of
//! the final deflate block, which have no line.

/// The first line.
const HEAD: &str = "handover-blocks/1";

/// The largest block that the reader takes, in bytes before or after compression.
const LARGEST: u64 = 1 << 30;

/// One block of a file's deflate stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block {
    /// Row with which it begins, from 1; 0 where the file is no table.
    pub row: u64,
    /// Bytes before compression.
    pub length: u32,
    /// Bytes after compression.
    pub packed: u32,
    /// CRC-32 of the compressed bytes.
    pub crc32: u32,
}

/// A file and its blocks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Path below the top folder, with `data/`.
    pub path: String,
    /// Its blocks, in order.
    pub blocks: Vec<Block>,
}

/// Writes the table.
#[derive(Debug)]
pub struct Writer {
    text: String,
    files: u64,
}

impl Default for Writer {
    fn default() -> Self {
        Self { text: format!("{HEAD}\n"), files: 0 }
    }
}

impl Writer {
    /// Begins the next file: `path` is that below the top folder, with `data/`. It must not hold a
    /// tab or line end, which no path of a package does.
    pub fn file(&mut self, path: &str) {
        self.text.push_str(&format!("file\t{}\t{path}\n", self.files));
        self.files += 1;
    }

    /// Adds the next block of the file that was begun last.
    pub fn block(&mut self, block: Block) {
        let Block { row, length, packed, crc32 } = block;
        let number = self.files.saturating_sub(1);
        self.text.push_str(&format!("block\t{number}\t{row}\t{length}\t{packed}\t{crc32:08x}\n"));
    }

    /// The table's bytes.
    pub fn finish(self) -> Vec<u8> {
        self.text.into_bytes()
    }
}

/// Reads a table, or says which line (from 1) is none of it.
///
/// # Errors
/// The number of the first line that is wrong.
pub fn parse(bytes: &[u8]) -> Result<Vec<File>, u64> {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
            return Err(memchr::memchr_iter(b'\n', before).count() as u64 + 1);
        }
    };
    let mut files: Vec<File> = Vec::new();
    let mut lines = (1..).zip(text.lines());
    if lines.next().is_none_or(|(_, line)| line != HEAD) {
        return Err(1);
    }
    for (number, line) in lines {
        let mut fields = line.split('\t');
        let kind = fields.next();
        let mut field = || fields.next().ok_or(number);
        match kind {
            Some("file") => {
                if field()?.parse() != Ok(files.len()) {
                    return Err(number);
                }
                files.push(File { path: field()?.to_owned(), blocks: Vec::new() });
            }
            Some("block") => {
                let last = files.len().checked_sub(1).ok_or(number)?;
                if field()?.parse() != Ok(last) {
                    return Err(number);
                }
                let row = field()?.parse().map_err(|_| number)?;
                let (length, packed) = (field()?.parse::<u32>(), field()?.parse::<u32>());
                let crc32 = u32::from_str_radix(field()?, 16);
                let (Ok(length), Ok(packed), Ok(crc32)) = (length, packed, crc32) else {
                    return Err(number);
                };
                if u64::from(length.max(packed)) > LARGEST {
                    return Err(number);
                }
                let block = Block { row, length, packed, crc32 };
                files.get_mut(last).ok_or(number)?.blocks.push(block);
            }
            _ => return Err(number),
        }
        if fields.next().is_some() {
            return Err(number);
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let block = |row| Block { row, length: 262_101, packed: 31_877, crc32: 0x00e0_daaf };
        let files = vec![
            File { path: "data/a b.csv".into(), blocks: vec![block(1), block(900)] },
            File { path: "data/empty".into(), blocks: Vec::new() },
            File { path: "data/scan.pdf".into(), blocks: vec![block(0)] },
        ];
        let mut writer = Writer::default();
        for file in &files {
            writer.file(&file.path);
            file.blocks.iter().for_each(|block| writer.block(*block));
        }
        let bytes = writer.finish();
        assert!(
            bytes.starts_with(b"handover-blocks/1\nfile\t0\tdata/a b.csv\nblock\t0\t1\t262101")
        );
        assert_eq!(parse(&bytes), Ok(files));
    }

    #[test]
    fn a_wrong_line_is_named() {
        for (text, line) in [
            ("", 1),
            ("handover-blocks/2\n", 1),
            ("handover-blocks/1\nfile\t1\ta\n", 2),
            ("handover-blocks/1\nblock\t0\t1\t1\t1\t0\n", 2),
            ("handover-blocks/1\nfile\t0\ta\nblock\t0\t1\t1\t1\n", 3),
            ("handover-blocks/1\nfile\t0\ta\nblock\t0\t1\t1\t1\tx\n", 3),
            ("handover-blocks/1\nfile\t0\ta\nblock\t0\t1\t-1\t1\t0\n", 3),
            ("handover-blocks/1\nfile\t0\ta\nblock\t0\t1\t4000000000\t1\t0\n", 3),
            ("handover-blocks/1\nfile\t0\ta\tb\n", 2),
            ("handover-blocks/1\n\n", 2),
        ] {
            assert_eq!(parse(text.as_bytes()), Err(line), "{text:?}");
        }
        assert_eq!(parse(b"handover-blocks/1\nfile\t0\t\xff\n"), Err(2));
    }
}
