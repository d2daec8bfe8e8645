"""Writes fixtures/bags: bags that are right, odd or wrong in one way each.

Usage: python3 tests/judges/make_bags.py. The bags are committed; the script says how they came to be.
Beside each bag stands expect.txt: the verdict, then one line for each finding (severity, code, file),
save the signature that all of them lack.
"""
import hashlib
import pathlib
import shutil
import unicodedata

ROOT = pathlib.Path(__file__).resolve().parents[2] / "fixtures" / "bags"
DECLARATION = "BagIt-Version: {}\nTag-File-Character-Encoding: {}\n"


class Bag:
    """A bag in memory, right until it is changed."""

    def __init__(self, version="1.0", algorithms=("sha512",), encoding="UTF-8", payload=None):
        self.encoding = encoding
        self.files = {}
        payload = payload if payload is not None else {"a.csv": b"id\n1\n", "sub/b.txt": b"hello\n"}
        for path, content in payload.items():
            self.files["data/" + path] = content
        self.text("bagit.txt", DECLARATION.format(version, encoding), "utf-8")
        size = sum(map(len, payload.values()))
        self.text("bag-info.txt", f"Source-Organization: Test\nPayload-Oxum: {size}.{len(payload)}\n")
        for algorithm in algorithms:
            self.manifest(algorithm)
        for algorithm in algorithms:
            self.tags(algorithm)

    def text(self, path, text, encoding=None):
        self.files[path] = text.encode(encoding or self.encoding)

    def line(self, algorithm, path, name=None):
        digest = hashlib.new(algorithm, self.files[path]).hexdigest()
        return f"{digest}  {name or path}\n"

    def manifest(self, algorithm):
        lines = [self.line(algorithm, p) for p in sorted(self.files) if p.startswith("data/")]
        self.text(f"manifest-{algorithm}.txt", "".join(lines))

    def tags(self, algorithm="sha512"):
        name = f"tagmanifest-{algorithm}.txt"
        skip = lambda p: p.startswith(("data/", "tagmanifest-"))
        lines = [self.line(algorithm, p) for p in sorted(self.files) if not skip(p)]
        self.text(name, "".join(lines))

    def replace(self, path, old, new):
        old, new = (x.encode(self.encoding) if isinstance(x, str) else x for x in (old, new))
        assert old in self.files[path], (path, old)
        self.files[path] = self.files[path].replace(old, new)

    def write(self, name, verdict, *findings):
        folder = ROOT / name
        for path, content in self.files.items():
            target = folder / "bag" / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        (folder / "expect.txt").write_text("\n".join([verdict, *findings]) + "\n")


def good(name, bag, *findings):
    bag.write(name, "intact-unsigned", *findings)


def bad(name, bag, *findings):
    bag.write(name, "altered", *findings)


def main():
    shutil.rmtree(ROOT, ignore_errors=True)
    good("valid-1.0", Bag())
    good("valid-0.97", Bag("0.97", ("md5",)))
    good("valid-0.96", Bag("0.96", ("sha1",)))
    for version in ("0.93", "0.94", "0.95"):
        bag = Bag(version, ("md5",))
        # Until 0.95 the facts stood under another name.
        bag.files["package-info.txt"] = bag.files.pop("bag-info.txt")
        bag.tags("md5")
        good(f"valid-{version}", bag)
    good("valid-sha224-sha384", Bag("0.97", ("sha224", "sha384")))
    bag = Bag()
    bag.files["bag-info.txt"] = b"Contact-Name: A\nContact-Name: B\nContact-Name: A\n"
    bag.tags()
    good("valid-label-twice-no-oxum", bag)
    bag = Bag()
    del bag.files["bag-info.txt"]
    bag.tags()
    good("valid-no-bag-info", bag)
    bag = Bag()
    for path in ("bagit.txt", "bag-info.txt", "manifest-sha512.txt"):
        bag.files[path] = bag.files[path].rstrip(b"\n")
    bag.tags()
    good("valid-no-last-line-end", bag)
    bag = Bag()
    bag.replace("manifest-sha512.txt", b"\n", b"\n\n")
    bag.tags()
    good("valid-blank-lines", bag)
    good("valid-several-algorithms", Bag(algorithms=("md5", "sha1", "sha256", "sha512")))
    good("valid-empty-payload", Bag(payload={".keep": b""}))
    good("valid-names", Bag(payload={"a b/ü.txt": b"1", "Straße.csv": b"2", ".hidden": b"3"}))
    good("valid-utf-16-tag-files", Bag(encoding="UTF-16"))
    good("valid-latin-1-tag-files", Bag(encoding="ISO-8859-1", payload={"é.csv": b"1"}))

    bag = Bag(payload={"100%.csv": b"1"})
    bag.replace("manifest-sha512.txt", "100%", "100%25")
    bag.tags()
    good("valid-percent-1.0", bag)
    good("valid-percent-0.97", Bag("0.97", payload={"100%25.csv": b"1"}))

    bag = Bag("0.97", ("md5",))
    bag.replace("manifest-md5.txt", "  data", " *data")
    bag.tags("md5")
    good("valid-binary-mark", bag)
    bag = Bag()
    bag.files["manifest-sha512.txt"] = b"".join(
        line[:128].upper() + line[128:] for line in bag.files["manifest-sha512.txt"].splitlines(True))
    bag.tags()
    good("valid-upper-case-digits", bag)
    for name, end in (("cr", b"\r"), ("crlf", b"\r\n")):
        bag = Bag()
        for path in ("bagit.txt", "bag-info.txt", "manifest-sha512.txt"):
            bag.replace(path, b"\n", end)
        bag.tags()
        bag.replace("tagmanifest-sha512.txt", b"\n", end)
        good(f"valid-{name}-line-ends", bag)
    bag = Bag()
    bag.replace("bag-info.txt", "Source-Organization: Test", "Source-Organization: Test\n  and more")
    bag.tags()
    good("valid-folded-value", bag)
    bag = Bag("0.97", ("md5", "sha256"))
    bag.files["manifest-md5.txt"] = bag.files["manifest-md5.txt"].splitlines(True)[0]
    bag.tags("md5")
    bag.tags("sha256")
    good("valid-0.97-partial-manifest", bag)
    bag = Bag()
    bag.files["dir/extra.txt"] = b"x"
    bag.tags()
    good("valid-tag-folder", bag)

    bag = Bag()
    del bag.files["tagmanifest-sha512.txt"]
    good("odd-no-tag-manifest", bag, "warning tag-manifest-missing -")
    bag = Bag()
    bag.files["extra.txt"] = b"x"
    good("odd-unlisted-tag-file", bag, "warning tag-unlisted extra.txt")
    bag = Bag()
    bag.replace("manifest-sha512.txt", "  data", "  ./data")
    bag.tags()
    good("odd-dot-slash", bag, *["warning manifest-malformed manifest-sha512.txt"] * 2)
    bag = Bag()
    bag.files["manifest-sha512.txt"] = b"\xef\xbb\xbf" + bag.files["manifest-sha512.txt"]
    bag.tags()
    good("odd-manifest-with-mark", bag, "warning manifest-malformed manifest-sha512.txt")
    bag = Bag("0.97")
    bag.replace("bagit.txt", "BagIt-Version:", "BagIt-Version :")
    bag.tags()
    good("odd-blank-before-colon-0.97", bag, "warning bag-declaration bagit.txt")
    bag = Bag()
    bag.files["manifest-sha512.txt"] += bag.files["manifest-sha512.txt"].splitlines(True)[0]
    bag.tags()
    bad("wrong-line-twice", bag, "error manifest-malformed data/a.csv")
    bag = Bag(payload={"é.csv": b"1"})
    bag.replace("manifest-sha512.txt", "é", unicodedata.normalize("NFD", "é"))
    bag.tags()
    good("odd-normalisation", bag, "warning payload-missing data/é.csv")
    bag = Bag()
    bag.files["bag-info.txt"] += b"no label\n"
    bag.tags()
    good("odd-bag-info-line", bag, "warning bag-declaration bag-info.txt")

    bag = Bag()
    del bag.files["data/a.csv"]
    bad("wrong-payload-missing", bag, "error payload-missing data/a.csv",
        "error oxum-mismatch bag-info.txt", "error oxum-mismatch bag-info.txt")
    bag = Bag()
    bag.files["data/c.csv"] = b""
    bad("wrong-payload-unlisted", bag, "error payload-unlisted data/c.csv",
        "error oxum-mismatch bag-info.txt")
    bag = Bag()
    bag.replace("data/a.csv", b"1", b"2")
    bad("wrong-payload-changed", bag, "error digest-mismatch data/a.csv")
    bag = Bag()
    bag.replace("bag-info.txt", "Test", "Tost")
    bad("wrong-tag-file-changed", bag, "error digest-mismatch bag-info.txt")
    bag = Bag()
    bag.replace("bag-info.txt", "11.2", "12.2")
    bag.tags()
    bad("wrong-oxum", bag, "error oxum-mismatch bag-info.txt")
    bag = Bag()
    bag.replace("bag-info.txt", "11.2", "eleven")
    bag.tags()
    bad("wrong-oxum-form", bag, "error oxum-mismatch bag-info.txt")
    bag = Bag()
    del bag.files["bagit.txt"]
    bag.tags()
    bad("wrong-no-declaration", bag, "error bag-declaration -")
    for name, old, new in (
        ("version", "1.0", "9.9"), ("blank", "BagIt-Version: ", "BagIt-Version : "),
        ("encoding", "UTF-8", "none"), ("mark", "BagIt-Version", "\ufeffBagIt-Version"),
        ("order", "BagIt-Version: 1.0\nTag-File", "Tag-File"),
    ):
        bag = Bag()
        bag.replace("bagit.txt", old, new)
        bag.tags()
        lines = 2 if name == "order" else 1
        bad(f"wrong-declaration-{name}", bag, *["error bag-declaration bagit.txt"] * lines)
    bag = Bag()
    del bag.files["manifest-sha512.txt"]
    bag.tags()
    bad("wrong-no-manifest", bag, "error manifest-malformed -")
    bag = Bag(algorithms=("sha3_512",))
    bad("wrong-unknown-algorithm", bag, "error manifest-malformed -", "warning tag-manifest-missing -")
    bag = Bag(algorithms=("md5", "sha256"))
    bag.files["manifest-md5.txt"] = bag.files["manifest-md5.txt"].splitlines(True)[0]
    bag.tags("md5")
    bag.tags("sha256")
    bad("wrong-partial-manifest-1.0", bag, "error payload-unlisted data/sub/b.txt")
    for name, path, code in (
        ("outside", "bag-info.txt", "manifest-malformed"), ("upwards", "data/../../x", "unsafe-path"),
        ("absolute", "/etc/passwd", "unsafe-path"), ("home", "~/x", "manifest-malformed"),
        ("drive", "C:/x", "unsafe-path"), ("backslash", "data\\a.csv", "unsafe-path"),
    ):
        bag = Bag()
        bag.files["manifest-sha512.txt"] += f"{'0' * 128}  {path}\n".encode()
        bag.tags()
        bad(f"wrong-manifest-{name}", bag, f"error {code} manifest-sha512.txt")
    bag = Bag()
    bag.files["manifest-sha512.txt"] += f"{'0' * 128}  data/a.csv\n".encode()
    bag.tags()
    bad("wrong-two-digests", bag, "error manifest-malformed data/a.csv", "error digest-mismatch data/a.csv")
    bag = Bag()
    bag.replace("manifest-sha512.txt", "  data/a.csv", "")
    bag.tags()
    bad("wrong-line", bag, "error manifest-malformed manifest-sha512.txt",
        "error payload-unlisted data/a.csv")
    bag = Bag()
    bag.files["fetch.txt"] = b"https://example.org/c.csv 5 data/c.csv\n"
    bag.tags()
    bad("wrong-fetch", bag, "error payload-missing fetch.txt")
    bag = Bag()
    bag.replace("bag-info.txt", "Payload-Oxum: 11.2", "Payload-Oxum: 11.2\nPayload-Oxum: 11.2")
    bag.tags()
    bad("wrong-oxum-twice", bag, "error oxum-mismatch bag-info.txt")
    bag = Bag()
    bag.replace("manifest-sha512.txt", "  data/a.csv", "  data/sub/../a.csv")
    bag.tags()
    bad("wrong-manifest-dots", bag, "error unsafe-path manifest-sha512.txt", "error payload-unlisted data/a.csv")
    bag = Bag()
    bag.files["manifest-sha512.txt"] += b"\\" + bag.files["manifest-sha512.txt"].splitlines(True)[0]
    bag.tags()
    bad("wrong-escaped-line", bag, "error manifest-malformed manifest-sha512.txt")
    bag = Bag()
    bag.files["other/bagit.txt"] = bag.files["bagit.txt"]
    bad("wrong-second-bag", bag, "error tag-unlisted other/bagit.txt")
    bag = Bag(payload={"bagit.txt": b"BagIt-Version: 1.0\n"})
    del bag.files["bagit.txt"]
    bag.tags()
    bad("wrong-declaration-in-payload", bag, "error bag-declaration -")
    bag = Bag()
    bag.files["manifest-sha512.txt"] = bag.files["manifest-sha512.txt"].replace(b"a.csv", b"\xff.csv")
    bag.tags()
    bad("wrong-manifest-encoding", bag, "error manifest-malformed manifest-sha512.txt",
        "error payload-missing data/\ufffd.csv", "error payload-unlisted data/a.csv")
    bag = Bag()
    bag.files["manifest-sha512.txt"] = bag.files["manifest-sha512.txt"].replace(b"  data/a", b"data/a")
    bag.tags()
    bad("wrong-no-blank", bag, "error manifest-malformed manifest-sha512.txt", "error payload-unlisted data/a.csv")
    bag = Bag(payload={"a.csv": b"1", "A.csv": b"2"})
    bag.replace("manifest-sha512.txt", "data/A.csv", "data/a.CSV")
    bag.tags()
    bad("wrong-case", bag, "error payload-missing data/a.CSV", "error payload-unlisted data/A.csv",
        "warning name-collision data/a.csv")


main()
