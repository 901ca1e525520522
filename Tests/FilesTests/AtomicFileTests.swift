import Files
import Glibc
import TestSupport
import Testing

/// Protects what is already on the disk from crashes, full disks and bad paths.
@Suite("Atomic file")
struct AtomicFileTests {
  @Test("a new content replaces the old one and leaves no temporary file")
  func replace() throws {
    let folder = try TemporaryFolder()
    try AtomicFile.write("old", to: folder("a"))
    try AtomicFile.write("new", to: folder("a"))
    #expect(try FileSystem.read(folder("a")) == Array("new".utf8))
    #expect(try FileSystem.names(in: folder.path) == ["a"])
  }

  @Test("a file that is dropped before its end leaves the old content and no temporary file")
  func dropped() throws {
    let folder = try TemporaryFolder()
    try AtomicFile.write("old", to: folder("a"))
    do {
      let file = try AtomicFile(folder("a"))
      try file.write([1, 2, 3])
      #expect(try FileSystem.names(in: folder.path).count == 2)
    }
    #expect(try FileSystem.read(folder("a")) == Array("old".utf8))
    #expect(try FileSystem.names(in: folder.path) == ["a"])
  }

  @Test("of one path's temporary files those go that nobody writes, and no others")
  func leftoversOfPath() throws {
    let folder = try TemporaryFolder()
    let others = [
      // What somebody named like that, and what is left of other files.
      ".a.123.tmp", ".a.A000000000123.tmp", ".a.notes.tmp", ".a.tm", ".a.b.0000000000123.tmp",
      ".b.0000000000123.tmp",
    ]
    for name in others + [".a.0000000000123.tmp", ".a.3w5e11264sgsf.tmp"] {
      try AtomicFile.write("x", to: folder(name))
    }
    let file = try AtomicFile(folder("a"))
    AtomicFile.removeLeftovers(of: folder("a"))
    try file.write([1])
    try file.commit()
    #expect(try FileSystem.names(in: folder.path) == (others + ["a"]).sorted())
  }

  @Test("the leftovers of what a link leads to are those of the link, and have its form")
  func leftoversOfLink() throws {
    let folder = try TemporaryFolder()
    try FileSystem.createFolder(folder("real"))
    try AtomicFile.write("x", to: folder("real/a"))
    try #require(symlink("real/a", folder("link")) == 0)
    let file = try AtomicFile(folder("link"))
    let written = try #require(FileSystem.names(in: folder("real")).first)
    #expect(written.utf8.count == ".a.0000000000123.tmp".utf8.count)
    try AtomicFile.write("x", to: folder("real/.a.0000000000123.tmp"))
    AtomicFile.removeLeftovers(of: folder("link"))
    #expect(try FileSystem.names(in: folder("real")) == [written, "a"])
    try file.commit()
  }

  @Test(
    "names as long as a file system takes them are written",
    arguments: [
      String(repeating: "a", count: 240), String(repeating: "b", count: 255),
      String(repeating: "é", count: 127),
    ])
  func longNames(name: String) throws {
    let folder = try TemporaryFolder()
    try AtomicFile.write("text", to: folder(name))
    #expect(try FileSystem.names(in: folder.path) == [name])
  }

  @Test("what a link points at is replaced, and the link stays")
  func link() throws {
    let folder = try TemporaryFolder()
    try FileSystem.createFolder(folder("real"))
    try AtomicFile.write("old", to: folder("real/a"))
    #expect(symlink("real/a", folder("link")) == 0)
    try AtomicFile.write("new", to: folder("link"))
    #expect(try FileSystem.read(folder("real/a")) == Array("new".utf8))
    try AtomicFile.write("newer", to: folder("real/a"))
    #expect(try FileSystem.read(folder("link")) == Array("newer".utf8))
    #expect(try FileSystem.names(in: folder("real")) == ["a"])
  }

  @Test("nothing is renamed over a pipe or a device, not through a link either")
  func special() throws {
    let folder = try TemporaryFolder()
    #expect(mkfifo(folder("pipe"), 0o600) == 0)
    #expect(symlink("pipe", folder("link")) == 0)
    #expect(symlink("/dev/null", folder("null")) == 0)
    for name in ["pipe", "link", "null"] {
      #expect(
        message { try AtomicFile.write("x", to: folder(name)) }
          == "cannot write \(folder(name)): operation not supported; a file is needed, this is a device or a pipe"
      )
    }
    #expect(try FileSystem.names(in: folder.path) == ["link", "null", "pipe"])
  }

  @Test("an impossible path is a clear line")
  func badPaths() throws {
    let folder = try TemporaryFolder()
    try FileSystem.createFolder(folder("d"))
    try AtomicFile.write("x", to: folder("file"))
    #expect(
      message { try AtomicFile.write("x", to: folder("absent/a")) }
        == "cannot write \(folder("absent/a")): no such file or directory; check the path")
    #expect(
      message { try AtomicFile.write("x", to: folder("d")) }.hasSuffix("a file is needed, this is a folder"))
    #expect(
      message { try FileSystem.createFolder(folder("file/below")) }
        == "cannot create the folder \(folder("file")): not a directory; a part of the path is a file where a folder "
        + "is needed")
  }

  @Test("folders are made with those above them, and removed with all they hold")
  func folders() throws {
    let folder = try TemporaryFolder()
    try FileSystem.createFolder(folder("a/b/c"))
    try FileSystem.createFolder(folder("a/b/c"))
    try AtomicFile.write("x", to: folder("a/b/c/file"))
    try AtomicFile.write("kept", to: folder("kept"))
    try #require(symlink(folder("kept"), folder("a/link")) == 0)
    try FileSystem.remove(folder("a"))
    try FileSystem.remove(folder("a"))
    #expect(try FileSystem.names(in: folder.path) == ["kept"])
  }

  @Test(
    "a full disk is a clear line and loses nothing",
    .needs(.smallDisk))
  func fullDisk() throws {
    let folder = try TemporaryFolder()
    let disk = try SmallDisk(at: folder("disk"), bytes: 64 << 10)
    let file = disk.path + "/a"
    try AtomicFile.write("old", to: file)
    #expect(
      message { try AtomicFile.write([UInt8](repeating: 1, count: 1 << 20), to: file) }
        == "cannot write \(file): no space left on device; free some space and run the same command again, what "
        + "was already written is intact")
    #expect(try FileSystem.read(file) == Array("old".utf8))
  }
}
