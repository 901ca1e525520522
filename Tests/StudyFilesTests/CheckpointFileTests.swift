import Files
import StudyFiles
import TestSupport
import Testing

/// Protects resumed runs from checkpoints that a crash or a bad disk has damaged.
@Suite("Checkpoint file")
struct CheckpointFileTests {
  private static func content(_ epoch: Int) -> SafetensorsFile {
    SafetensorsFile(
      metadata: ["epoch": String(epoch)], tensors: ["layers.0.weight": StoredTensor([Float(epoch), 2, 3])])
  }

  @Test("the newest checkpoint is loaded, and any safetensors reader can read it")
  func newest() throws {
    let folder = try TemporaryFolder()
    let file = CheckpointFile(folder: folder.path)
    #expect(try file.load().content == nil && file.load().warnings == [])
    try file.save(Self.content(1))
    try file.save(Self.content(2))
    let (content, warnings) = try file.load()
    #expect(content == Self.content(2) && warnings == [])
    #expect(try SafetensorsFile.read(file.path).tensors == Self.content(2).tensors)
    #expect(try SafetensorsFile.read(file.previousPath).metadata["epoch"] == "1")
    try file.remove()
    #expect(try FileSystem.names(in: folder.path) == [])
  }

  @Test("a process killed between the two renames resumes from the previous one without alarm")
  func betweenRenames() throws {
    let folder = try TemporaryFolder()
    let file = CheckpointFile(folder: folder.path)
    try file.save(Self.content(1))
    try FileSystem.move(file.path, to: file.previousPath)
    let (content, warnings) = try file.load()
    #expect(content == Self.content(1) && warnings == [])
  }

  @Test("any altered byte and any truncation is detected, and the previous checkpoint is used")
  func damaged() throws {
    let folder = try TemporaryFolder()
    let file = CheckpointFile(folder: folder.path)
    try file.save(Self.content(1))
    try file.save(Self.content(2))
    let newest = try FileSystem.read(file.path)
    let previous = try FileSystem.read(file.previousPath)
    var damages: [[UInt8]] = [newest + [0]]
    for index in newest.indices {
      damages.append(Array(newest[..<index]))
      for flip: UInt8 in [1, 0x20, 0x80] {
        var bytes = newest
        bytes[index] ^= flip
        damages.append(bytes)
      }
    }
    for bytes in damages {
      try writeBytes(bytes, to: file.path)
      try writeBytes(previous, to: file.previousPath)
      let (content, warnings) = try file.load()
      #expect(content == Self.content(1))
      #expect(warnings.count == 1 && warnings[0].hasPrefix("\(file.path): the checkpoint is damaged"))
    }
    // The damaged one does not become the previous one of the next.
    try file.save(Self.content(3))
    #expect(try FileSystem.read(file.previousPath) == previous)
  }

  @Test("when both are damaged, both are named and the run starts over")
  func bothDamaged() throws {
    let folder = try TemporaryFolder()
    let file = CheckpointFile(folder: folder.path)
    try writeBytes([1, 2, 3], to: file.path)
    try writeBytes([], to: file.previousPath)
    let (content, warnings) = try file.load()
    #expect(content == nil)
    #expect(warnings.count == 2)
    #expect(warnings[0].hasPrefix(file.path) && warnings[1].hasPrefix(file.previousPath))
    #expect(warnings[1].hasSuffix("the run starts over"))
  }

  @Test("a full disk is a clear line, and the checkpoint before stays", .needs(.smallDisk))
  func fullDisk() throws {
    let folder = try TemporaryFolder()
    let disk = try SmallDisk(at: folder("disk"), bytes: 64 << 10)
    let checkpoint = CheckpointFile(folder: disk.path)
    let small = SafetensorsFile(metadata: ["epoch": "1"])
    try checkpoint.save(small)
    let large = SafetensorsFile(tensors: ["a": StoredTensor([Float](repeating: 1, count: 1 << 18))])
    #expect(message { try checkpoint.save(large) }.contains("no space left on device"))
    #expect(try checkpoint.load().content == small)
    #expect(try FileSystem.names(in: disk.path) == ["checkpoint.safetensors"])
  }
}
